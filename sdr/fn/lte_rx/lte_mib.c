/*
 * lte_mib.c - broadcast channel decoding, 3GPP TS 36.212 5.3.1, over all places
 * a frame can have in the 40 ms of a transmission, and over two transmissions.
 */
#include "sdr/fn/lte_rx/lte_mib.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "sdr/dsp/lte_bch.h"
#include "sdr/fn/lte_rx/lte_chan.h"
#include "sdr/fn/lte_rx/lte_pbch.h"
#include "sdr/fn/lte_rx/lte_viterbi.h"

enum {
    N_FRAMES = 17,
    N_TTI = 4,     /* frames that carry one MIB */
    N_HITS = 128,  /* blocks with a right CRC that are kept */
    N_CARRIES = 8, /* ways in which the SFN's eight bits count up by one */
    SFN_MASK = 0xff << LTE_MIB_SFN_SHIFT,
};

static const float evidence_min = 12;   /* with a second MIB */
static const float evidence_alone = 16; /* without: 1 in 10^7 by chance */

/* Frames taken together, and what came out. */
struct mib_hit {
    uint32_t mib;
    unsigned ports;
    unsigned sfn;    /* of frame 0 */
    uint32_t frames; /* bit f: frame f was used */
};

/* A block that is to be decoded. */
struct mib_try {
    uint32_t carry;
    struct mib_hit hit; /* what it is if it is one */
};

struct lte_mib {
    struct lte_ofdm *ofdm;
    struct lte_chan chan;
    uint8_t order[LTE_BCH_CODED];
    uint8_t scramble[N_TTI * LTE_PBCH_BITS]; /* of the cell */
    uint32_t have;                           /* bit f: bits[f] is there */
    struct lte_pbch_bits bits[N_FRAMES];
    struct lte_viterbi viterbi;
    struct mib_try try[LTE_VITERBI_BLOCKS]; /* what is put there */
    struct mib_hit hit[N_HITS];
    size_t n_hits;
};

int lte_mib_open(struct lte_mib **out)
{
    struct lte_mib *m = calloc(1, sizeof *m);

    if (m == NULL) {
        return ERR_NO_MEM;
    }
    if (lte_ofdm_open(&m->ofdm) < 0) {
        lte_mib_close(m);
        return ERR_NO_MEM;
    }
    lte_chan_init(&m->chan);
    lte_bch_order(m->order);
    *out = m;
    return 0;
}

void lte_mib_close(struct lte_mib *m)
{
    if (m != NULL) {
        lte_ofdm_close(m->ofdm);
    }
    free(m);
}

void lte_mib_lend(struct lte_mib *m, enum lte_kernel which,
                  const struct fn_kernel *kernel)
{
    if (which == LTE_KERNEL_VITERBI) {
        m->viterbi.kernel = kernel;
    } else if (which == LTE_KERNEL_FFT) {
        lte_ofdm_lend(m->ofdm, kernel);
    }
}

static unsigned mib_ports(size_t set)
{
    return 1u << set;
}

/* Adds the bits of frame f, sent at place 'part' of its MIB, to soft[120]. */
static void mib_add(const struct lte_mib *m, size_t f, size_t part, size_t set,
                    float *soft)
{
    const struct lte_pbch_bits *b = &m->bits[f];

    for (size_t i = 0; i < b->n; i++) {
        size_t k = part * b->n + i;
        float v = b->soft[set][i];
        soft[m->order[k % LTE_BCH_CODED]] += m->scramble[k] ? -v : v;
    }
}

/*
 * Sums up transmission 'g' of 40 ms when frame 0 has place 'phase' in its own;
 * returns the frames that were there.
 */
static uint32_t mib_gather(const struct lte_mib *m, size_t g, size_t phase,
                           size_t set, float soft[LTE_BCH_CODED])
{
    uint32_t used = 0;

    for (size_t i = 0; i < LTE_BCH_CODED; i++) {
        soft[i] = 0;
    }
    for (size_t part = 0; part < N_TTI; part++) {
        size_t f = N_TTI * g + part - phase; /* wraps for frames before 0 */
        if (f < N_FRAMES && (m->have >> f & 1) != 0) {
            mib_add(m, f, part, set, soft);
            used |= 1u << f;
        }
    }
    return used;
}

