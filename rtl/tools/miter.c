/*
 * miter.c - for one mutant of a slot, two slots side by side: one with it, one
 * without, the same inputs, and outputs that are true where they differ.
 *
 *   miter step SLOT.aag MUTANT >MITER.aig
 *   miter run SLOT.aag MUTANT >MITER.aig
 *
 * In a step both are in the state that the one without it has come to, and the
 * states they go to are outputs, too: if they never differ, neither do the
 * slots. In a run each has a state of its own; what the mutant does not reach,
 * through logic and latches, stands in the result once.
 *
 * SLOT.aag is rtl/tools/same.v as ascii AIGER with names, latches from 0.  Pins
 * of memories are inputs and outputs of it: an address or word counts in the
 * clocks in which it is written or read, and none before output 'began' is
 * true.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOUND, MUTATED };

struct gate {
    uint32_t a, b;
};

struct slot {
    uint32_t max, n_in, n_latch, n_out, n_gate;
    uint32_t *in, *latch, *next, *out; /* literals */
    uint32_t *number;                  /* of gate k: its literal */
    struct gate *gate;
    uint32_t *at[2]; /* [variable]: its literal in the miter */
    int *bit;        /* [input]: of 'mutant', or -1 */
    char **name;     /* [output] */
};

/* The miter as it grows: variables from 1, and gates found by their inputs. */
struct miter {
    uint32_t top, n_gate, room, *hash, *number;
    struct gate *gate;
    uint32_t hash_mask;
};

static void fail(const char *what)
{
    (void)fprintf(stderr, "miter: %s\n", what);
    exit(1);
}

static void *must(void *p)
{
    if (p == NULL) {
        fail("not enough memory");
    }
    return p;
}

static void numbers(FILE *f, uint32_t n, uint32_t *x, uint32_t *y, uint32_t *z)
{
    uint32_t *column[] = {x, y, z};
    char line[128];

    for (uint32_t k = 0; k < n; k++) {
        char *at = line;
        if (fgets(line, sizeof line, f) == NULL) {
            fail("the file ends early");
        }
        for (int c = 0; c < 3 && column[c] != NULL; c++) {
            column[c][k] = (uint32_t)strtoul(at, &at, 10);
        }
    }
}

static uint32_t *column(uint32_t n)
{
    return must(calloc((size_t)n + 1, sizeof(uint32_t)));
}

static void read_slot(struct slot *s, FILE *f)
{
    unsigned head[5];
    char line[4096];

    if (fgets(line, sizeof line, f) == NULL ||
        sscanf(line, "aag %u %u %u %u %u", &head[0], &head[1], &head[2],
               &head[3], &head[4]) != 5) {
        fail("no ascii AIGER");
    }
    *s = (struct slot){.max = head[0],
                       .n_in = head[1],
                       .n_latch = head[2],
                       .n_out = head[3],
                       .n_gate = head[4]};
    s->in = column(s->n_in);
    s->latch = column(s->n_latch);
    s->next = column(s->n_latch);
    s->out = column(s->n_out);
    s->number = column(s->n_gate);
    uint32_t *a = column(s->n_gate), *b = column(s->n_gate);
    numbers(f, s->n_in, s->in, NULL, NULL);
    numbers(f, s->n_latch, s->latch, s->next, NULL);
    numbers(f, s->n_out, s->out, NULL, NULL);
    numbers(f, s->n_gate, s->number, a, b);
    s->gate = must(calloc((size_t)s->n_gate + 1, sizeof *s->gate));
    for (uint32_t k = 0; k < s->n_gate; k++) {
        s->gate[k] = (struct gate){a[k], b[k]};
    }
    free(a);
    free(b);
    s->at[SOUND] = column(s->max);
    s->at[MUTATED] = column(s->max);
    s->bit = must(calloc((size_t)s->n_in + 1, sizeof *s->bit));
    for (uint32_t k = 0; k < s->n_in; k++) {
        s->bit[k] = -1;
    }
    s->name = must(calloc((size_t)s->n_out + 1, sizeof *s->name));
    while (fgets(line, sizeof line, f) != NULL) {
        unsigned k;
        int bit;
        if (sscanf(line, "i%u mutant[%d]", &k, &bit) == 2 && k < s->n_in) {
            s->bit[k] = bit;
        }
        if (sscanf(line, "o%u", &k) == 1 && k < s->n_out) {
            s->name[k] = must(strdup(strchr(line, ' ') + 1));
        }
    }
}

