/*
 * fuzz_fn.c - one packet function, named by FUZZ_FN, under libFuzzer: the input
 * says which registers and table words are written and which packets come, raw
 * ones and those of the function's stimulus with bytes changed.
 *
 * Each packet lies in memory of its own, as long as its room, so that the
 * sanitizers see each byte too far.
 */
#include <string.h>

#include "core/body.h"
#include "core/registry.h"
#include "tests/fuzz/fuzz.h"

enum { BIG = 2048, ROOM_MAX = 64, POKES = 7 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct fn *fn;
static struct body *body; /* one for all inputs: full tables are slow to open */
static struct pkt burst[FN_BURST_PKT];
static size_t n_burst;

static int put(void *ctx, uint32_t offset, uint32_t value)
{
    return body_write(ctx, offset, value);
}

static void set_up(uint64_t seed)
{
    struct rng r = {seed};

    CHECK(fn->setup(&r, put, body) >= 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("FUZZ_FN");

    (void)argc;
    (void)argv;
    fn = name != NULL ? registry_find(name) : NULL;
    if (fn == NULL || fn->csr->in != FN_PKT) {
        (void)fprintf(stderr, "FUZZ_FN: expected a packet function\n");
        exit(2);
    }
    CHECK(body_open_c(fn, &body) == 0);
    set_up(1);
    return 0;
}

static void run_burst(void)
{
    struct pkt out[FN_BURST_PKT];
    struct fn_span from = {FN_PKT, burst, n_burst, FN_BURST_PKT, 0};
    struct fn_span to = {FN_PKT, out, 0, FN_BURST_PKT, 0};

    memcpy(out, burst, sizeof out);
    CHECK(body_run(body, &from, &to) == 0);
    CHECK(to.n == n_burst);
    for (size_t k = 0; k < n_burst; k++) {
        CHECK(out[k].data == burst[k].data);
        CHECK(out[k].len_bytes <= burst[k].room_bytes);
        CHECK(out[k].room_bytes == burst[k].room_bytes);
        CHECK((out[k].flags & PKT_UNSTABLE) == 0);
        if (fn->verdict != NULL) {
            (void)fn->verdict(&out[k]);
        }
        free(burst[k].data);
    }
    n_burst = 0;
}

/* Adds a packet with these bytes and as much room as the input says. */
static void add(struct input *in, const uint8_t *data, uint32_t len,
                struct pkt p)
{
    p.len_bytes = p.wire_bytes = len;
    p.room_bytes = len + take(in, 1) % (ROOM_MAX + 1);
    p.data = malloc(p.room_bytes + (p.room_bytes == 0));
    CHECK(p.data != NULL);
    if (len > 0) {
        memcpy(p.data, data, len);
    }
    burst[n_burst++] = p;
    if (n_burst == FN_BURST_PKT) {
        run_burst();
    }
}

static void add_raw(struct input *in)
{
    struct pkt p = {.in_port = (uint8_t)take(in, 1),
                    .mark = (uint16_t)take(in, 2),
                    .flags = (uint16_t)(take(in, 1) & 0x1f)};
    size_t n = take(in, 1) * (size_t)(1 + take(in, 1) % 4);
    const uint8_t *data = in->data;

    n = n < in->n ? n : in->n;
    (void)take(in, n);
    add(in, data, (uint32_t)n, p);
}

static void add_stimulus(struct input *in)
{
    static uint8_t data[BIG];
    struct rng r = {take(in, 3)};
    struct pkt p = {.data = data, .room_bytes = BIG};

    memset(data, 0, sizeof data);
    fn->packet(&r, &p);
    uint32_t len = p.len_bytes;
    for (uint32_t k = take(in, 1) % (POKES + 1); k > 0 && len > 0; k--) {
        uint32_t at = take(in, 1);
        data[at % len] = (uint8_t)take(in, 1);
    }
    if (take(in, 1) % 8 == 0) {
        len = take(in, 2) % (len + 1);
    }
    add(in, data, len, p);
}

/* A register's or word's value: most are small, else tables seem full. */
static uint32_t take_value(struct input *in)
{
    return take(in, 1) % 16 == 0 ? take(in, 4) : take(in, 1);
}

static void write_register(struct input *in)
{
    const struct csr_layout *l = fn->csr;
    const struct csr_reg *reg = &l->regs[take(in, 1) % l->n_regs];

    if (reg->access != CSR_RO) {
        (void)body_write(body, reg->offset, take_value(in));
    }
}

static void write_table(struct input *in)
{
    const struct csr_layout *l = fn->csr;

    if (l->n_tables > 0) {
        size_t t = take(in, 1) % l->n_tables;
        uint32_t words = l->tables[t].depth * l->tables[t].words;
        (void)body_write(body, CSR_WINDOW_INDEX,
                         csr_window(t, take(in, 2) % words));
        (void)body_write(body, CSR_WINDOW_DATA, take(in, 4));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};

    while (in.n > 0) {
        switch (take(&in, 1) % 16) {
        case 0:
            run_burst();
            write_register(&in);
            break;
        case 1:
            run_burst();
            write_table(&in);
            break;
        case 2:
            run_burst();
            set_up(take(&in, 1));
            break;
        case 3: run_burst(); break;
        case 4:
        case 5:
        case 6: add_raw(&in); break;
        default: add_stimulus(&in); break;
        }
    }
    run_burst();
    return 0;
}
