/* bus.c - see bus.h. */
#include "host/campaign/bus.h"

#include "common_csr.h"

enum {
    /* Offsets of a function, but the word behind the window, which moves it. */
    FN_FIRST = 0x80,
    FN_END = CSR_WINDOW_DATA,
    RANDOM = 128, /* places of the window */
};

/* Bits of the window's index that an RTL body has. */
static const uint32_t INDEX_MASK = UINT32_C(15) << CSR_WINDOW_TABLE |
                                   ((UINT32_C(1) << CSR_WINDOW_BITS_RTL) - 1);

static bool is_assigned(const struct bed *b, uint32_t offset)
{
    return csr_find(b->config.fn->csr, offset) >= 0;
}

int bus_rest(struct bed *b, uint32_t k)
{
    static const uint32_t words[] = {0, 0xffffffff, 0x55555555, 0xaaaaaaaa};
    uint32_t offset = FN_FIRST, index = words[k / 8 % 4] & INDEX_MASK;
    struct body *to[] = {b->c, b->slot[BED_SOUND], b->slot[BED_FAULTY]};

    for (int j = 0; j < 3 && b->config.fn->csr->n_tables > 0; j++) {
        int err = body_write(to[j], CSR_WINDOW_INDEX, index);
        if (err < 0) {
            return err;
        }
    }
    while (offset < FN_END && is_assigned(b, offset)) {
        offset += 4;
    }
    if (k / 4 % 2 == 0 || offset == FN_END) {
        offset = COMMON_MAGIC;
    }
    return body_write(b->slot[BED_FAULTY], offset, words[k % 4]);
}

/* An entry of table 't' as the twin has it, not an empty one unless all before
 * it are; another one each time. */
static int write_entry_again(struct bed *b, size_t t, bool from_last)
{
    const struct csr_table *table = &b->config.fn->csr->tables[t];
    struct body *slot = b->slot[BED_FAULTY];
    uint32_t hold = body_capacity(slot, t);
    uint32_t at = hold > 0 ? (uint32_t)(b->watch.items % hold) : 0;
    int err = 0;

    if (at >= hold || at >= table->depth) {
        return 0;
    }
    while (at > 0 && body_c_state(b->c)->table[t][at * table->words] == 0) {
        at--;
    }
    for (uint32_t k = 0; err == 0 && k < table->words; k++) {
        size_t word =
            (size_t)at * table->words + (from_last ? table->words - 1 - k : k);
        err = body_write(slot, CSR_WINDOW_INDEX, csr_window(t, (uint32_t)word));
        err = err < 0 ? err
                      : body_write(slot, CSR_WINDOW_DATA,
                                   body_c_state(b->c)->table[t][word]);
    }
    return err;
}

/* What the host may set, and counts, are written once more as they are, which
 * changes nothing; from the last one on, a write that reaches one before, too,
 * shows. */
static int write_again(struct bed *b, bool from_last)
{
    const struct csr_layout *l = b->config.fn->csr;
    int err = 0;

    for (size_t t = 0; err == 0 && t < l->n_tables; t++) {
        err = write_entry_again(b, t, from_last);
    }

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        const struct csr_reg *r = &l->regs[from_last ? l->n_regs - 1 - k : k];
        uint32_t value = 0;
        if ((r->access == CSR_RW || r->access == CSR_COUNT) &&
            r->offset != CSR_WINDOW_INDEX) {
            err = body_read(b->c, r->offset, &value);
            err = err < 0 ? err
                          : body_write(b->slot[BED_FAULTY], r->offset, value);
        }
    }
    return err;
}

/* Both slots: their answers are told apart. */
static bool write_both(struct bed *b, uint32_t offset, uint32_t word)
{
    return body_write(b->slot[BED_SOUND], offset, word) == 0 &&
           body_write(b->slot[BED_FAULTY], offset, word) == 0;
}

static bool same_both(struct bed *b, uint32_t offset)
{
    uint32_t word[2] = {0, 1};

    return body_read(b->slot[BED_SOUND], offset, &word[0]) == 0 &&
           body_read(b->slot[BED_FAULTY], offset, &word[1]) == 0 &&
           word[0] == word[1];
}

/* The window at 'index', while other words are on the bus, and behind two reads
 * from there: in no table, they are 0. */
static bool same_window(struct bed *b, uint32_t index)
{
    return write_both(b, CSR_WINDOW_INDEX, index) &&
           write_both(b, COMMON_MAGIC, ~index) &&
           same_both(b, CSR_WINDOW_INDEX) && same_both(b, CSR_WINDOW_DATA) &&
           same_both(b, CSR_WINDOW_INDEX) && same_both(b, CSR_WINDOW_DATA);
}

/* Word 'word' is written to table 't', of which there is none, at 'at' and
 * where one bit of that is another one. */
