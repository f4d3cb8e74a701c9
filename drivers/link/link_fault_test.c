/*
 * link_fault_test.c - a campaign: a million faults on the wire between two
 * ends, and every byte comes out once, in order, as it went in.
 */
#include "drivers/link/link_check.h"

#include <stdlib.h>

#include "drivers/transport/faulty.h"
#include "tests/sanitize.h"

enum {
    FAULTS = SANITIZED ? 50000 : 1000000,
    PERMILLE = 300,   /* of chunks */
    CHUNKS_CLEAR = 8, /* within so many, what was damaged has arrived whole */
    SEED = 20261121,
};

/* One way of the wire, with what the application there has given and got. */
struct way {
    struct link *from, *to;
    struct faulty *faulty;
    uint64_t given, got;
    enum faulty_kind last; /* the fault that was not judged yet */
    bool judge;
    uint32_t chunks;         /* that crossed unharmed since */
    uint64_t noticed_before; /* by both ends, when it was injected */
    uint64_t noticed[FAULTY_KINDS], harmless[FAULTY_KINDS];
    uint64_t hidden[FAULTY_KINDS]; /* the next fault came too soon to tell */
};

/* Everything by which an end tells that something was wrong. */
static uint64_t noticed(const struct link *l)
{
    struct link_counters c = link_counted(l);

    return c.bad_headers + c.hunted + c.bad_payloads + c.gaps + c.repeats +
           c.strays + c.resends;
}

static void judge(struct way *w)
{
    if (!w->judge) {
        return;
    }
    /* A lost acknowledgement is noticed by who waits for it, if anybody. */
    if (noticed(w->to) + noticed(w->from) > w->noticed_before) {
        w->noticed[w->last]++;
    } else if (w->chunks < CHUNKS_CLEAR) {
        w->hidden[w->last]++;
    } else {
        w->harmless[w->last]++;
    }
    w->judge = false;
}

static uint64_t injected(const struct way *w)
{
    uint64_t n = 0;

    for (int k = 0; k < FAULTY_KINDS; k++) {
        n += faulty_of(w->faulty)->injected[k];
    }
    return n;
}

/* A chunk crosses the wire; it may end anywhere in a frame. */
static void cross(struct way *w, struct rng *r, const uint8_t *chunk, size_t n)
{
    uint8_t out[FAULTY_OUT];
    struct faulty_counters before = *faulty_of(w->faulty);
    uint64_t noticed_before = noticed(w->to) + noticed(w->from);
    size_t m = faulty_pass(w->faulty, chunk, n, out);

    for (int k = 0; k < FAULTY_KINDS; k++) {
        if (faulty_of(w->faulty)->injected[k] != before.injected[k]) {
            judge(w);
            w->last = (enum faulty_kind)k;
            w->judge = true;
            w->chunks = 0;
            w->noticed_before = noticed_before;
        }
    }
    w->chunks++;
    for (size_t at = 0; at < m;) {
        size_t piece = 1 + rng_below(r, (uint32_t)(m - at));
        link_wire_in(w->to, out + at, piece);
        at += piece;
    }
}

/* The bytes of one turn; false when the end is silent. */
static bool turn(struct way *w, struct rng *r, const struct pattern *p)
{
    uint8_t wire[4 * FAULTY_CHUNK];
    uint8_t data[8192];
    size_t n = rng_below(r, rng_below(r, 4) == 0 ? 64 : 4096);

    w->given += link_write(w->from, pattern_at(p, w->given), n);
    n = link_wire_out(w->from, wire, 1 + rng_below(r, sizeof wire));
    for (size_t at = 0, m; at < n; at += m) {
        m = 1 + rng_below(r, FAULTY_CHUNK);
        m = m < n - at ? m : n - at;
        cross(w, r, wire + at, m);
    }
    size_t got = link_read(w->to, data, 1 + rng_below(r, sizeof data));
    assert_memory_equal(data, pattern_at(p, w->got), got);
    w->got += got;
    assert_true(w->got <= w->given);
    return n > 0;
}

