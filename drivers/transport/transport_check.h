/* transport_check.h - both ends of each kind of wire, for tests. */
#ifndef DRIVERS_TRANSPORT_TRANSPORT_CHECK_H
#define DRIVERS_TRANSPORT_TRANSPORT_CHECK_H

#include <fcntl.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "drivers/transport/faulty.h"
#include "drivers/transport/fd.h"
#include "drivers/transport/memory.h"
#include "drivers/transport/serial.h"
#include "drivers/transport/socket.h"
#include "tests/check.h"

/* A kind of wire: open() gives its ends. */
struct wire_kind {
    const char *name;
    bool faulty;
    void (*open)(struct transport *end[2]);
};

static inline void wire_memory(struct transport *end[2])
{
    assert_int_equal(memory_pair(1 << 15, &end[0], &end[1]), 0);
}

static inline void wire_socket(struct transport *end[2])
{
    assert_int_equal(socket_pair(&end[0], &end[1]), 0);
}

/* A tty, and the program that is the board. */
static inline void wire_serial(struct transport *end[2])
{
    struct transport_config config = {.baud = 3000000};
    char name[128];
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(grantpt(fd), 0);
    assert_int_equal(unlockpt(fd), 0);
    assert_int_equal(ptsname_r(fd, name, sizeof name), 0);
    config.path = name;
    assert_int_equal(transport_open("serial", &config, &end[0]), 0);
    assert_int_equal(fd_open(fd, "pty", &end[1]), 0);
}

static inline void wire_damage(struct transport *end[2])
{
    struct faulty_config config[2] = {{1, 50}, {2, 50}};

    assert_int_equal(faulty_open(end[0], &config[0], &end[0]), 0);
    assert_int_equal(faulty_open(end[1], &config[1], &end[1]), 0);
}

static inline void wire_faulty_memory(struct transport *end[2])
{
    wire_memory(end);
    wire_damage(end);
}

static inline void wire_faulty_socket(struct transport *end[2])
{
    wire_socket(end);
    wire_damage(end);
}

static const struct wire_kind wire_kinds[] = {
    {"memory", false, wire_memory},
    {"socket", false, wire_socket},
    {"serial", false, wire_serial},
    {"faulty_memory", true, wire_faulty_memory},
    {"faulty_socket", true, wire_faulty_socket},
};

#endif
