/*
 * link_frame.c - see link_frame.h.
 *
 * A frame that lies whole in the bytes given is read where it lies; what is
 * left of them waits in 'stage', filled by as much as the next look needs, no
 * more.
 */
#include "drivers/link/link_frame.h"

#include <string.h>

#include "core/base/bytes.h"

void link_frame_seal(const struct link_frame *f, crc32c_fn *crc, uint8_t *bytes)
{
    bytes[0] = LINK_MAGIC;
    bytes[1] = (uint8_t)(f->kind | (unsigned)f->session << 4);
    le16_store(bytes + 2, f->length);
    le32_store(bytes + 4, f->seq);
    le32_store(bytes + 8, f->ack);
    le32_store(bytes + 12, f->limit);
    le32_store(bytes + 16, crc(0, bytes, 16));
    if (f->length > 0) {
        le32_store(bytes + LINK_HEADER_BYTES + f->length,
                   crc(0, bytes + LINK_HEADER_BYTES, f->length));
    }
}

/* Are the LINK_HEADER_BYTES at 'p' a header? */
static bool header_load(const struct link_frames *f, const uint8_t *p,
                        struct link_frame *out)
{
    *out = (struct link_frame){
        .kind = p[1] & 15,
        .session = p[1] >> 4,
        .length = le16_load(p + 2),
        .seq = le32_load(p + 4),
        .ack = le32_load(p + 8),
        .limit = le32_load(p + 12),
    };
    return p[0] == LINK_MAGIC && out->kind <= LINK_RESEND &&
           out->length <= LINK_PAYLOAD_BYTES &&
           le32_load(p + 16) == f->crc(0, p, 16);
}

/* The first byte at or behind 'at' that may begin a header, or 'n'. */
static size_t next_magic(const uint8_t *p, size_t at, size_t n)
{
    const uint8_t *magic = memchr(p + at, LINK_MAGIC, n - at);

    return magic != NULL ? (size_t)(magic - p) : n;
}

static void lose_boundary(struct link_frames *f)
{
    f->bad_headers++;
    if (!f->hunting) {
        f->hunting = true;
        f->hunts++;
    }
}

/*
 * The first frame in p[n]; '*used' bytes are done with.  False when it is not
 * whole: f->need says how much it takes.
 */
static bool look(struct link_frames *f, const uint8_t *p, size_t n,
                 size_t *used, struct link_frame *out)
{
    size_t at = 0;

    f->need = LINK_HEADER_BYTES;
    for (;;) {
        size_t from = at;
        at = f->hunting ? next_magic(p, at, n) : at;
        f->hunted += at - from;
        if (n - at < LINK_HEADER_BYTES) {
            break;
        }
        if (!header_load(f, p + at, out)) {
            lose_boundary(f);
            at++;
            f->hunted++;
            continue;
        }
        size_t total = link_frame_bytes(out->length);
        if (n - at < total) {
            f->need = total;
            break;
        }
        f->hunting = false;
        out->payload = p + at + LINK_HEADER_BYTES;
        out->payload_ok =
            out->length == 0 || f->crc(0, out->payload, out->length) ==
                                    le32_load(out->payload + out->length);
        *used = at + total;
        return true;
    }
    *used = at;
    return false;
}

/* Forgets what was used of the stage. */
static void settle(struct link_frames *f)
{
    f->n_stage -= f->used;
    memmove(f->stage, f->stage + f->used, f->n_stage);
    f->used = 0;
}

bool link_frames_next(struct link_frames *f, const uint8_t **p, size_t *n,
                      struct link_frame *out)
{
    size_t used = 0;

    settle(f);
    while (f->n_stage > 0) {
        size_t take = f->need > f->n_stage ? f->need - f->n_stage : 0;
        take = take < *n ? take : *n;
        memcpy(f->stage + f->n_stage, *p, take);
        f->n_stage += take;
        *p += take;
        *n -= take;
        if (f->n_stage < f->need) {
            return false;
        }
        if (look(f, f->stage, f->n_stage, &f->used, out)) {
            return true;
        }
        settle(f);
    }
    bool got = look(f, *p, *n, &used, out);
    *p += used;
    *n -= used;
    if (!got) {
        memcpy(f->stage, *p, *n);
        f->n_stage = *n;
        *p += *n;
        *n = 0;
    }
    return got;
}