/* The wire is good again: all that was given arrives. */
static void finish(struct way way[2], const struct pattern *p, uint64_t now_us)
{
    for (int round = 0; round < 1000; round++) {
        for (int k = 0; k < 2; k++) {
            uint8_t data[8192];
            size_t n;
            link_tick(way[k].from, now_us);
            (void)carry(way[k].from, way[k].to);
            while ((n = link_read(way[k].to, data, sizeof data)) > 0) {
                assert_memory_equal(data, pattern_at(p, way[k].got), n);
                way[k].got += n;
            }
        }
        now_us += RESEND_US;
    }
    for (int k = 0; k < 2; k++) {
        judge(&way[k]);
        assert_int_equal(way[k].got, way[k].given);
        assert_int_equal(link_unsettled(way[k].from), 0);
    }
}

static void print_way(const struct way *w, const char *name)
{
    struct link_counters c = link_counted(w->to);

    print_message(
        "%s: %llu bytes; %llu bad headers, %llu bad payloads, "
        "%llu hunts, %llu gaps, %llu repeats; sent again %llu bytes\n",
        name, (unsigned long long)w->got, (unsigned long long)c.bad_headers,
        (unsigned long long)c.bad_payloads, (unsigned long long)c.hunts,
        (unsigned long long)c.gaps, (unsigned long long)c.repeats,
        (unsigned long long)link_counted(w->from).bytes_resent);
    for (int k = 0; k < FAULTY_KINDS; k++) {
        print_message("  %-8s %7llu injected, %7llu noticed, %6llu harmless, "
                      "%5llu hidden by the next\n",
                      faulty_names[k],
                      (unsigned long long)faulty_of(w->faulty)->injected[k],
                      (unsigned long long)w->noticed[k],
                      (unsigned long long)w->harmless[k],
                      (unsigned long long)w->hidden[k]);
    }
}

static void a_million_faults_change_no_byte(void **state)
{
    static struct pattern p;
    struct link *host = open_end(LINK_HOST, 3, 8192);
    struct link *fabric = open_end(LINK_FABRIC, 0, 16384);
    struct faulty_config config[2] = {{SEED, PERMILLE}, {SEED + 1, PERMILLE}};
    struct way way[2] = {
        {.from = host, .to = fabric, .faulty = faulty_create(&config[0])},
        {.from = fabric, .to = host, .faulty = faulty_create(&config[1])},
    };
    struct rng r = {SEED};
    uint64_t now_us = 0;

    (void)state;
    pattern_fill(&p, SEED);
    assert_true(way[0].faulty != NULL && way[1].faulty != NULL);
    while (injected(&way[0]) + injected(&way[1]) < FAULTS) {
        bool any = turn(&way[0], &r, &p);
        any = turn(&way[1], &r, &p) || any;
        now_us += any ? 10 : RESEND_US;
        link_tick(host, now_us);
        link_tick(fabric, now_us);
    }
    finish(way, &p, now_us);
    print_way(&way[0], "to the fabric");
    print_way(&way[1], "to the host");
    for (int k = 0; k < 2; k++) {
        const uint64_t *n = faulty_of(way[k].faulty)->injected;
        for (int j = 0; j < FAULTY_KINDS; j++) {
            assert_int_equal(way[k].noticed[j] + way[k].harmless[j] +
                                 way[k].hidden[j],
                             n[j]);
            assert_true(n[j] > FAULTS / 20);
        }
        /* What arrives damaged is noticed, always; a whole frame that is lost
         * or repeated and said nothing new does no harm. */
        assert_int_equal(way[k].harmless[FAULTY_FLIP], 0);
        assert_int_equal(way[k].harmless[FAULTY_GARBAGE], 0);
        assert_true(way[k].got > (uint64_t)FAULTS * 100);
        faulty_destroy(way[k].faulty);
    }
    link_close(host);
    link_close(fabric);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_faults_change_no_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
