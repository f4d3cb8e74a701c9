/*
 * share_fair_test.c - what share promises, over many mixes of packets: due
 * shares, nothing lost to idle networks, no waiting after sleep.  The C body;
 * the RTL body is equal to it.
 */
#include "net/fn/share/share_check.h"

#include "core/base/rng.h"

enum { NETS = 16, SEED = 11, BATCH = 256 };

/* A network of a test: its weight, its packets, what it offers. */
struct player {
    uint32_t weight, shortest, longest;
    uint32_t permille; /* of its due rate; 0: silent */
    uint64_t debt;     /* bytes it has still to offer, times 1000 */
    uint64_t passed;   /* bytes */
};

struct world {
    struct body *b;
    struct rng r;
    struct player p[NETS];
    uint32_t n, rate, unit, tick;
    uint64_t passed;
};

static struct world world_open(struct body *b, const struct player *p,
                               uint32_t n, uint32_t rate, uint32_t unit,
                               uint64_t seed)
{
    struct world w = {.b = b, .r = {seed}, .n = n, .rate = rate, .unit = unit};
    char text[2048];
    uint32_t burst = 4 * rate;
    size_t at;

    memcpy(w.p, p, n * sizeof *p);
    for (uint32_t k = 0; k < n; k++) {
        burst = p[k].weight * unit > burst ? p[k].weight * unit : burst;
    }
    at = (size_t)snprintf(text, sizeof text, "link rate %u burst %u unit %u\n",
                          rate, burst, unit);
    for (uint32_t k = 0; k < n; k++) {
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "net %u weight %u\n", k, p[k].weight);
    }
    assert_true(at < sizeof text);
    write_reg(b, SHARE_TICK, 0);
    assert_int_equal(try_text(b, "nets", text), 0);
    return w;
}

static double due_of(const struct world *w, uint32_t k, bool only_active)
{
    uint64_t sum = 0;

    for (uint32_t j = 0; j < w->n; j++) {
        sum += only_active && w->p[j].permille == 0 ? 0 : w->p[j].weight;
    }
    return (double)w->p[k].weight / (double)sum;
}

/* Adds a packet of network 'k' to 'in'. */
static void offer(struct world *w, struct fn_span *in, uint32_t k)
{
    static uint8_t bytes[PACKET_MAX];
    struct player *p = &w->p[k];
    uint32_t len = p->shortest + rng_below(&w->r, p->longest - p->shortest + 1);

    ((struct pkt *)in->items)[in->n++] = (struct pkt){.data = bytes,
                                                      .len_bytes = len,
                                                      .room_bytes = PACKET_MAX,
                                                      .in_port = (uint8_t)k};
    p->debt -= p->debt < (uint64_t)len * 1000 ? p->debt : (uint64_t)len * 1000;
}

static void flush(struct world *w, struct fn_span *in)
{
    struct fn_span out = *in;
    const struct pkt *p = in->items;

    assert_int_equal(body_run(w->b, in, &out), 0);
    for (size_t k = 0; k < out.n; k++) {
        bool passed = (p[k].flags & PKT_DROP) == 0;
        w->p[p[k].in_port].passed += passed ? p[k].len_bytes : 0;
        w->passed += passed ? p[k].len_bytes : 0;
    }
    in->n = 0;
}

/* One tick: each network offers what it does, in random order. */
static void world_tick(struct world *w)
{
    static struct pkt items[BATCH];
    struct fn_span in = {FN_PKT, items, 0, BATCH, 0};
    uint32_t left = w->n;

    write_reg(w->b, SHARE_TICK, ++w->tick);
    for (uint32_t k = 0; k < w->n; k++) {
        w->p[k].debt +=
            (uint64_t)(w->rate * due_of(w, k, false) * w->p[k].permille);
    }
    while (left > 0) {
        uint32_t k = rng_below(&w->r, w->n);
        left = 0;
        for (uint32_t j = 0; j < w->n; j++) {
            left += w->p[j].debt >= (uint64_t)w->p[j].longest * 1000;
        }
        if (w->p[k].debt >= (uint64_t)w->p[k].longest * 1000) {
            offer(w, &in, k);
        }
        if (in.n == BATCH || (left == 0 && in.n > 0)) {
            flush(w, &in);
        }
    }
}

