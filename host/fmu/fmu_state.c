/*
 * fmu_state.c - the state of an instance, kept, set back, and as bytes.
 *
 * As bytes it is 16 little-endian words, the words of the body's state
 * (core/body.h), and the bytes of input and output.  What a table holds beyond
 * its entries in use is no state.
 */
#include <stdlib.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "host/fmu/fmu_instance.h"

enum {
    STATE_MAGIC = 0x554d4650, /* "PFMU" */
    STATE_VERSION = 1,
    STATE_WORDS = 16, /* of the header */
};

/* What fmi3FMUState points to. */
struct fmu_state {
    struct blob blob;
    struct fmu_io io; /* its buffers hold in_bytes and out_bytes */
};

FMI3_EXPORT fmi3GetFMUStateTYPE fmi3GetFMUState;
FMI3_EXPORT fmi3SetFMUStateTYPE fmi3SetFMUState;
FMI3_EXPORT fmi3FreeFMUStateTYPE fmi3FreeFMUState;
FMI3_EXPORT fmi3SerializedFMUStateSizeTYPE fmi3SerializedFMUStateSize;
FMI3_EXPORT fmi3SerializeFMUStateTYPE fmi3SerializeFMUState;
FMI3_EXPORT fmi3DeserializeFMUStateTYPE fmi3DeserializeFMUState;

static void state_close(struct fmu_state *s)
{
    if (s != NULL) {
        blob_close(&s->blob);
        free(s->io.in);
        free(s->io.out);
        free(s);
    }
}

/* A state with room for what '*io' says, not yet filled; NULL: no memory. */
static struct fmu_state *state_open(const struct fmu_io *io)
{
    struct fmu_state *s = calloc(1, sizeof *s);

    if (s != NULL) {
        s->io = *io;
        s->io.in = malloc(io->in_bytes + 1);
        s->io.out = malloc(io->out_bytes + 1);
    }
    if (s == NULL || s->io.in == NULL || s->io.out == NULL) {
        state_close(s);
        return NULL;
    }
    return s;
}

fmi3Status fmi3FreeFMUState(fmi3Instance instance, fmi3FMUState *state)
{
    (void)instance;
    if (state != NULL) {
        state_close(*state);
        *state = NULL;
    }
    return fmi3OK;
}

fmi3Status fmi3GetFMUState(fmi3Instance instance, fmi3FMUState *state)
{
    struct fmu *f = instance;
    struct fmu_state *s = state_open(&f->io);
    int err = s != NULL ? body_save(f->body, &s->blob) : ERR_NO_MEM;

    if (err < 0) {
        state_close(s);
        return fmu_say(f, "%s: %s", __func__,
                       err == ERR_CAPACITY
                           ? "more entries in use than a table has"
                           : "not enough memory");
    }
    memcpy(s->io.in, f->io.in, s->io.in_bytes);
    memcpy(s->io.out, f->io.out, s->io.out_bytes);
    state_close(*state);
    *state = s;
    return fmi3OK;
}

fmi3Status fmi3SetFMUState(fmi3Instance instance, fmi3FMUState state)
{
    struct fmu *f = instance;
    const struct fmu_state *s = state;
    struct fmu_io io;

    if (s == NULL || body_load(f->body, &s->blob) < 0) {
        return fmu_say(f, "%s: no state of this function", __func__);
    }
    io = s->io;
    io.in = f->io.in;
    io.out = f->io.out;
    memcpy(io.in, s->io.in, io.in_bytes);
    memcpy(io.out, s->io.out, io.out_bytes);
    f->io = io;
    return fmi3OK;
}

/* --- as bytes ------------------------------------------------------------- */

static uint64_t state_bytes(uint64_t n_words, uint64_t in_bytes,
                            uint64_t out_bytes)
{
    return (STATE_WORDS + n_words) * 4 + in_bytes + out_bytes;
}

fmi3Status fmi3SerializedFMUStateSize(fmi3Instance instance, fmi3FMUState state,
                                      size_t *size)
{
    const struct fmu_state *s = state;

    if (s == NULL) {
        return fmu_say(instance, "%s: no state", __func__);
    }
    *size = state_bytes(s->blob.n, s->io.in_bytes, s->io.out_bytes);
    return fmi3OK;
}

