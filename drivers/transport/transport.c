/* transport.c - the table of transports, and the calls common to all. */
#include "drivers/transport/transport.h"

#include <assert.h>
#include <string.h>

#include "core/base/err.h"
#include "drivers/transport/board.h"
#include "drivers/transport/serial.h"
#include "drivers/transport/socket.h"

int transport_open(const char *kind, const struct transport_config *config,
                   struct transport **out)
{
    static const struct {
        const char *kind;
        int (*open)(const struct transport_config *config,
                    struct transport **out);
    } transports[] = {
        {"socket", socket_open},
        {"serial", serial_open},
        {"board", board_open},
    };

    for (size_t k = 0; k < sizeof transports / sizeof transports[0]; k++) {
        if (strcmp(transports[k].kind, kind) == 0) {
            return transports[k].open(config, out);
        }
    }
    return err_say(ERR_NOT_FOUND,
                   "no transport '%s', expected one of: socket, serial, board",
                   kind);
}

int transport_read(struct transport *t, void *bytes, size_t cap)
{
    assert(cap <= TRANSPORT_MOST);
    return t->ops->read(t, bytes, cap);
}

int transport_write(struct transport *t, const void *bytes, size_t n)
{
    assert(n <= TRANSPORT_MOST);
    return t->ops->write(t, bytes, n);
}

int transport_wait(struct transport *t, bool to_write, uint32_t timeout_us)
{
    return t->ops->wait(t, to_write, timeout_us);
}

void transport_close(struct transport *t)
{
    if (t != NULL) {
        t->ops->close(t);
    }
}