/* 10:5:1, each offers twice its due and more; a second of 1000 ticks. */
static void shares_are_due_within_one_percent_in_a_second(void **state)
{
    static const struct {
        const char *why;
        uint32_t rate, unit;
        struct player p[3];
    } row[] = {
        {"large weight, small packets",
         125000,
         9000,
         {{10, 64, 64, 2000, 0, 0},
          {5, 1500, 1500, 2000, 0, 0},
          {1, 9000, 9000, 9000, 0, 0}}},
        {"large weight, large packets",
         125000,
         9000,
         {{10, 9000, 9000, 3000, 0, 0},
          {5, 64, 9000, 2000, 0, 0},
          {1, 64, 64, 5000, 0, 0}}},
        {"all sizes",
         125000,
         9000,
         {{10, 64, 9000, 1500, 0, 0},
          {5, 64, 9000, 1500, 0, 0},
          {1, 64, 9000, 30000, 0, 0}}},
        {"256 KiB at 25 Gb/s",
         3125000,
         262144,
         {{10, 1500, 9000, 1500, 0, 0},
          {5, 9000, 9000, 1500, 0, 0},
          {1, 262144, 262144, 4000, 0, 0}}},
    };
    struct body *b = bench_body(state);

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct world w =
            world_open(b, row[k].p, 3, row[k].rate, row[k].unit, SEED + k);
        double link = 1000.0 * row[k].rate;
        while (w.tick < 1000) {
            world_tick(&w);
        }
        print_message("%s: link %.4f", row[k].why, (double)w.passed / link);
        for (uint32_t j = 0; j < 3; j++) {
            double ratio =
                (double)w.p[j].passed / (link * due_of(&w, j, false));
            print_message(", %u: %.4f", w.p[j].weight, ratio);
            assert_true(ratio > 0.99 && ratio < 1.01);
        }
        print_message("\n");
        assert_true((double)w.passed > 0.99 * link);
    }
}

/*
 * Three networks that always have a packet, 10:5:1 of 64, 1500 and 9000 bytes;
 * one that has tokens passes, by chance; when the sum of what remains is used
 * up, each is dealt its quantum: on top of what it has, or instead of it.
 */
static void deal_by_sum(bool carry, double *ratio)
{
    static const int64_t weight[3] = {10, 5, 1}, len[3] = {64, 1500, 9000};
    int64_t tokens[3] = {0}, passed[3] = {0}, all = 0, unit = 640;
    struct rng r = {SEED};

    while (all < 1000000000) {
        uint32_t k = rng_below(&r, 3);
        if (tokens[0] + tokens[1] + tokens[2] <= 0) {
            for (uint32_t j = 0; j < 3; j++) {
                tokens[j] = weight[j] * unit + (carry ? tokens[j] : 0);
            }
        }
        if (tokens[k] > 0) {
            tokens[k] -= len[k];
            passed[k] += len[k];
            all += len[k];
        }
    }
    for (uint32_t j = 0; j < 3; j++) {
        ratio[j] = (double)passed[j] / ((double)all * (double)weight[j] / 16);
    }
    print_message("%s: %.3f / %.3f / %.3f of the due shares\n",
                  carry ? "carried" : "plain reset", ratio[0], ratio[1],
                  ratio[2]);
}

/* What share does of the same networks is in the first row of the test above.
 */
static void plain_reset_fails_where_carrying_is_exact(void **state)
{
    double plain[3], carried[3];

    (void)state;
    deal_by_sum(false, plain);
    deal_by_sum(true, carried);
    assert_true(plain[0] < 0.1);
    assert_true(plain[2] > 10);
    for (uint32_t j = 0; j < 3; j++) {
        assert_true(carried[j] > 0.999 && carried[j] < 1.001);
    }
}

/* At any time, of two networks that always want more, neither is ahead by more
 * than 7 quanta: 1 by its turn, and at most 2 held and 1 in debt on each side.
 */
