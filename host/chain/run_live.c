/* run_live.c - time, and ports that are waited for; see run_in.h. */
#include <poll.h>
#include <signal.h>

#include "host/chain/chain_graph.h"
#include "host/chain/run_in.h"

enum { NS_PER_MS = 1000000 };

/* --- time --- */

/* The time of node 't' when a packet came at 't_ns'; it never goes back. */
static uint32_t time_at(const struct run *r, size_t t, uint64_t t_ns)
{
    uint64_t last = r->tick[t].at[0].value;
    uint64_t ns = t_ns > r->begin_ns ? t_ns - r->begin_ns : 0;
    uint64_t now = ns / (r->c->tick[t].every_ms * NS_PER_MS);

    return now > last ? (uint32_t)now : (uint32_t)last;
}

bool run_time_changes(struct run *r, uint64_t t_ns)
{
    if (!r->began) {
        r->began = true;
        r->begin_ns = t_ns;
    }
    for (size_t k = 0; k < r->c->n_ticks; k++) {
        if (time_at(r, k, t_ns) != r->tick[k].at[0].value) {
            return true;
        }
    }
    return false;
}

void run_write_time(struct run *r, uint64_t t_ns)
{
    for (size_t k = 0; k < r->c->n_ticks; k++) {
        uint32_t now = time_at(r, k, t_ns);
        if (now != r->tick[k].at[0].value) {
            r->tick[k].at[0].value = now;
            node_tick(r->station[r->c->tick[k].node].node, &r->tick[k]);
        }
    }
}

/* --- waiting --- */

/* A source that may have something later. */
static bool may_come(const struct run *r, size_t k)
{
    const struct chain_vertex *v = &r->c->vertex[k];

    return v->kind == CHAIN_SOURCE && port_traits[v->port].is_wire &&
           !r->station[k].ended;
}

bool run_may_wait(const struct run *r)
{
    for (size_t k = 0; k < r->c->n_vertices; k++) {
        if (may_come(r, k)) {
            return true;
        }
    }
    return false;
}

/*
 * Sleeps until one of 'f' has an event, or a signal comes that ends the run:
 * those are let in only while it sleeps, so that none is missed before.
 */
static void sleep_on(const struct run *r, struct pollfd *f, size_t n)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t ends, before;

    (void)sigemptyset(&ends); /* cannot fail */
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        (void)sigaddset(&ends, numbers[k]); /* known signal */
    }
    (void)sigprocmask(SIG_BLOCK, &ends, &before); /* cannot fail */
    if (!*r->stop) {
        (void)ppoll(f, n, NULL, &before); /* an early return is harmless */
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL); /* cannot fail */
}

void run_wait(struct run *r)
{
    struct pollfd f[CHAIN_VERTICES_MAX];
    size_t n = 0;

    for (size_t k = 0; k < r->c->n_vertices; k++) {
        if (may_come(r, k)) {
            f[n] = (struct pollfd){.fd = -1};
            f[n].fd = port_fd(r->station[k].port, false, &f[n].events);
            n++;
        }
    }
    sleep_on(r, f, n);
}

int run_send(struct run *r, size_t k, const struct fn_span *in)
{
    struct station *s = &r->station[k];
    struct fn_span rest = *in;

    for (;;) {
        int n = port_send(s->port, &rest);
        if (n < 0) {
            return n;
        }
        r->items.out += (uint64_t)n;
        rest.n -= (size_t)n;
        rest.items = (struct pkt *)rest.items + n;
        if (rest.n == 0) {
            return 0;
        }
        if (r->is_live || *r->stop) {
            s->no_room += rest.n;
            r->items.dropped += rest.n;
            return 0;
        }
        struct pollfd f = {.fd = -1};
        f.fd = port_fd(s->port, true, &f.events);
        sleep_on(r, &f, 1);
    }
}

void run_report_ports(struct run *r)
{
    for (size_t k = 0; k < r->c->n_vertices; k++) {
        const struct chain_vertex *v = &r->c->vertex[k];
        const struct station *s = &r->station[k];
        if (v->kind == CHAIN_NODE || port_traits[v->port].is_file ||
            s->port_is_other) {
            continue;
        }
        uint64_t no_room = 0;
        for (size_t j = 0; j < r->c->n_vertices; j++) {
            no_room +=
                r->station[j].port == s->port ? r->station[j].no_room : 0;
        }
        report_port(r->report, &(struct report_port){
                                   .name = v->name,
                                   .kind = port_traits[v->port].word,
                                   .port = v->file,
                                   .counts = port_counts(s->port),
                                   .no_room = no_room,
                               });
    }
}
