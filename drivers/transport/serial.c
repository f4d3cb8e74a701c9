/* serial.c - see serial.h. */
#include "drivers/transport/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/err.h"
#include "drivers/transport/fd.h"

/* False: no such baud. */
static bool find_speed(uint32_t baud, speed_t *speed)
{
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = {
        {9600, B9600},       {19200, B19200},     {38400, B38400},
        {57600, B57600},     {115200, B115200},   {230400, B230400},
        {460800, B460800},   {500000, B500000},   {921600, B921600},
        {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000},
        {3000000, B3000000}, {4000000, B4000000},
    };

    for (size_t k = 0; k < sizeof speeds / sizeof speeds[0]; k++) {
        if (speeds[k].baud == baud) {
            *speed = speeds[k].speed;
            return true;
        }
    }
    return false;
}

static int set_raw(int fd, speed_t speed)
{
    struct termios t;

    if (tcgetattr(fd, &t) != 0) {
        return -1;
    }
    cfmakeraw(&t);
    t.c_cflag |= CLOCAL | CREAD;
    t.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
    if (cfsetispeed(&t, speed) != 0 || cfsetospeed(&t, speed) != 0) {
        return -1;
    }
    return tcsetattr(fd, TCSAFLUSH, &t); /* what came before is not for us */
}

int serial_open(const struct transport_config *config, struct transport **out)
{
    speed_t speed;
    int fd;

    if (!find_speed(config->baud, &speed)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: no baud %u, expected a usual one from 9600 to "
                       "4000000",
                       config->path, config->baud);
    }
    fd = open(config->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || set_raw(fd, speed) != 0) {
        int number = errno;
        if (fd >= 0) {
            (void)close(fd); /* nothing was sent */
        }
        return err_say(ERR_DEVICE, "%s: cannot be opened as a tty: %s",
                       config->path, strerror(number));
    }
    return fd_open(fd, "serial", out);
}
