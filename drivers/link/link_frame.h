/*
 * link_frame.h - the frames of docs/LINK.md: headers as bytes, and frames found
 * in an endless sequence of bytes, again after any damage.
 */
#ifndef DRIVERS_LINK_LINK_FRAME_H
#define DRIVERS_LINK_LINK_FRAME_H

#include <stdbool.h>

#include "core/base/crc32c.h"

enum {
    LINK_MAGIC = 0xa5,
    LINK_HEADER_BYTES = 20,
    LINK_PAYLOAD_BYTES = 1024, /* most in a frame */
    LINK_CHECK_BYTES = 4,      /* behind a payload */
    LINK_FRAME_BYTES =
        LINK_HEADER_BYTES + LINK_PAYLOAD_BYTES + LINK_CHECK_BYTES,
};

enum link_kind { LINK_DATA, LINK_HELLO, LINK_WELCOME, LINK_RESEND };

struct link_frame {
    enum link_kind kind;
    uint8_t session; /* 0..15 */
    uint16_t length; /* of the payload */
    uint32_t seq, ack, limit;
    const uint8_t *payload; /* received: valid until the next call */
    bool payload_ok;        /* received: its check is right */
};

/* Bytes that a frame with 'length' bytes of payload takes. */
static inline size_t link_frame_bytes(size_t length)
{
    return LINK_HEADER_BYTES + length + (length > 0 ? LINK_CHECK_BYTES : 0);
}

/*
 * Writes header and payload check around the payload, which is at
 * bytes[LINK_HEADER_BYTES] already.
 */
void link_frame_seal(const struct link_frame *f, crc32c_fn *crc,
                     uint8_t *bytes);

/* Looks for frames; {.crc = crc32c_best()} begins at a boundary. */
struct link_frames {
    crc32c_fn *crc;
    bool hunting;         /* the boundary is lost */
    uint64_t hunts;       /* times it was */
    uint64_t hunted;      /* bytes passed while it was */
    uint64_t bad_headers; /* what looked like one and had a wrong check */
    size_t need;          /* bytes in 'stage' before it is worth a look */
    size_t used;          /* of 'stage', given with the last frame */
    size_t n_stage;
    uint8_t stage[LINK_FRAME_BYTES]; /* a frame that arrives in pieces */
};

/*
 * Takes bytes off (*p)[*n] until a frame is whole: true, with it in '*out'.
 * False when all are taken.
 */
bool link_frames_next(struct link_frames *f, const uint8_t **p, size_t *n,
                      struct link_frame *out);

#endif
