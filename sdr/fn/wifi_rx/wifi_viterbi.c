/*
 * wifi_viterbi.c - blocks, and the parts of long ones.
 *
 * A part has as many of the block's steps on either side of its bits as a
 * window is traced behind it.  It begins in state 0, which need not be the
 * right one, but the ways that begin wrong have met the right one by then.
 */
#include "sdr/fn/wifi_rx/wifi_viterbi.h"

#include <string.h>

enum {
    LAP = VITERBI_K7_REACH,
    PART = WIFI_VITERBI_STEPS - 2 * LAP, /* bits of a part */
};

/* By the function, which packs bits; false when it does not answer. */
static bool ask(const struct wifi_viterbi *v, int8_t *soft, size_t n,
                uint8_t *bits)
{
    uint32_t len = (uint32_t)(2 * n);
    struct pkt block = {
        .data = (uint8_t *)soft, .len_bytes = len, .room_bytes = len};
    struct pkt answer = {.data = NULL};
    struct fn_span in = {.type = FN_PKT, .items = &block, .n = 1, .cap = 1};
    struct fn_span out = {.type = FN_PKT, .items = &answer, .cap = 1};

    if (v->kernel == NULL || !v->kernel->run(v->kernel->ctx, &in, &out) ||
        answer.len_bytes != (n + 7) / 8) {
        return false;
    }
    for (size_t k = 0; k < n; k++) {
        bits[k] = answer.data[k / 8] >> k % 8 & 1;
    }
    return true;
}

static void decode(struct wifi_viterbi *v, int8_t *soft, size_t n,
                   uint8_t *bits)
{
    if (!ask(v, soft, n, bits)) {
        viterbi_k7_decode(&v->decoder, soft, n, bits);
    }
}

void wifi_viterbi_decode(struct wifi_viterbi *v, int8_t *soft, size_t n,
                         uint8_t *bits)
{
    if (n <= WIFI_VITERBI_STEPS) {
        decode(v, soft, n, bits);
        return;
    }
    for (size_t at = 0; at < n; at += PART) {
        size_t lead = at > 0 ? LAP : 0;
        size_t wanted = n - at < PART ? n - at : PART;
        size_t left = n - at - wanted;
        size_t steps = lead + wanted + (left < LAP ? left : LAP);

        decode(v, soft + 2 * (at - lead), steps, v->bits);
        memcpy(bits + at, v->bits + lead, wanted);
    }
}
