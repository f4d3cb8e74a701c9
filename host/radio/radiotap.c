/* radiotap.c - fields in the order of their bits, each at a multiple of its
 * size. */
#include "host/radio/radiotap.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/bytes.h"

/* Bits of the first word of presence. */
enum {
    TSFT = 1 << 0,
    FLAGS = 1 << 1,
    RATE = 1 << 2,
    CHANNEL = 1 << 3,
    DB_SIGNAL = 1 << 12,
    MCS = 1 << 19,
    AMPDU = 1 << 20,
    VENDOR = 1 << 30,

    HAS_FCS = 0x10, /* of the flags */
    BAD_FCS = 0x40,
    SHORT_PREAMBLE = 2,
    CCK = 0x20, /* of the channel; DSSS, too */
    OFDM = 0x40,
    GHZ_2 = 0x80,
    GHZ_5 = 0x100,
    MCS_KNOWN = 0x7f, /* all; HT-mixed is format 0 */
    MCS_40 = 1,
    MCS_SHORT_GI = 4,
    MCS_LDPC = 0x10,
    MCS_STBC = 0x20,
    AMPDU_LAST_KNOWN = 4,
    AMPDU_LAST = 8,
    VENDOR_BYTES = 8,
};

static const uint8_t vendor_oui[3] = {0x02, 0x50, 0x43};

/* The header in the making. */
struct header {
    uint8_t *b;
    size_t n;
};

/* Room for a field of 'n' bytes at a multiple of 'align'. */
static uint8_t *field(struct header *h, size_t n, size_t align)
{
    h->n = (h->n + align - 1) / align * align;
    h->n += n;
    return h->b + h->n - n;
}

static int16_t hundredths(double db)
{
    return (int16_t)lround(fmin(fmax(db, -300), 300) * 100);
}

uint64_t radiotap_tsft(const struct rec_wifi_frame *w)
{
    double us = w->start_sample / 20;

    return us > 0 && us < 1e18 ? (uint64_t)us : 0;
}

static void channel(struct header *h, const struct rec_wifi_frame *w,
                    double centre_hz)
{
    uint16_t mhz = centre_hz > 0 && centre_hz < 65e9
                       ? (uint16_t)(centre_hz / 1e6 + 0.5)
                       : 0;
    uint8_t *f = field(h, 4, 2);

    le16_store(f, mhz);
    le16_store(f + 2, (uint16_t)((w->preamble == REC_OFDM ? OFDM : CCK) |
                                 (mhz < 3000 ? GHZ_2 : GHZ_5)));
}

static void vendor(struct header *h, const struct rec_wifi_frame *w)
{
    uint8_t *f = field(h, 6, 2);

    memcpy(f, vendor_oui, sizeof vendor_oui);
    f[3] = 1;
    le16_store(f + 4, VENDOR_BYTES);
    f = field(h, VENDOR_BYTES, 1);
    le32_store(f, (uint32_t)(int32_t)lround(fmin(fmax(w->cfo_hz, -1e9), 1e9)));
    le16_store(f + 4, (uint16_t)hundredths(w->evm_db));
    le16_store(f + 6, (uint16_t)hundredths(w->snr_db));
}

size_t radiotap_write(const struct rec_wifi_frame *w, double centre_hz,
                      uint32_t ampdu, uint8_t header[RADIOTAP_MAX])
{
    struct header h = {header, 8};
    bool is_ht = w->mcs != REC_NO_MCS;
    uint64_t tsft = radiotap_tsft(w);
    uint32_t present = TSFT | FLAGS | CHANNEL | DB_SIGNAL | VENDOR |
                       (is_ht ? (uint32_t)MCS : RATE) |
                       (w->aggregated != 0 ? (uint32_t)AMPDU : 0);
    uint8_t *f;

    memset(header, 0, RADIOTAP_MAX);
    le32_store(header + 4, present);
    f = field(&h, 8, 8);
    le32_store(f, (uint32_t)tsft);
    le32_store(f + 4, (uint32_t)(tsft >> 32));
    *field(&h, 1, 1) =
        (uint8_t)(HAS_FCS | (w->fcs_ok != 0 ? 0 : BAD_FCS) |
                  (w->preamble == REC_SHORT ? SHORT_PREAMBLE : 0));
    if (!is_ht) {
        *field(&h, 1, 1) = (uint8_t)(w->rate_kbps / 500);
    }
    channel(&h, w, centre_hz);
    *field(&h, 1, 1) =
        w->snr_db > 0 && w->snr_db < 255 ? (uint8_t)w->snr_db : 0;
    if (is_ht) {
        f = field(&h, 3, 1);
        f[0] = MCS_KNOWN;
        f[1] = (uint8_t)((w->wide != 0 ? MCS_40 : 0) |
                         (w->short_gi != 0 ? MCS_SHORT_GI : 0) |
                         (w->ldpc != 0 ? MCS_LDPC : 0) |
                         (w->stbc != 0 ? MCS_STBC : 0));
        f[2] = w->mcs;
    }
    if (w->aggregated != 0) {
        bool last = w->mpdu + 1 >= w->n_mpdus;
        f = field(&h, 8, 4);
        le32_store(f, ampdu);
        le16_store(f + 4,
                   (uint16_t)(AMPDU_LAST_KNOWN | (last ? AMPDU_LAST : 0)));
    }
    vendor(&h, w);
    le16_store(header + 2, (uint16_t)h.n);
    return h.n;
}