static void random_mixes_stay_within_quanta_for_ever(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {SEED};
    double worst = 0;

    for (int round = 0; round < 60; round++) {
        struct player p[NETS] = {{0}};
        uint32_t n = 1 + (uint32_t)round % NETS;
        bool huge = round % 8 == 7;
        uint32_t unit = huge ? PACKET_MAX : 9000;
        double held = 0;
        for (uint32_t k = 0; k < n; k++) {
            uint32_t longest = 64 + rng_below(&r, unit - 64);
            p[k] = (struct player){1 + rng_below(&r, 16),
                                   64 + rng_below(&r, longest - 63),
                                   longest,
                                   1300 + rng_below(&r, 2000),
                                   0,
                                   0};
            held += 3.0 * p[k].weight * unit;
        }
        struct world w = world_open(b, p, n, 20 * unit, unit, SEED + 77);
        while (w.tick < 200) {
            world_tick(&w);
            for (uint32_t j = 1; j < n && w.tick % 10 == 0; j++) {
                double ahead = (double)w.p[j].passed / w.p[j].weight -
                               (double)w.p[0].passed / w.p[0].weight;
                ahead = ahead < 0 ? -ahead / unit : ahead / unit;
                worst = ahead > worst ? ahead : worst;
                if (ahead > 7) {
                    print_error("round %d, tick %u, %u and 0\n", round, w.tick,
                                j);
                }
                assert_true(ahead <= 7);
            }
        }
        /* All that ticks brought passed, but for what is still held. */
        double brought = 200.0 * w.rate;
        assert_true((double)w.passed < brought + held);
        assert_true((double)w.passed > brought - held - 16.0 * unit);
    }
    print_message("at most %.2f quanta ahead\n", worst);
}

static void idle_networks_hold_nobody_back(void **state)
{
    struct body *b = bench_body(state);

    /* Some are silent, network 0 offers three tenths of its due. */
    for (uint32_t silent = 1; silent < 7; silent++) {
        struct player p[8];
        double link = 1000.0 * 125000, rest = link, weights = 0;
        for (uint32_t k = 0; k < 8; k++) {
            p[k] =
                (struct player){1 + k, 64, 9000, k > silent ? 20000 : 0, 0, 0};
        }
        p[0].permille = 300;
        struct world w = world_open(b, p, 8, 125000, 9000, SEED + silent);
        while (w.tick < 1000) {
            world_tick(&w);
        }
        assert_true((double)w.passed > 0.99 * link);
        assert_true((double)w.passed < 1.01 * link);
        /* It gets what it asks for. */
        double asked = link * 0.3 * due_of(&w, 0, false);
        assert_true((double)w.p[0].passed > 0.98 * asked);
        rest -= (double)w.p[0].passed;
        for (uint32_t k = silent + 1; k < 8; k++) {
            weights += w.p[k].weight;
        }
        for (uint32_t k = silent + 1; k < 8; k++) {
            double ratio =
                (double)w.p[k].passed / (rest * w.p[k].weight / weights);
            assert_true(ratio > 0.99 && ratio < 1.01);
        }
    }
}

/* Others have had two turns each while it slept: then its packet passes before
 * any other does. */
static void who_wakes_does_not_wait(void **state)
{
    struct body *b = bench_body(state);
    struct rng r = {SEED};
    uint32_t waited = 0, wakings = 0;

    for (int round = 0; round < 32; round++) {
        struct player p[NETS];
        uint32_t n = 2 + (uint32_t)round % (NETS - 1), turn = 0;
        for (uint32_t k = 0; k < n; k++) {
            p[k] = (struct player){1 + rng_below(&r, 8),       64, 9000,
                                   1500 + rng_below(&r, 3000), 0,  0};
            turn += p[k].weight * 9000;
        }
        struct world w = world_open(b, p, n, turn / 8, 9000, SEED + 5);
        for (int k = 0; k < 20; k++) {
            uint32_t who = rng_below(&r, n), permille = w.p[who].permille;
            w.p[who].permille = 0;
            w.p[who].debt = 0;
            for (int t = 0; t < 24; t++) {
                world_tick(&w);
            }
            waited += !passes(b, who, 64 + rng_below(&r, 8936));
            wakings++;
            w.p[who].permille = permille;
            for (int t = 0; t < 8; t++) {
                world_tick(&w);
            }
        }
    }
    print_message("%u wakings, %u waited\n", wakings, waited);
    assert_int_equal(waited, 0);
}

int main(void)
{
    static struct bench bench = {.width_bits = 0};
    const struct CMUnitTest tests[] = {
        ON(shares_are_due_within_one_percent_in_a_second, "c", &bench),
        ON(plain_reset_fails_where_carrying_is_exact, "c", &bench),
        ON(random_mixes_stay_within_quanta_for_ever, "c", &bench),
        ON(idle_networks_hold_nobody_back, "c", &bench),
        ON(who_wakes_does_not_wait, "c", &bench),
    };

    return cmocka_run_group_tests_name("share_fair", tests, NULL, NULL);
}
