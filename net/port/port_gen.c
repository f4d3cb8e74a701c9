/* port_gen.c - the generator and null as ports. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "net/port/gen_packets.h"
#include "net/port/pkt_build.h"
#include "net/port/port_in.h"

enum { LOOP_MAX = 4096 };

struct gen_port {
    struct port port;
    struct gen_stream stream;
    uint64_t n, count; /* packets given, and to give; 0: endless */
    uint32_t loop;     /* the first so many again and again; 0: all new */
    uint8_t *frames;   /* [loop][PKT_FRAME_MAX] */
    uint32_t len[LOOP_MAX];
};

/* The next packet at 'frame'; its length. */
static uint32_t gen_next(struct gen_port *g, uint8_t *frame)
{
    uint64_t k = g->loop > 0 ? g->n % g->loop : 0;
    uint8_t *kept = g->frames + k * PKT_FRAME_MAX;
    uint8_t rule;

    if (g->loop == 0) {
        return gen_packets_next(&g->stream, frame, &rule);
    }
    if (g->n < g->loop) {
        g->len[k] = gen_packets_next(&g->stream, kept, &rule);
    }
    memcpy(frame, kept, g->len[k]);
    return g->len[k];
}

static int gen_receive(struct port *p, struct fn_span *out)
{
    struct gen_port *g = (struct gen_port *)p;
    size_t n0 = out->n;
    struct pkt x;

    _Static_assert((int)PKT_FRAME_MAX <= (int)POOL_PKT_BYTES, "in one buffer");
    p->ended = g->count > 0 && g->n == g->count;
    while (out->n < out->cap && (g->count == 0 || g->n < g->count) &&
           pool_pkt(p->pool, PKT_FRAME_MAX, &x)) {
        uint32_t len = gen_next(g, x.data);
        ((struct pkt *)out->items)[out->n++] = (struct pkt){
            .data = x.data,
            .len_bytes = len,
            .room_bytes = x.room_bytes,
            .wire_bytes = len,
            .t_ns = gen_packets_time_ns(g->n++),
        };
    }
    return (int)(out->n - n0);
}

/* One "KEY=VALUE" of 'n' bytes. */
static bool gen_key(struct gen_port *g, const char *text, size_t n)
{
    char word[48];
    uint64_t value;

    if (n >= sizeof word) {
        return false;
    }
    memcpy(word, text, n);
    word[n] = '\0';
    char *equals = strchr(word, '=');
    if (equals == NULL || !parse_u64(equals + 1, UINT64_MAX, &value)) {
        return false;
    }
    *equals = '\0';
    if (strcmp(word, "seed") == 0) {
        g->stream.seed = value;
    } else if (strcmp(word, "count") == 0 && value > 0) {
        g->count = value;
    } else if (strcmp(word, "flows") == 0 && value <= UINT32_MAX) {
        g->stream.flows = (uint32_t)value;
    } else if (strcmp(word, "loop") == 0 && value > 0 && value <= LOOP_MAX) {
        g->loop = (uint32_t)value;
    } else {
        return false;
    }
    return true;
}

static int gen_close(struct port *p)
{
    free(((struct gen_port *)p)->frames);
    return 0;
}

int port_gen_open(const struct port_config *config, struct port **out)
{
    static const struct port_ops ops = {.receive = gen_receive,
                                        .close = gen_close};
    struct gen_port *g = port_new(config, sizeof *g, &ops);
    const char *c = config->name;

    if (g == NULL) {
        return ERR_NO_MEM;
    }
    g->stream.seed = 1;
    while (*c != '\0') {
        size_t n = strcspn(c, ",");
        if (!gen_key(g, c, n)) {
            (void)port_close(&g->port); /* nothing to complete */
            return err_say(ERR_BAD_INPUT,
                           "gen:%s: '%.*s', expected count=N, seed=S, "
                           "flows=N or loop=N to %d, with ',' between",
                           config->name, n < 64 ? (int)n : 64, c, LOOP_MAX);
        }
        c += n + (c[n] == ',');
    }
    g->stream.r.state = g->stream.seed;
    g->frames = malloc((size_t)g->loop * PKT_FRAME_MAX + 1);
    if (g->frames == NULL) {
        (void)port_close(&g->port); /* nothing to complete */
        return err_say(ERR_NO_MEM, "gen: not enough memory");
    }
    *out = &g->port;
    return 0;
}

/* --- null --- */

static int null_receive(struct port *p, struct fn_span *out)
{
    (void)out;
    p->ended = true;
    return 0;
}

static int null_send(struct port *p, const struct fn_span *in)
{
    p->counts.sent += in->n;
    return (int)in->n;
}

int port_null_open(const struct port_config *config, struct port **out)
{
    static const struct port_ops ops = {.receive = null_receive,
                                        .send = null_send};
    struct port *p = port_new(config, sizeof *p, &ops);

    if (p == NULL) {
        return ERR_NO_MEM;
    }
    *out = p;
    return 0;
}
