/* nr_block.c - see nr_block.h. */
#include "sdr/fn/nr_rx/nr_block.h"

#include <math.h>
#include <string.h>

#include "sdr/dsp/cf.h"
#include "sdr/dsp/lte_seq.h"

enum {
    N_KNOWN = NR_N_SYNC + NR_N_DMRS + NR_N_PBCH,
    EARLY = 6, /* samples that the strongest path may be before or behind */
    LATE = 12,
    FINE = 32, /* places a sample */
};

/* Subcarriers on either side that the channel is averaged over: one path, or
 * several. */
static const int widths[] = {120, 40, 12};
/* In deviations of chance; the best of 2^32 code words has 6.7. */
static const float fit_min = 8.5f;

/* Resource elements whose symbols are known. */
struct known {
    size_t n;
    float complex symbol[N_KNOWN];
    float complex h[N_KNOWN]; /* the channel it saw */
    int16_t k[N_KNOWN];       /* subcarrier, from the middle */
    uint8_t l[N_KNOWN];
};

/* Place 'at' is l * 240 + k. */
static void add(struct known *a, const struct nr_sync *s, size_t at,
                float complex symbol)
{
    size_t l = at / NR_N_SC, k = at % NR_N_SC;

    a->symbol[a->n] = symbol;
    a->h[a->n] = cf_mul_conj(s->y[l][k], symbol);
    a->k[a->n] = (int16_t)((int)k - NR_N_SC / 2);
    a->l[a->n++] = (uint8_t)l;
}

/* SSS and reference signals. */
static void add_pilots(struct known *a, const struct nr_sync *s,
                       const struct nr_ssb *b)
{
    float complex r[NR_N_DMRS];
    uint16_t at[NR_N_DMRS];
    float d[NR_N_SYNC];

    nr_sss(b->cell_id, d);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        add(a, s, 2 * NR_N_SC + NR_SYNC_K + k, d[k]);
    }
    nr_dmrs(b->cell_id, b->index, r);
    nr_dmrs_at(b->cell_id, at);
    for (size_t j = 0; j < NR_N_DMRS; j++) {
        add(a, s, at[j], r[j]);
    }
}

/* How much of the known is on a path that is 'late'. */
static float path_power(const struct known *a, double late)
{
    float complex step[NR_N_SC], sum = 0;

    for (int k = 0; k < NR_N_SC; k++) {
        int freq = k - NR_N_SC / 2;
        step[k] = lte_phasor(freq * late / NR_FFT);
    }
    for (size_t j = 0; j < a->n; j++) {
        sum += cf_mul(a->h[j], step[a->k[j] + NR_N_SC / 2]);
    }
    return cf_norm(sum);
}

/* Where the strongest path is, from 'from' to 'to' in steps of 'step'. */
static double strongest_path(const struct known *a, double from, double to,
                             double step)
{
    int n_steps = (int)lround((to - from) / step);
    double best_late = 0;
    float best = -1;

    for (int k = 0; k <= n_steps; k++) {
        double late = from + k * step;
        float power = path_power(a, late);
        if (power > best) {
            best = power;
            best_late = late;
        }
    }
    return best_late;
}

/* The channel on all subcarriers: averages of what is known within 'width'. */
static void average(const struct known *a, double late, int width,
                    float complex h[NR_N_SC])
{
    float complex sum[NR_N_SC + 1] = {0};
    int n[NR_N_SC + 1] = {0};

    for (size_t j = 0; j < a->n; j++) {
        int k = a->k[j] + NR_N_SC / 2;
        sum[k + 1] += cf_mul(a->h[j], lte_phasor(a->k[j] * late / NR_FFT));
        n[k + 1]++;
    }
    for (size_t k = 0; k < NR_N_SC; k++) {
        sum[k + 1] += sum[k];
        n[k + 1] += n[k];
    }
    for (int k = 0; k < NR_N_SC; k++) {
        int from = k < width ? 0 : k - width;
        int to = k + width + 1 < NR_N_SC ? k + width + 1 : NR_N_SC;
        int count = n[to] - n[from]; /* above 0: every fourth is known */
        int freq = k - NR_N_SC / 2;
        h[k] = cf_mul((sum[to] - sum[from]) / (float)count,
                      lte_phasor(-freq * late / NR_FFT));
    }
}

/* Symbols of the broadcast channel as soft values v[], by the channel h[]. */
static void equalize(const struct nr_sync *s, const struct nr_ssb *b,
                     const float complex h[NR_N_SC], float complex v[NR_N_PBCH])
{
    uint16_t at[NR_N_PBCH];

    nr_pbch_at(b->cell_id, at);
    for (size_t j = 0; j < NR_N_PBCH; j++) {
        size_t k = at[j] % NR_N_SC;
        v[j] = cf_mul_conj(s->y[at[j] / NR_N_SC][k], h[k]);
    }
}

/* Symbols that the bits e[] are sent as. */
static void modulate(const uint8_t e[NR_PBCH_BITS],
                     const uint8_t c[NR_PBCH_BITS],
                     float complex symbol[NR_N_PBCH])
{
    for (size_t j = 0; j < NR_N_PBCH; j++) {
        symbol[j] = cf((e[2 * j] ^ c[2 * j]) != 0 ? -1.0f : 1.0f,
                       (e[2 * j + 1] ^ c[2 * j + 1]) != 0 ? -1.0f : 1.0f) *
                    (float)M_SQRT1_2;
    }
}