static bool write_none(struct bed *b, size_t t, uint32_t at, uint32_t word)
{
    bool same = true;

    for (uint32_t k = 0; same && k <= CSR_WINDOW_BITS_RTL; k++) {
        uint32_t bit = k < CSR_WINDOW_BITS_RTL ? UINT32_C(1) << k : 0;
        same = write_both(b, CSR_WINDOW_INDEX, csr_window(t, at ^ bit)) &&
               write_both(b, CSR_WINDOW_DATA, word);
    }
    return same;
}

/* A word of table 't' that is not 0, its neighbours by one bit of the index,
 * and the table's end. */
static bool same_table(struct bed *b, size_t t)
{
    size_t n_tables = b->config.fn->csr->n_tables;
    const struct csr_table *table = &b->config.fn->csr->tables[t];
    const uint32_t *word = body_c_state(b->c)->table[t];
    uint32_t hold = body_capacity(b->slot[BED_SOUND], t);
    uint32_t n = (hold < table->depth ? hold : table->depth) * table->words;
    uint32_t at = 0;
    bool same = true;

    while (at + 1 < n && word[at] == 0) {
        at++;
    }
    for (uint32_t k = 0; same && k < 32; k++) {
        uint32_t other = csr_window(t, at) ^ UINT32_C(1) << k;
        same = same_window(b, other);
        if (same && other >> CSR_WINDOW_TABLE >= n_tables) {
            same = write_none(b, other >> CSR_WINDOW_TABLE, at, ~word[at]);
        }
    }
    for (uint32_t k = n > 4 ? n - 4 : 0; same && k < n + 4; k++) {
        same = same_window(b, csr_window(t, k));
    }
    return same;
}

bool bus_reads_wrong(struct bed *b)
{
    const struct csr_layout *l = b->config.fn->csr;
    bool same = true;

    for (size_t k = 0; same && k < l->n_regs; k++) {
        same = l->regs[k].access == CSR_RO || same_both(b, l->regs[k].offset);
    }
    return !same;
}

/* The window's index does not hold, or count, each of its bits; both slots have
 * their own again then. */
static bool window_wrong(struct bed *b)
{
    static const uint32_t other[] = {0xf00fffff, 0x50055555, 0xa00aaaaa};
    size_t n_tables = b->config.fn->csr->n_tables;
    uint32_t place[2];
    bool same = true;

    for (int which = 0; which < 2; which++) {
        if (body_read(b->slot[which], CSR_WINDOW_INDEX, &place[which]) < 0) {
            return true;
        }
    }
    for (size_t k = 0; same && k < sizeof other / sizeof other[0]; k++) {
        same = same_window(b, other[k]) && !bus_reads_wrong(b);
    }
    for (uint32_t k = 0; same && k < RANDOM; k++) {
        uint32_t bits = 1 + rng_below(&b->rng, CSR_WINDOW_BITS_RTL);
        uint32_t word = rng_below(&b->rng, UINT32_C(1) << bits);
        size_t t = rng_below(&b->rng, (uint32_t)n_tables + 1);
        same = same_window(b, csr_window(t, word));
    }
    for (uint32_t k = 0; same && k <= CSR_WINDOW_BITS_RTL; k++) {
        same = same_window(b, csr_window(k % 2, (UINT32_C(1) << k) - 1));
    }
    for (size_t t = 0; same && t < n_tables; t++) {
        same = same_table(b, t);
    }
    for (int which = 0; which < 2; which++) {
        same =
            body_write(b->slot[which], CSR_WINDOW_INDEX, place[which]) == 0 &&
            same;
    }
    return !same;
}

/* Offsets at which there is nothing take any word, and read as 0. */
static bool nothing_wrong(struct bed *b)
{
    struct body *slot = b->slot[BED_FAULTY];
    bool wrong = false;

    for (uint32_t at = FN_FIRST; !wrong && at < FN_END; at += 4) {
        uint32_t got = 0;
        wrong =
            !is_assigned(b, at) && (body_write(slot, at, 0xffffffff) < 0 ||
                                    body_read(slot, at, &got) < 0 || got != 0);
    }
    return wrong;
}

int bus_reset(struct bed *b, bool *wrong)
{
    bool refused = false;
    int err = body_restart(b->slot[BED_SOUND]);

    *wrong = body_restart(b->slot[BED_FAULTY]) < 0 || bus_reads_wrong(b);
    err = err < 0 || *wrong ? err : bed_renew(b, &refused);
    *wrong = *wrong || refused;
    return err;
}

bool bus_wrong(struct bed *b)
{
    bool window = b->config.fn->csr->n_tables > 0;

    /* Twice: what a read does wrong shows in the next one. */
    for (int k = 0; k < 2; k++) {
        if (write_again(b, k > 0) < 0 || (window && window_wrong(b)) ||
            nothing_wrong(b) || bed_reads_wrong(b, BED_FAULTY)) {
            return true;
        }
    }
    return false;
}
