/* bus.c - see bus.h. */
#include "host/campaign/bus.h"

#include "common_csr.h"

enum {
    /* Offsets of a function, but the word behind the window, which moves it. */
    FN_FIRST = 0x80,
    FN_END = CSR_WINDOW_DATA,
};

static bool is_assigned(const struct bed *b, uint32_t offset)
{
    return csr_find(b->config.fn->csr, offset) >= 0;
}

int bus_rest(struct bed *b, uint32_t k)
{
    static const uint32_t words[] = {0, 0xffffffff, 0x55555555, 0xaaaaaaaa};
    uint32_t offset = FN_FIRST;

    while (offset < FN_END && is_assigned(b, offset)) {
        offset += 4;
    }
    if (k / 4 % 2 == 0 || offset == FN_END) {
        offset = COMMON_MAGIC;
    }
    return body_write(b->slot[BED_FAULTY], offset, words[k % 4]);
}

/* An entry of table 't', as the twin has it; another one each time. */
static int write_entry_again(struct bed *b, size_t t)
{
    const struct csr_table *table = &b->config.fn->csr->tables[t];
    struct body *slot = b->slot[BED_FAULTY];
    uint32_t hold = body_capacity(slot, t);
    uint32_t at = hold > 0 ? (uint32_t)(b->watch.items % hold) : 0;
    size_t word = (size_t)at * table->words;
    int err = 0;

    if (at < hold && at < table->depth) {
        err = body_write(slot, CSR_WINDOW_INDEX, csr_window(t, (uint32_t)word));
        err = err < 0 ? err
                      : body_write_n(slot, CSR_WINDOW_DATA,
                                     body_c_state(b->c)->table[t] + word,
                                     table->words);
    }
    return err;
}

/* What the host may set is written once more as it is, which changes nothing.
 */
static int write_again(struct bed *b)
{
    const struct csr_layout *l = b->config.fn->csr;
    int err = 0;

    for (size_t t = 0; err == 0 && t < l->n_tables; t++) {
        err = write_entry_again(b, t);
    }

    for (size_t k = 0; err == 0 && k < l->n_regs; k++) {
        uint32_t offset = l->regs[k].offset, value = 0;
        if (l->regs[k].access == CSR_RW && offset != CSR_WINDOW_INDEX) {
            err = body_read(b->c, offset, &value);
            err =
                err < 0 ? err : body_write(b->slot[BED_FAULTY], offset, value);
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
        if (same && k >= CSR_WINDOW_TABLE &&
            other >> CSR_WINDOW_TABLE >= n_tables) {
            same = write_both(b, CSR_WINDOW_INDEX, other) &&
                   write_both(b, CSR_WINDOW_DATA, ~word[at]);
        }
    }
    for (uint32_t k = n > 4 ? n - 4 : 0; same && k < n + 4; k++) {
        same = same_window(b, csr_window(t, k));
    }
    return same;
}

/* The window's index does not hold, or count, each of its bits; both slots have
 * their own again then. */
static bool window_wrong(struct bed *b)
{
    static const uint32_t other[] = {0xf00fffff, 0x50055555, 0xa00aaaaa};
    uint32_t place[2];
    bool same = true;

    for (int which = 0; which < 2; which++) {
        if (body_read(b->slot[which], CSR_WINDOW_INDEX, &place[which]) < 0) {
            return true;
        }
    }
    for (size_t k = 0; same && k < sizeof other / sizeof other[0]; k++) {
        same = same_window(b, other[k]);
    }
    for (uint32_t k = 0; same && k <= CSR_WINDOW_BITS_RTL; k++) {
        same = same_window(b, csr_window(k % 2, (UINT32_C(1) << k) - 1));
    }
    for (size_t t = 0; same && t < b->config.fn->csr->n_tables; t++) {
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

bool bus_wrong(struct bed *b)
{
    bool window = b->config.fn->csr->n_tables > 0;

    /* Twice: what a read does wrong shows in the next one. */
    for (int k = 0; k < 2; k++) {
        if (write_again(b) < 0 || (window && window_wrong(b)) ||
            nothing_wrong(b) || bed_reads_wrong(b, BED_FAULTY)) {
            return true;
        }
    }
    return false;
}
