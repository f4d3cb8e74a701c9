/* dsss_rx.c - from a preamble to the PSDU, in blocks of 16 us. */
#include "sdr/fn/wifi_rx/dsss_rx.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "sdr/dsp/cf.h"
#include "sdr/fn/wifi_rx/dsss_chips.h"
#include "sdr/fn/wifi_rx/dsss_demod.h"
#include "sdr/fn/wifi_rx/dsss_sync.h"

enum {
    RATE_HZ = 20000000,
    KEEP = 64, /* samples before its place that the receiver may read */
    /* From a look to the end of a long header, and what filters reach. */
    HEADER_REACH = DSSS_LOOK +
                   (DSSS_SYNC_SYMBOLS + WIFI_DSSS_HEADER_BITS) * DSSS_SYMBOL +
                   64,
    BLOCK = 176,     /* chips: 16 symbols of Barker code, 22 of CCK */
    CLOCK_LOOK = 48, /* chips of a block that show the clock */
    /* A preamble that was no frame's: how far to go on. */
    STEP_AFTER = 2 * DSSS_LOOK_STEP,
};

/* Clock loop, a block. */
static const double clock_gain = 0.15, clock_drift_gain = 0.006;
static const double drift_most = 120e-6; /* of the clock */

struct dsss_rx {
    struct dsss_sync sync;
    struct dsss_chips chips;
    int64_t at;     /* where the next look begins */
    int64_t needed; /* nothing can be done before the samples up to here */
    bool busy;      /* in a PSDU: */
    const struct wifi_dsss_rate *rate;
    int64_t base; /* sample that place.at counts from */
    struct dsss_place place;
    double drift; /* of the clock, parts of a chip a block */
    struct dsss_carrier carrier;
    unsigned history;
    size_t symbol, n_symbols;
    double error, power; /* of the chips so far */
    struct dsss_frame frame;
};

int dsss_rx_open(struct dsss_rx **out)
{
    struct dsss_rx *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return ERR_NO_MEM;
    }
    dsss_sync_init(&r->sync);
    dsss_chips_init(&r->chips);
    *out = r;
    return 0;
}

void dsss_rx_close(struct dsss_rx *r)
{
    free(r);
}

void dsss_rx_begin(struct dsss_rx *r, int64_t at)
{
    r->at = at;
    r->needed = at;
    r->busy = false;
}

void dsss_rx_skip(struct dsss_rx *r, int64_t at)
{
    if (!r->busy && at > r->at) {
        r->at = at;
    }
}

int64_t dsss_rx_keep(const struct dsss_rx *r)
{
    return (r->busy ? r->base + (int64_t)r->place.at : r->at) - KEEP;
}

/* --- the header --- */

/* What SYNC and SFD were, as chips. */
static void known_chips(const struct dsss_synced *s, float complex *sent)
{
    for (size_t k = 0; k < s->n; k++) {
        for (size_t c = 0; c < WIFI_DSSS_BARKER; c++) {
            sent[k * WIFI_DSSS_BARKER + c] =
                (float)(s->sent[k] * wifi_dsss_barker[c]);
        }
    }
}

static float db(float ratio)
{
    return 10 * log10f(fminf(fmaxf(ratio, 1e-12f), 1e12f));
}

/*
 * Reads the header behind SYNC and SFD, and learns the channel from all three;
 * ERR_BAD_INPUT: its CRC is wrong.
 */
static int read_header(struct dsss_rx *r, const struct dsss_held *h,
                       const struct dsss_synced *s,
                       struct wifi_dsss_header *out)
{
    static const struct wifi_dsss_rate *const slow = &wifi_dsss_rate[0];
    const struct wifi_dsss_rate *rate = slow + s->is_short;
    size_t n_symbols = WIFI_DSSS_HEADER_BITS / rate->symbol_bits;
    size_t known = s->n * WIFI_DSSS_BARKER;
    size_t n = known + n_symbols * WIFI_DSSS_BARKER;
    float complex sent[DSSS_CHIPS_MAX + 2 * WIFI_DSSS_BARKER * 8];
    float complex z[WIFI_DSSS_BARKER];
    uint8_t bits[WIFI_DSSS_HEADER_BITS];

