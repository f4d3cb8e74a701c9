/*
 * cli_bench_board.c - see cli_bench_board.h.
 *
 * A board that gives every packet back gets packets of 1,500 bytes as fast as
 * it takes them; what counts is its clock, one byte each way being the most.
 * Host and board alternate every few clocks, so that neither waits for the
 * other.
 */
#include "host/cli/cli_bench_board.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "drivers/framed.h"
#include "drivers/link/link.h"
#include "drivers/link/record.h"
#include "drivers/transport/board.h"

enum {
    PACKET = 1500,
    N_PACKETS = 1000,
    WARM = 20,       /* packets before the first clock that counts */
    STEP = 32,       /* clocks of one exchange */
    WIRE = 2 * STEP, /* bytes that wait for the board */
    PIPE = 1 << 16,
    RESEND_US = 1, /* of no time: nothing is lost */
    CLOCKS_MOST = 4 * N_PACKETS * PACKET,
};

#define BOARD "echo-board32"

struct stream {
    const struct sim_board *board;
    void *model;
    struct link *link;
    struct record_out out;
    struct record_in in;
    size_t sent, came;
    uint8_t wire[WIRE], packet[PACKET];
    size_t at, n; /* of 'wire' */
};

/* What the host does between two exchanges. */
static void host(struct stream *s)
{
    struct record r = {.op = RECORD_PKT};
    uint8_t data[PACKET];
    bool more = true;

    while (s->sent < N_PACKETS && record_push(&s->out, s->link)) {
        record_begin(&s->out, false, &r, s->packet, PACKET);
        s->sent++;
    }
    (void)record_push(&s->out, s->link); /* the next turn goes on */
    while (more) {
        if (s->in.left == 0 && record_next(&s->in, s->link, &r) > 0) {
            s->came += r.op == RECORD_PKT;
        }
        more = record_data(&s->in, s->link, data, sizeof data) > 0;
    }
}

static void turn(struct stream *s)
{
    uint8_t up[STEP];
    size_t taken = 0, n_up = 0;

    if (s->at == s->n) {
        s->at = 0;
        s->n = link_wire_out(s->link, s->wire, WIRE);
    }
    s->board->exchange(s->model, s->wire + s->at, s->n - s->at, &taken, up,
                       sizeof up, &n_up, STEP);
    s->at += taken;
    link_wire_in(s->link, up, n_up);
    host(s);
}

/* Until 'n' packets are back; the clocks. */
static int until(struct stream *s, size_t n, uint64_t *clocks)
{
    uint64_t start = s->board->clocks(s->model);

    while (s->came < n) {
        turn(s);
        if (s->board->clocks(s->model) - start > CLOCKS_MOST) {
            return err_say(ERR_DEVICE, "bench: " BOARD " stands still");
        }
    }
    *clocks = s->board->clocks(s->model) - start;
    return 0;
}

int bench_board(bench_figure *figure, void *ctx)
{
    struct link_config config = {LINK_HOST, 1, PIPE, PIPE, RESEND_US};
    struct transport *t = NULL;
    char why[1024];
    uint64_t warm = 0, clocks = 1;

    err_hold(why, sizeof why);
    int err = framed_board(BOARD, &t);
    err_release();
    if (err < 0) {
        return 0; /* it is no part of an installation */
    }
    struct stream *s = calloc(1, sizeof *s);
    err = s == NULL ? ERR_NO_MEM : link_open(&config, &s->link);
    if (err < 0) {
        err_say(err, "bench: not enough memory");
    } else {
        s->in.from_fabric = true;
        s->board = board_of(t, &s->model);
        err = until(s, WARM, &warm);
    }
    if (err == 0) {
        err = until(s, N_PACKETS, &clocks);
    }
    if (err == 0) {
        figure(ctx, "link.rtl.1500",
               (double)((N_PACKETS - WARM) * PACKET) / (double)clocks,
               "byte/clock each way");
    }
    if (s != NULL) {
        link_close(s->link);
    }
    free(s);
    transport_close(t);
    return err;
}