/* Keeps a decoded block if its CRC is that of 'ports'. */
static void mib_judge(struct lte_mib *m, uint64_t block, uint32_t carry,
                      struct mib_hit hit)
{
    struct lte_mib_fields f;

    hit.mib = (uint32_t)(block >> 16);
    uint16_t crc = lte_crc16(hit.mib, LTE_MIB_BITS) ^ lte_crc_mask(hit.ports);
    if (crc != (block & 0xffff) || hit.mib == 0 || m->n_hits == N_HITS ||
        !lte_mib_unpack(hit.mib, &f)) {
        return;
    }
    uint32_t next = hit.mib + (1u << LTE_MIB_SFN_SHIFT);
    if (carry != 0 && ((hit.mib ^ next) & SFN_MASK) != carry) {
        return;
    }
    hit.sfn = (f.sfn + hit.sfn) % 1024;
    m->hit[m->n_hits++] = hit;
}

/* Decodes what is to be tried. */
static void mib_settle(struct lte_mib *m)
{
    size_t n = lte_viterbi_run(&m->viterbi);

    for (size_t k = 0; k < n; k++) {
        mib_judge(m, m->viterbi.bits[k], m->try[k].carry, m->try[k].hit);
    }
}

/* 'soft' is to be tried.  'carry': bits that the next SFN must differ in, or 0.
 */
static void mib_try(struct lte_mib *m, const float *soft, uint32_t carry,
                    struct mib_hit hit)
{
    m->try[m->viterbi.n] = (struct mib_try){carry, hit};
    lte_viterbi_put(&m->viterbi, soft, LTE_BCH_BITS);
    if (m->viterbi.n == LTE_VITERBI_BLOCKS) {
        mib_settle(m);
    }
}

/* Each frame alone, at each of the four places. */
static void mib_try_frames(struct lte_mib *m, size_t set)
{
    for (size_t f = 0; f < N_FRAMES; f++) {
        for (size_t part = 0; (m->have >> f & 1) != 0 && part < N_TTI; part++) {
            float soft[LTE_BCH_CODED] = {0};
            struct mib_hit hit = {
                .ports = mib_ports(set),
                .sfn = (unsigned)(1024 + part - f),
                .frames = 1u << f,
            };
            mib_add(m, f, part, set, soft);
            mib_try(m, soft, 0, hit);
        }
    }
}

/* The code is linear: a MIB with other SFN bits has the signs of their code. */
static void mib_join(const float *now, const float *next, uint32_t carry,
                     float *soft)
{
    uint8_t coded[LTE_BCH_CODED];

    lte_bch_encode(carry, 1, coded);
    for (size_t i = 0; i < LTE_BCH_CODED; i++) {
        soft[i] = now[i] + (coded[i] ? -next[i] : next[i]);
    }
}

/* Transmissions of up to four frames, and pairs of them. */
static void mib_try_groups(struct lte_mib *m, size_t set, size_t phase)
{
    for (size_t g = 0; g <= N_FRAMES / N_TTI; g++) {
        float now[LTE_BCH_CODED];
        float next[LTE_BCH_CODED];
        struct mib_hit hit = {
            .ports = mib_ports(set),
            .sfn = (unsigned)(1024 + phase - N_TTI * g),
            .frames = mib_gather(m, g, phase, set, now),
        };
        uint32_t more = mib_gather(m, g + 1, phase, set, next);
        if (hit.frames == 0) {
            continue;
        }
        if ((hit.frames & (hit.frames - 1)) != 0) {
            mib_try(m, now, 0, hit);
        }
        hit.frames |= more;
        for (unsigned bits = 1; more != 0 && bits <= N_CARRIES; bits++) {
            uint32_t carry = ((1u << bits) - 1) << LTE_MIB_SFN_SHIFT;
            float soft[LTE_BCH_CODED];
            mib_join(now, next, carry, soft);
            mib_try(m, soft, carry, hit);
        }
    }
}