static uint32_t both(struct miter *m, uint32_t x, uint32_t y)
{
    if (x > y) {
        uint32_t t = x;
        x = y;
        y = t;
    }
    if (x == 0 || x == (y ^ 1)) {
        return 0;
    }
    if (x == 1 || x == y) {
        return y;
    }
    uint32_t h = (x * 0x9e3779b1u ^ y * 0x85ebca77u) >> 7;
    for (;; h++) {
        uint32_t k = m->hash[h & m->hash_mask];
        if (k == 0) {
            break;
        }
        if (m->gate[k].a == x && m->gate[k].b == y) {
            return m->number[k];
        }
    }
    if (++m->n_gate == m->room) {
        fail("more gates than two slots have");
    }
    m->gate[m->n_gate] = (struct gate){x, y};
    m->number[m->n_gate] = 2 * ++m->top;
    m->hash[h & m->hash_mask] = m->n_gate;
    return m->number[m->n_gate];
}

static uint32_t differ(struct miter *m, uint32_t x, uint32_t y)
{
    return both(m, both(m, x, y) ^ 1, both(m, x ^ 1, y ^ 1) ^ 1);
}

static uint32_t get(const struct slot *s, int which, uint32_t literal)
{
    return literal < 2 ? literal : s->at[which][literal / 2] ^ (literal & 1);
}

static void logic(struct slot *s, struct miter *m, int which)
{
    for (uint32_t k = 0; k < s->n_gate; k++) {
        s->at[which][s->number[k] / 2] =
            both(m, get(s, which, s->gate[k].a), get(s, which, s->gate[k].b));
    }
}

/* Latches of the mutated slot of their own, until no more are reached. */
static uint32_t reach(struct slot *s, struct miter *m, uint32_t *own)
{
    uint32_t n = 0, before;

    do {
        before = n;
        logic(s, m, MUTATED);
        for (uint32_t k = 0; k < s->n_latch; k++) {
            if (own[k] == 0 &&
                get(s, MUTATED, s->next[k]) != get(s, SOUND, s->next[k])) {
                own[k] = s->at[MUTATED][s->latch[k] / 2] = 2 * ++m->top;
                n++;
            }
        }
    } while (n > before);
    return n;
}

/* A number as binary AIGER has it: seven bits a byte, the lowest first. */
static void put(uint32_t x)
{
    for (; x > 127; x >>= 7) {
        (void)putchar((int)(x & 127) | 128); /* main() checks */
    }
    (void)putchar((int)x);
}

/*
 * In the order of binary AIGER: inputs, latches of the sound slot, those of the
 * mutated one that it has of its own, gates.
 */
static void write_binary(const struct slot *s, const struct miter *m,
                         const uint32_t *own, const uint32_t *inputs,
                         uint32_t n_in, uint32_t n_own, const uint32_t *wrong,
                         uint32_t n_out)
{
    uint32_t *name = column(m->top), n = 0;

    for (uint32_t k = 0; k < n_in; k++) {
        name[inputs[k] / 2] = 2 * ++n;
    }
    for (uint32_t k = 0; k < s->n_latch; k++) {
        name[s->at[SOUND][s->latch[k] / 2] / 2] = 2 * ++n;
    }
    for (uint32_t k = 0; k < s->n_latch; k++) {
        if (own[k] != 0) {
            name[own[k] / 2] = 2 * ++n;
        }
    }
    for (uint32_t k = 1; k <= m->n_gate; k++) {
        name[m->number[k] / 2] = 2 * ++n;
    }
    printf("aig %u %u %u %u %u\n", n, n_in, s->n_latch + n_own, n_out,
           m->n_gate);
#define NAMED(literal) (name[(literal) / 2] ^ ((literal)&1))
    for (uint32_t k = 0; k < s->n_latch; k++) {
        printf("%u\n", NAMED(get(s, SOUND, s->next[k])));
    }
    for (uint32_t k = 0; k < s->n_latch; k++) {
        if (own[k] != 0) {
            printf("%u\n", NAMED(get(s, MUTATED, s->next[k])));
        }
    }
    for (uint32_t k = 0; k < n_out; k++) {
        printf("%u\n", NAMED(wrong[k]));
    }
    for (uint32_t k = 1; k <= m->n_gate; k++) {
        uint32_t x = NAMED(m->gate[k].a), y = NAMED(m->gate[k].b);
        put(name[m->number[k] / 2] - (x > y ? x : y));
        put(x > y ? x - y : y - x);
    }
#undef NAMED
    free(name);
}

/* True when output 'k' is pin 'pin' of the memory whose name has 'len' bytes.
 */
static bool is_pin(const struct slot *s, uint32_t k, const char *memory,
                   size_t len, const char *pin)
{
    const char *name = s->name[k];
    size_t n = strlen(pin);

    return strncmp(name, memory, len) == 0 &&
           strncmp(name + len, pin, n) == 0 &&
           (name[len + n] == '\n' || name[len + n] == '[');
}