    dsss_chips_load(&r->chips, h->x + (r->base - h->first), &r->place, n);
    known_chips(s, sent);
    (void)dsss_chips_learn(&r->chips, sent, known); /* again below */
    r->carrier =
        (struct dsss_carrier){.quarter = s->sent[s->n - 1] < 0 ? 2 : 0};
    r->history = s->history;
    for (size_t k = 0; k < n_symbols; k++) {
        size_t at = known + k * WIFI_DSSS_BARKER;
        uint8_t *b = bits + k * rate->symbol_bits;
        dsss_chips_make(&r->chips, at, WIFI_DSSS_BARKER, false, z);
        dsss_decide(&r->carrier, rate, z, k, b, sent + at);
        for (unsigned j = 0; j < rate->symbol_bits; j++) {
            b[j] = wifi_dsss_descramble(b[j], &r->history);
        }
    }
    int err = wifi_dsss_header_parse(bits, out);
    if (err == 0) {
        float left = dsss_chips_learn(&r->chips, sent, n);
        r->frame.snr_db = db((1 - left) / left * WIFI_DSSS_CHIP_HZ / RATE_HZ);
        r->place.at += (double)n * r->place.chip;
    }
    return err;
}

/* Counts samples from the place on. */
static void rebase(struct dsss_rx *r)
{
    double whole = floor(r->place.at);

    r->base += (int64_t)whole;
    r->place.at -= whole;
    r->place.zero -= whole;
}

/* Fills in the frame that a header announces; false: no more than that. */
static bool announce(struct dsss_rx *r, const struct wifi_dsss_header *header,
                     const struct dsss_synced *s)
{
    struct dsss_frame *f = &r->frame;
    int sync = s->is_short ? WIFI_DSSS_SHORT_SYNC : WIFI_DSSS_LONG_SYNC;
    int64_t behind = r->base + (int64_t)s->at + (int64_t)s->n * DSSS_SYMBOL;

    f->short_preamble = s->is_short;
    f->kbps = (uint32_t)header->signal * 100;
    f->psdu_len = wifi_dsss_announced(header, &r->rate);
    if (s->is_short && f->kbps == wifi_dsss_rate[0].kbps) {
        f->psdu_len = 0; /* 16.2.2.3: it is for the faster ones */
    }
    f->header_only = f->psdu_len == 0;
    f->cck = r->rate == NULL || r->rate->chips == WIFI_DSSS_CCK;
    f->cfo_hz = r->place.cfo * (float)(RATE_HZ / (2 * M_PI));
    f->evm_db = 0;
    f->start = behind - (sync + WIFI_DSSS_SFD_BITS) * DSSS_SYMBOL;
    behind += WIFI_DSSS_HEADER_BITS * DSSS_SYMBOL / (s->is_short ? 2 : 1);
    f->end = behind + (int64_t)header->length * DSSS_SYMBOL;
    if (f->header_only) {
        r->at = behind;
        return false;
    }
    r->n_symbols = wifi_dsss_symbols(r->rate, f->psdu_len);
    r->symbol = 0;
    r->drift = 0;
    r->error = 0;
    r->power = 0;
    r->busy = true;
    rebase(r);
    memset(f->psdu, 0, f->psdu_len);
    return true;
}

/* What begins at a look that found Barker symbols; all samples of its header
 * are there, or no more come. */
static enum dsss_got acquire(struct dsss_rx *r, const struct dsss_held *h,
                             size_t place)
{
    struct dsss_synced s;
    struct wifi_dsss_header header;
    const float complex *x = h->x + (r->at - h->first);
    size_t n = h->n - (size_t)(r->at - h->first);
    long first, end;

    r->base = r->at;
    r->at += STEP_AFTER;
    if (!dsss_sync_find(&r->sync, x, n, place, &s)) {
        return DSSS_MORE;
    }
    double chip = (double)DSSS_SYMBOL / WIFI_DSSS_BARKER;
    r->place = (struct dsss_place){.at = (double)s.at + chip / 2,
                                   .chip = chip,
                                   .cfo = s.cfo,
                                   .zero = (double)s.at};
    size_t symbols = s.n + WIFI_DSSS_HEADER_BITS / (s.is_short ? 2u : 1u);
    dsss_chips_span(&r->place, symbols * WIFI_DSSS_BARKER, &first, &end);
    if (r->base + first < h->first || end > (long)n) {
        return DSSS_SFD;
    }
    if (read_header(r, h, &s, &header) < 0) {
        r->at = r->base + (int64_t)s.at + (int64_t)s.n * DSSS_SYMBOL;
        return DSSS_SFD;
    }
    return announce(r, &header, &s) ? DSSS_SFD : DSSS_FRAME;
}

/* --- the PSDU --- */

/*
 * Moves the place of the chips: the error of z, as far as it looks like what z
 * changes by from half a chip before to half a chip behind, is a shift.
 */
