/* pub.c - see pub.h. */
#include "core/wire/pub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "core/base/err.h"

enum { QUEUE_RECORDS = 10000, LINGER_MS = 200 };

struct socket {
    void *context, *socket;
};

struct wire_pub {
    struct socket z;
};

struct wire_sub {
    struct socket z;
    zmq_msg_t msg;
};

bool wire_is_endpoint(const char *text)
{
    return strstr(text, "://") != NULL;
}

static void socket_close(struct socket *z)
{
    if (z->socket != NULL) {
        (void)zmq_close(z->socket); /* a socket */
    }
    if (z->context != NULL) {
        (void)zmq_ctx_term(z->context); /* waits LINGER_MS at most */
    }
}

static int socket_open(struct socket *z, int type, const char *endpoint)
{
    int hwm = QUEUE_RECORDS, linger = LINGER_MS;
    bool ok;

    z->context = zmq_ctx_new();
    z->socket = z->context != NULL ? zmq_socket(z->context, type) : NULL;
    if (z->socket == NULL) {
        return ERR_NO_MEM;
    }
    ok = zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
         zmq_setsockopt(z->socket, type == ZMQ_PUB ? ZMQ_SNDHWM : ZMQ_RCVHWM,
                        &hwm, sizeof hwm) == 0;
    if (type == ZMQ_PUB) {
        ok = ok && zmq_bind(z->socket, endpoint) == 0;
    } else {
        ok = ok && zmq_setsockopt(z->socket, ZMQ_SUBSCRIBE, "", 0) == 0 &&
             zmq_connect(z->socket, endpoint) == 0;
    }
    return ok ? 0
              : err_say(ERR_BAD_INPUT,
                        "%s: %s, expected an endpoint like "
                        "tcp://127.0.0.1:5555 or ipc:///run/precast",
                        endpoint, zmq_strerror(errno));
}

int wire_pub_open(const char *endpoint, struct wire_pub **out)
{
    struct wire_pub *p = calloc(1, sizeof *p);
    int err = p == NULL ? ERR_NO_MEM : socket_open(&p->z, ZMQ_PUB, endpoint);

    if (err < 0) {
        wire_pub_close(p);
        return err;
    }
    *out = p;
    return 0;
}

int wire_pub_put(struct wire_pub *p, const struct wire_record *r)
{
    uint8_t head[WIRE_HEAD_MAX];
    size_t n = wire_encode(r, head);
    zmq_msg_t msg;

    if (zmq_msg_init_size(&msg, n + r->data.n) != 0) {
        return ERR_NO_MEM;
    }
    memcpy(zmq_msg_data(&msg), head, n);
    if (r->data.n > 0) {
        memcpy((uint8_t *)zmq_msg_data(&msg) + n, r->data.at, r->data.n);
    }
    if (zmq_msg_send(&msg, p->z.socket, ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(&msg); /* a message */
        return ERR_IO;
    }
    return 0;
}

void wire_pub_close(struct wire_pub *p)
{
    if (p != NULL) {
        socket_close(&p->z);
        free(p);
    }
}

int wire_sub_open(const char *endpoint, struct wire_sub **out)
{
    struct wire_sub *s = calloc(1, sizeof *s);
    int err = s == NULL ? ERR_NO_MEM : socket_open(&s->z, ZMQ_SUB, endpoint);

    if (s != NULL) {
        (void)zmq_msg_init(&s->msg); /* always 0 */
    }
    if (err < 0) {
        wire_sub_close(s);
        return err;
    }
    *out = s;
    return 0;
}

int wire_sub_get(struct wire_sub *s, int wait_ms, struct wire_record *r)
{
    zmq_pollitem_t item = {.socket = s->z.socket, .events = ZMQ_POLLIN};
    const char *wrong;
    int n = zmq_poll(&item, 1, wait_ms);

    if (n == 0 || (n < 0 && errno == EINTR)) {
        return 0;
    }
    if (n < 0 || zmq_msg_recv(&s->msg, s->z.socket, ZMQ_DONTWAIT) < 0) {
        return errno == EINTR || errno == EAGAIN ? 0 : ERR_IO;
    }
    wrong = wire_decode(zmq_msg_data(&s->msg), zmq_msg_size(&s->msg), r);
    return wrong == NULL
               ? 1
               : err_say(ERR_BAD_INPUT, "a message that is %s", wrong);
}

void wire_sub_close(struct wire_sub *s)
{
    if (s != NULL) {
        (void)zmq_msg_close(&s->msg); /* a message */
        socket_close(&s->z);
        free(s);
    }
}