static bool mib_agree(const struct mib_hit *a, const struct mib_hit *b)
{
    return a->ports == b->ports && a->sfn == b->sfn &&
           (a->mib | SFN_MASK) == (b->mib | SFN_MASK);
}

/* Independent blocks that say the same as hit k: no frame counts twice. */
static unsigned mib_votes(const struct lte_mib *m, size_t k)
{
    uint32_t used = 0;
    unsigned votes = 0;

    for (size_t i = 0; i < m->n_hits; i++) {
        if (mib_agree(&m->hit[i], &m->hit[k]) &&
            (m->hit[i].frames & used) == 0) {
            used |= m->hit[i].frames;
            votes++;
        }
    }
    return votes;
}

/* The hit to believe, or NULL. */
static const struct mib_hit *mib_decide(const struct lte_mib *m,
                                        const struct lte_cand *c)
{
    const struct mib_hit *best = NULL;
    unsigned best_votes = 0;
    struct lte_mib_fields f;

    for (size_t k = 0; k < m->n_hits; k++) {
        unsigned votes = mib_votes(m, k);
        if (votes > best_votes) {
            best_votes = votes;
            best = &m->hit[k];
        }
    }
    if (best_votes >= 2) {
        return c->evidence > evidence_min ? best : NULL;
    }
    if (best == NULL || !(c->evidence > evidence_alone) ||
        !lte_mib_unpack(best->mib, &f) || f.spare != 0) {
        return NULL;
    }
    return best;
}

static struct lte_cell mib_cell(const struct mib_hit *hit,
                                const struct lte_cand *c, double period)
{
    struct lte_mib_fields f = {0};
    unsigned frame = 0; /* the first that is not cut off */

    while (c->start + frame * period < -0.5) {
        frame++;
    }
    (void)lte_mib_unpack(hit->mib, &f); /* checked when it became a hit */
    return (struct lte_cell){
        .pci = c->id.cell_id,
        .tdd = c->tdd,
        .ext_cp = c->id.extended,
        .cfo_hz = c->cfo_hz,
        .frame_start = c->start + frame * period,
        .ppm = (period / LTE_FRAME - 1) * 1e6,
        .prb = (int)f.prb,
        .ports = (int)hit->ports,
        .phich_dur = f.phich_extended ? 1 : 0,
        .phich_ng = (int)f.phich_resources,
        .sfn = (int)(hit->sfn + frame) % 1024,
        .spare = f.spare,
    };
}

bool lte_mib_decode(struct lte_mib *m, const struct lte_iq *iq,
                    const struct lte_cand *cand, struct lte_cell *cell)
{
    double period = LTE_FRAME * lte_clock(iq, cand->cfo_hz);

    assert(cand->id.cell_id < LTE_N_CELLS);
    lte_gold(cand->id.cell_id, m->scramble, sizeof m->scramble);
    m->have = 0;
    m->n_hits = 0;
    for (unsigned f = 0; f < N_FRAMES; f++) {
        bool there = lte_pbch_demod(&m->chan, m->ofdm, iq, cand,
                                    cand->start + f * period, &m->bits[f]);
        m->have |= (there ? 1u : 0u) << f;
    }
    for (size_t set = 0; set < LTE_N_PORT_SETS; set++) {
        mib_try_frames(m, set);
        for (size_t phase = 0; phase < N_TTI; phase++) {
            mib_try_groups(m, set, phase);
        }
    }
    mib_settle(m);
    const struct mib_hit *hit = mib_decide(m, cand);
    if (hit == NULL) {
        return false;
    }
    *cell = mib_cell(hit, cand, period);
    cell->votes = mib_votes(m, (size_t)(hit - m->hit));
    return true;
}