/* Output 'k' as a slot shows it: pins of a memory in clocks in which it looks.
 */
static uint32_t shown(const struct slot *s, struct miter *m, int which,
                      uint32_t k)
{
    static const char *const pins[][4] = {
        {"waddr", "we"},          {"wdata", "we"},
        {"raddr", "re"},          {"WADDR", "WE", "WCLKE"},
        {"WDATA", "WE", "WCLKE"}, {"MASK", "WE", "WCLKE"},
        {"RADDR", "RE", "RCLKE"},
    };
    const char *dot = strrchr(s->name[k], '.');
    size_t len = dot == NULL ? 0 : (size_t)(dot + 1 - s->name[k]);
    uint32_t literal = get(s, which, s->out[k]);

    for (uint32_t j = 0; len > 0 && j < s->n_out; j++) {
        if (strcmp(s->name[j], "began\n") == 0) {
            literal = both(m, literal, get(s, which, s->out[j]));
        }
    }
    for (size_t p = 0; len > 0 && p < sizeof pins / sizeof pins[0]; p++) {
        if (!is_pin(s, k, s->name[k], len, pins[p][0])) {
            continue;
        }
        for (uint32_t j = 0; j < s->n_out; j++) {
            for (int e = 1; e < 4 && pins[p][e] != NULL; e++) {
                if (is_pin(s, j, s->name[k], len, pins[p][e])) {
                    literal = both(m, literal, get(s, which, s->out[j]));
                }
            }
        }
    }
    return literal;
}

/* Next states that are not the same, into 'wrong'. */
static uint32_t step(struct slot *s, struct miter *m, uint32_t *wrong)
{
    uint32_t n = 0;

    logic(s, m, MUTATED);
    for (uint32_t k = 0; k < s->n_latch; k++) {
        uint32_t lit =
            differ(m, get(s, SOUND, s->next[k]), get(s, MUTATED, s->next[k]));
        if (lit != 0) {
            wrong[n++] = lit;
        }
    }
    return n;
}

static void build(struct slot *s, struct miter *m, uint32_t mutant,
                  bool is_step)
{
    uint32_t *own = column(s->n_latch), *inputs = column(s->n_in), n_in = 0;
    uint32_t *wrong = column(s->n_out + s->n_latch), n_out = 0, n_own = 0;

    for (uint32_t k = 0; k < s->n_in; k++) {
        uint32_t *at[] = {&s->at[SOUND][s->in[k] / 2],
                          &s->at[MUTATED][s->in[k] / 2]};
        if (s->bit[k] >= 0) {
            *at[SOUND] = 0;
            *at[MUTATED] = mutant >> s->bit[k] & 1;
        } else {
            *at[SOUND] = *at[MUTATED] = inputs[n_in++] = 2 * ++m->top;
        }
    }
    for (uint32_t k = 0; k < s->n_latch; k++) {
        s->at[SOUND][s->latch[k] / 2] = s->at[MUTATED][s->latch[k] / 2] =
            2 * ++m->top;
    }
    logic(s, m, SOUND);
    if (is_step) {
        n_out = step(s, m, wrong);
    } else {
        n_own = reach(s, m, own);
    }
    for (uint32_t k = 0; k < s->n_out; k++) {
        uint32_t lit =
            differ(m, shown(s, m, SOUND, k), shown(s, m, MUTATED, k));
        if (lit != 0) {
            wrong[n_out++] = lit;
        }
    }
    write_binary(s, m, own, inputs, n_in, n_own, wrong, n_out);
    free(own);
    free(inputs);
    free(wrong);
}

int main(int argc, char **argv)
{
    struct slot s;
    struct miter m = {0};
    bool is_step = argc == 4 && strcmp(argv[1], "step") == 0;
    FILE *f = argc == 4 ? fopen(argv[2], "r") : NULL;

    if (f == NULL || (!is_step && strcmp(argv[1], "run") != 0)) {
        fail("usage: miter step|run SLOT.aag MUTANT");
    }
    read_slot(&s, f);
    (void)fclose(f); /* only read */
    m.room = 16 * (s.n_gate + s.n_out + s.n_latch) + 16;
    m.hash_mask = 1;
    while (m.hash_mask < 2 * m.room) {
        m.hash_mask = 2 * m.hash_mask + 1;
    }
    m.hash = must(calloc((size_t)m.hash_mask + 1, sizeof *m.hash));
    m.gate = must(calloc(m.room, sizeof *m.gate));
    m.number = must(calloc(m.room, sizeof *m.number));
    build(&s, &m, (uint32_t)strtoul(argv[3], NULL, 10), is_step);
    return fflush(stdout) == 0 ? 0 : 1;
}