static void follow_clock(struct dsss_rx *r, const float complex *z,
                         const float complex *as)
{
    float complex between[CLOCK_LOOK];
    double shift = 0, slope = 0;

    dsss_chips_make(&r->chips, 0, CLOCK_LOOK, true, between);
    for (size_t k = 1; k < CLOCK_LOOK; k++) {
        float complex d = between[k] - between[k - 1];
        shift += (double)crealf(cf_mul_conj(as[k] - z[k], d));
        slope += (double)cf_norm(d);
    }
    double off = slope > 0 && isfinite(shift / slope) ? shift / slope : 0;
    off = fmin(fmax(off, -0.25), 0.25);
    double chip = (double)DSSS_SYMBOL / WIFI_DSSS_BARKER;
    r->drift += clock_drift_gain * off * chip / BLOCK;
    r->drift = fmin(fmax(r->drift, -drift_most * chip), drift_most * chip);
    r->place.chip = chip + r->drift;
    r->place.at += clock_gain * off * chip;
}

/* Puts the bits of symbol number k into the PSDU. */
static void store(struct dsss_rx *r, size_t k, const uint8_t *bits)
{
    unsigned step = r->rate->symbol_bits;

    for (unsigned j = 0; j < step; j++) {
        size_t at = k * step + j;
        unsigned bit = wifi_dsss_descramble(bits[j], &r->history);
        r->frame.psdu[at / 8] |= (uint8_t)(bit << at % 8);
    }
}

/* The next chips, which are loaded: n_symbols. */
static void take_symbols(struct dsss_rx *r, size_t n_symbols)
{
    size_t chips = r->rate->chips;
    float complex z[BLOCK], as[BLOCK];
    uint8_t bits[8];

    dsss_chips_make(&r->chips, 0, n_symbols * chips, false, z);
    for (size_t k = 0; k < n_symbols; k++) {
        dsss_decide(&r->carrier, r->rate, z + k * chips, r->symbol, bits,
                    as + k * chips);
        store(r, r->symbol++, bits);
    }
    for (size_t k = 0; k < n_symbols * chips; k++) {
        r->error += (double)cf_norm(z[k] - as[k]);
        r->power += (double)cf_norm(as[k]);
    }
    r->place.at += (double)(n_symbols * chips) * r->place.chip;
    if (n_symbols * chips == BLOCK) {
        follow_clock(r, z, as);
    }
}

/* Receives what there is of the PSDU; true at its end. */
static bool receive(struct dsss_rx *r, const struct dsss_held *h)
{
    size_t most = BLOCK / r->rate->chips;

    while (r->symbol < r->n_symbols) {
        size_t left = r->n_symbols - r->symbol;
        size_t n = left < most ? left : most;
        long first, end;
        dsss_chips_span(&r->place, n * r->rate->chips, &first, &end);
        if (r->base + first < h->first) {
            dsss_rx_begin(r, h->first + KEEP); /* lost */
            return false;
        }
        if (r->base + end > h->first + (int64_t)h->n) {
            return false;
        }
        dsss_chips_load(&r->chips, h->x + (r->base - h->first), &r->place,
                        n * r->rate->chips);
        take_symbols(r, n);
        rebase(r);
    }
    r->frame.evm_db = db((float)(r->error / r->power));
    r->busy = false;
    r->at = r->base;
    return true;
}

const struct dsss_frame *dsss_rx_frame(const struct dsss_rx *r)
{
    return &r->frame;
}

enum dsss_got dsss_rx_run(struct dsss_rx *r, const struct dsss_held *h)
{
    int64_t end = h->first + (int64_t)h->n;

    if (!r->busy && r->at < h->first + KEEP) {
        r->at = h->first + KEEP;
    }
    while (!r->busy) {
        size_t place;
        if (r->at + DSSS_LOOK > end || r->at + DSSS_LOOK > h->look_to ||
            (end < r->needed && !h->ended)) {
            return DSSS_MORE;
        }
        if (!dsss_look(&r->sync, h->x + (r->at - h->first), &place)) {
            r->at += DSSS_LOOK_STEP;
            continue;
        }
        r->needed = r->at + HEADER_REACH;
        if (end < r->needed && !h->ended) {
            return DSSS_MORE;
        }
        enum dsss_got got = acquire(r, h, place);
        if (got != DSSS_MORE) {
            return got;
        }
    }
    return receive(r, h) ? DSSS_FRAME : DSSS_MORE;
}
