/* gen_take_lte.c - LTE cells with system information; see gen_take.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "host/radio/gen_take.h"
#include "sdr/dsp/lte_seq.h"
#include "sdr/radio/gen_lte_wide.h"

enum {
    BYTES_MAX = LTE_SI_TBS_MAX / 8,
    CFI = 3,
    BLOCKS = 6, /* resource blocks of a message */
};

struct message_room {
    uint8_t sib1[BYTES_MAX], si[BYTES_MAX];
};

/* Reads 'hex' into bytes[BYTES_MAX]; ERR_USAGE, printed. */
static int read_message(const char *what, const char *hex, uint8_t *bytes,
                        struct gen_lte_message *m)
{
    size_t n = strlen(hex) / 2;

    *m = (struct gen_lte_message){bytes, n};
    if (n == 0 || n > BYTES_MAX || strlen(hex) % 2 != 0) {
        return err_say(ERR_USAGE, "--%s: expected 1 to %d bytes as hex", what,
                       BYTES_MAX);
    }
    for (size_t k = 0; k < strlen(hex); k++) {
        int digit = gen_hex_digit(hex[k]);
        if (digit < 0) {
            return err_say(ERR_USAGE, "--%s: '%c' is no hex digit", what,
                           hex[k]);
        }
        bytes[k / 2] = (uint8_t)(bytes[k / 2] << 4 | digit);
    }
    return 0;
}

/* The cell as it is to be sent; ERR_USAGE, printed. */
static int make_cell(const struct gen_radio *g, struct message_room *room,
                     struct gen_lte_wide *w)
{
    struct lte_rrc rrc = {.kind = LTE_RRC_OTHER};
    struct lte_layout *l = &w->si.layout;
    int err = read_message("sib1", g->sib1_hex, room->sib1, &w->si.sib1);

    if (err == 0 && g->si_hex != NULL) {
        err = read_message("si", g->si_hex, room->si, &w->si.si[0]);
    }
    if (err < 0) {
        return err;
    }
    (void)lte_rrc_read(w->si.sib1.bytes, w->si.sib1.n, &rrc);
    l->pci = (uint16_t)g->cell_id;
    l->prb = (uint8_t)g->prb;
    l->ports = (uint8_t)g->ports;
    l->ng = 2;
    l->extended = g->extended_cp;
    l->tdd_config = LTE_TDD_UNKNOWN;
    if (rrc.kind == LTE_RRC_SIB1 && rrc.sib1.tdd_config >= 0) {
        l->tdd = true;
        l->tdd_config = rrc.sib1.tdd_config;
        l->tdd_special = (int8_t)rrc.sib1.tdd_special;
    }
    w->si.cfi = CFI;
    w->si.dci = (struct lte_dci){.format = LTE_DCI_1A, .n = BLOCKS};
    w->si.aggregation = 4;
    w->factor = g->prb <= 6    ? 1
                : g->prb <= 15 ? 2
                : g->prb <= 25 ? 4
                : g->prb <= 50 ? 8
                               : 16;
    memcpy(w->gain, gen_port_gain, sizeof w->gain);
    w->sfn = g->sfn;
    w->loaded = true;
    w->seed = g->seed;
    return gen_lte_si_valid(&w->si)
               ? 0
               : err_say(ERR_USAGE, "--sib1: no room for it, or none for its "
                                    "assignment");
}

static json_t *cell_truth(const struct gen_radio *g,
                          const struct gen_lte_wide *w, double start)
{
    struct gen_radio like = *g;
    struct gen_cell cell = {.cell_id = g->cell_id};

    like.tdd_config = w->si.layout.tdd ? w->si.layout.tdd_config : -1;
    json_t *o = gen_cell_truth(&like, &cell, start);
    (void)json_object_set_new(o, "cfi", json_integer(CFI));
    (void)json_object_set_new(
        o, "sib1", json_pack("{ss, sb}", "hex", g->sib1_hex, "in_band", 1));
    if (g->si_hex != NULL) {
        (void)json_object_set_new(o, "si",
                                  json_pack("[{ss}]", "hex", g->si_hex));
    }
    return o;
}

int gen_take_lte(const struct gen_radio *g, struct gen_take *t)
{
    struct message_room room = {{0}, {0}};
    struct gen_lte_wide w = {.factor = 0};
    int err = make_cell(g, &room, &w);

    if (err < 0) {
        return err;
    }
    size_t n = g->count * (size_t)LTE_FRAME * w.factor;
    float complex *x = realloc(t->x, (t->n + n) * sizeof *x);
    if (x == NULL) {
        return gen_take_no_memory(g);
    }
    t->x = x;
    t->rate_hz = (double)LTE_RATE_HZ * w.factor;
    if (gen_lte_wide_run(&w, g->count, x + t->n) < 0) {
        return gen_take_no_memory(g);
    }
    (void)json_array_append_new(t->cells, cell_truth(g, &w, (double)t->n));
    t->n += n;
    return 0;
}
