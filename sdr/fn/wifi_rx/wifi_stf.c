/* wifi_stf.c - see wifi_stf.h. */
#include "sdr/fn/wifi_rx/wifi_stf.h"

#include <assert.h>
#include <math.h>

#include "core/base/bytes.h"
#include "sdr/dsp/fix16.h"
#include "sdr/dsp/ofdm20.h"

enum { CANDIDATE = 12 }; /* bytes */

static const float rho2_unit = 1.0f / 1024;

/* The list of a block of 'n' samples; a slot that errs may say anything. */
static void read_list(const struct pkt *p, size_t n, struct wifi_stf_list *list)
{
    list->n = 0;
    for (size_t at = 0;
         at + CANDIDATE <= p->len_bytes && list->n < WIFI_STF_LIST;
         at += CANDIDATE) {
        uint32_t end = le32_load(p->data + at);
        uint32_t rho2 = le32_load(p->data + at + 4) & 0x3ff;
        uint32_t sums = le32_load(p->data + at + 8);
        if (end > WIFI_STF_LAP && end <= n) {
            struct wifi_stf_found *f = &list->found[list->n++];
            f->end = end - WIFI_STF_LAP;
            f->rho2 = (float)rho2 * rho2_unit;
            f->cfo = atan2f((int16_t)(sums >> 16), (int16_t)sums) /
                     OFDM20_STF_PERIOD;
        }
    }
}

bool wifi_stf_look(struct wifi_stf *s, const float complex *x, size_t n)
{
    struct pkt block[WIFI_STF_BLOCKS], answer[WIFI_STF_BLOCKS] = {{0}};
    struct fn_span in = {.type = FN_PKT, .items = block};
    struct fn_span out = {.type = FN_PKT, .items = answer};

    assert(n <= (size_t)WIFI_STF_BLOCKS * WIFI_STF_NEW);
    for (size_t at = 0, more; at < n; at += more) {
        more = n - at < WIFI_STF_NEW ? n - at : WIFI_STF_NEW;
        uint32_t len = (uint32_t)((WIFI_STF_LAP + more) * sizeof(struct iq16));
        (void)fix16(x + at - WIFI_STF_LAP, WIFI_STF_LAP + more, s->block[in.n]);
        block[in.n] = (struct pkt){.data = (uint8_t *)s->block[in.n],
                                   .len_bytes = len,
                                   .room_bytes = len};
        in.n++;
    }
    in.cap = out.cap = in.n;
    if (!s->kernel->run(s->kernel->ctx, &in, &out)) {
        return false;
    }
    for (size_t k = 0; k < in.n; k++) {
        read_list(&answer[k], block[k].len_bytes / sizeof(struct iq16),
                  &s->list[k]);
    }
    return true;
}