/* How well the values fit the symbols, in deviations of chance. */
static float fit(const float complex v[NR_N_PBCH],
                 const float complex symbol[NR_N_PBCH])
{
    float sum = 0, energy = 0;

    for (size_t j = 0; j < NR_N_PBCH; j++) {
        sum += crealf(cf_mul_conj(v[j], symbol[j]));
        energy += cf_norm(v[j]);
    }
    return energy > 0 ? sum / sqrtf(energy / 2) : 0;
}

/* Decodes with scrambling 'v'; symbol[] are those of what came out. */
static bool decode(const struct nr_ssb *b, unsigned v,
                   const float complex soft[NR_N_PBCH], struct nr_bch *bch,
                   float complex symbol[NR_N_PBCH])
{
    uint8_t c[NR_PBCH_BITS], e[NR_PBCH_BITS];
    float llr[NR_PBCH_BITS];

    nr_pbch_scrambling(b->cell_id, v, c);
    for (size_t k = 0; k < NR_PBCH_BITS; k++) {
        float part = k % 2 == 0 ? crealf(soft[k / 2]) : cimagf(soft[k / 2]);
        llr[k] = c[k] ? -part : part;
    }
    if (!nr_bch_decode(llr, b->cell_id, bch)) {
        return false;
    }
    nr_bch_encode(bch, b->cell_id, e);
    modulate(e, c, symbol);
    return fit(soft, symbol) > fit_min;
}

/*
 * The block's scrambling is by its index, of which four a half-frame leave two
 * bits, and the third of its reference signals says which half.
 */
static bool decode_any(const struct nr_ssb *b,
                       const float complex soft[NR_N_PBCH],
                       struct nr_block *out, float complex symbol[NR_N_PBCH])
{
    struct nr_mib mib;
    bool found = decode(b, b->index, soft, &out->bch, symbol);

    out->ssb_index = b->index;
    if (!found && b->index >= 4) {
        out->ssb_index = b->index - 4;
        found = decode(b, out->ssb_index, soft, &out->bch, symbol) &&
                out->bch.half_frame;
    }
    nr_mib_read(&out->bch, &mib);
    return found && !mib.extension;
}

/* Level over noise, from what neighbours differ by. */
static float snr_db(const struct known *a)
{
    float power = 0, noise = 0;
    size_t n = 0;

    for (size_t j = 0; j < a->n; j++) {
        power += cf_norm(a->h[j]) / (float)a->n;
        if (j > 0 &&
            (a->k[j] - a->k[j - 1] == 1 || a->k[j] - a->k[j - 1] == 2)) {
            noise += cf_norm(a->h[j] - a->h[j - 1]) / 2;
            n++;
        }
    }
    noise /= (float)n;
    float ratio = noise > 0 ? (power - noise) / noise : 1e6f;
    return 10 * log10f(fminf(fmaxf(ratio, 1e-2f), 1e6f));
}

/* The carrier offset, by the whole block as it came through the channel. */
static void refine_offset(struct nr_sync *s, const float complex *x,
                          const struct known *a, double late, struct nr_ssb *b)
{
    float complex sent[NR_SYMBOLS][NR_N_SC] = {{0}}, h[NR_N_SC];
    float d[NR_N_SYNC];

    nr_pss(b->n_id_2, d);
    average(a, late, widths[2], h);
    for (size_t k = 0; k < NR_N_SYNC; k++) {
        sent[0][NR_SYNC_K + k] = h[NR_SYNC_K + k] * d[k];
    }
    for (size_t j = 0; j < a->n; j++) {
        int k = a->k[j] + NR_N_SC / 2;
        sent[a->l[j]][k] = cf_mul(h[k], a->symbol[j]);
    }
    nr_sync_offset(s, x, sent, b);
}

bool nr_block_read(struct nr_sync *s, const float complex *x, struct nr_ssb *b,
                   struct nr_block *out)
{
    float complex soft[NR_N_PBCH], symbol[NR_N_PBCH], h[NR_N_SC];
    struct known a = {.n = 0};
    uint16_t at[NR_N_PBCH];
    bool found = false;

    add_pilots(&a, s, b);
    double late = strongest_path(&a, -EARLY, LATE, 0.5);
    memset(&out->bch, 0, sizeof out->bch);
    for (size_t i = 0; !found && i < sizeof widths / sizeof widths[0]; i++) {
        average(&a, late, widths[i], h);
        equalize(s, b, h, soft);
        found = decode_any(b, soft, out, symbol);
    }
    if (!found) {
        return false;
    }
    nr_pbch_at(b->cell_id, at);
    for (size_t j = 0; j < NR_N_PBCH; j++) {
        add(&a, s, at[j], symbol[j]);
    }
    out->late = strongest_path(&a, late - 1, late + 1, 1.0 / FINE);
    out->snr_db = snr_db(&a);
    refine_offset(s, x, &a, out->late, b);
    return true;
}