fmi3Status fmi3SerializeFMUState(fmi3Instance instance, fmi3FMUState state,
                                 fmi3Byte serialized[], size_t size)
{
    const struct fmu_state *s = state;
    size_t need = 0;

    if (fmi3SerializedFMUStateSize(instance, state, &need) != fmi3OK) {
        return fmi3Error;
    }
    if (size < need) {
        return fmu_say(instance, "%s: room for %zu bytes, expected %zu",
                       __func__, size, need);
    }
    const struct fmu_io *io = &s->io;
    const uint32_t head[STATE_WORDS] = {
        STATE_MAGIC,
        STATE_VERSION,
        fmu_fn.csr->id,
        s->blob.layout,
        (uint32_t)io->mode,
        (uint32_t)io->item,
        (uint32_t)(io->item >> 32),
        (uint32_t)io->in_user,
        (uint32_t)(io->in_user >> 32),
        (uint32_t)io->out_user,
        (uint32_t)(io->out_user >> 32),
        io->digest_in,
        io->digest_out,
        io->in_bytes,
        io->out_bytes,
        (uint32_t)s->blob.n,
    };
    uint8_t *at = serialized;
    for (size_t k = 0; k < STATE_WORDS; k++, at += 4) {
        le32_store(at, head[k]);
    }
    for (size_t k = 0; k < s->blob.n; k++, at += 4) {
        le32_store(at, s->blob.words[k]);
    }
    memcpy(at, io->in, io->in_bytes);
    memcpy(at + io->in_bytes, io->out, io->out_bytes);
    return fmi3OK;
}

static uint64_t le64_of(const uint32_t *w)
{
    return (uint64_t)w[1] << 32 | w[0];
}

/* NULL, or what is wrong with the header of a state of 'size' bytes. */
static const char *head_wrong(const uint32_t head[STATE_WORDS], size_t size)
{
    size_t max = fmu_max_bytes(fmu_fn.csr);
    size_t item = fmu_fn.csr->in == FN_PKT ? 1 : sizeof(struct iq16);

    if (head[0] != STATE_MAGIC || head[1] != STATE_VERSION) {
        return "no state of an FMU, or of another form";
    }
    if (head[2] != fmu_fn.csr->id) {
        return "of another function";
    }
    if (head[3] != fmu_fn.csr->version) {
        return "of another layout version";
    }
    if (head[4] > FMU_ENDED || (le64_of(head + 5) >> 53) > 0 ||
        (le64_of(head + 7) | le64_of(head + 9)) >> FMU_USER_BITS != 0 ||
        head[13] > max || head[14] > max || head[13] % item != 0 ||
        head[14] % item != 0) {
        return "with values out of range";
    }
    return state_bytes(head[15], head[13], head[14]) != size
               ? "cut short or too long"
               : NULL;
}

/* The state whose header is 'head' and whose rest stands at 'at'; or NULL. */
static struct fmu_state *state_read(const uint32_t head[STATE_WORDS],
                                    const uint8_t *at)
{
    struct fmu_io io = {
        .mode = (enum fmu_mode)head[4],
        .item = le64_of(head + 5),
        .in_user = le64_of(head + 7),
        .out_user = le64_of(head + 9),
        .digest_in = head[11],
        .digest_out = head[12],
        .in_bytes = head[13],
        .out_bytes = head[14],
    };
    struct fmu_state *s = state_open(&io);
    uint32_t *words = malloc(((size_t)head[15] + 1) * sizeof *words);

    if (s == NULL || words == NULL) {
        free(words);
        state_close(s);
        return NULL;
    }
    s->blob = (struct blob){head[3], words, head[15]};
    for (size_t k = 0; k < s->blob.n; k++, at += 4) {
        words[k] = le32_load(at);
    }
    memcpy(s->io.in, at, io.in_bytes);
    memcpy(s->io.out, at + io.in_bytes, io.out_bytes);
    return s;
}

fmi3Status fmi3DeserializeFMUState(fmi3Instance instance,
                                   const fmi3Byte serialized[], size_t size,
                                   fmi3FMUState *state)
{
    uint32_t head[STATE_WORDS];
    const char *wrong = "cut short";

    if (size >= sizeof head) {
        for (size_t k = 0; k < STATE_WORDS; k++) {
            head[k] = le32_load(serialized + 4 * k);
        }
        wrong = head_wrong(head, size);
    }
    if (wrong != NULL) {
        return fmu_say(instance, "%s: a state %s", __func__, wrong);
    }
    struct fmu_state *s = state_read(head, serialized + sizeof head);
    if (s == NULL) {
        return fmu_say(instance, "%s: not enough memory", __func__);
    }
    state_close(*state);
    *state = s;
    return fmi3OK;
}
