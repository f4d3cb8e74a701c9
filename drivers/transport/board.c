/* board.c - see board.h. */
#include "drivers/transport/board.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/err.h"

enum {
    HELD_BYTES = 1 << 16,  /* that came out and were not read */
    CLOCKS_MOST = 1 << 16, /* of one exchange */
    WAIT_EXCHANGES = 64,   /* that end early when the board is quiet */
    IDLE_CLOCKS = 64,      /* that pass when nobody has anything to say */
};

struct board {
    struct transport transport;
    void *lib;
    const struct sim_board *board;
    void *model;
    size_t at, n; /* of 'held' */
    uint8_t held[HELD_BYTES];
};

/* Clocks it; what comes out is held.  The bytes that it took. */
static size_t exchange(struct board *b, const uint8_t *bytes, size_t n,
                       uint64_t clocks)
{
    size_t taken = 0, came = 0;

    if (b->at > 0) {
        memmove(b->held, b->held + b->at, b->n - b->at);
        b->n -= b->at;
        b->at = 0;
    }
    if (b->n < HELD_BYTES) {
        b->board->exchange(b->model, bytes, n, &taken, b->held + b->n,
                           HELD_BYTES - b->n, &came, clocks);
        b->n += came;
    }
    return taken;
}

static int board_read(struct transport *t, void *bytes, size_t cap)
{
    struct board *b = (struct board *)t;

    if (b->at == b->n) {
        (void)exchange(b, NULL, 0, IDLE_CLOCKS);
    }
    size_t n = cap < b->n - b->at ? cap : b->n - b->at;
    memcpy(bytes, b->held + b->at, n);
    b->at += n;
    return (int)n;
}

static int board_write(struct transport *t, const void *bytes, size_t n)
{
    return (int)exchange((struct board *)t, bytes, n, CLOCKS_MOST);
}

/* It waits in clocks of the board; there is no other time here. */
static int board_wait(struct transport *t, bool to_write, uint32_t timeout_us)
{
    struct board *b = (struct board *)t;

    (void)timeout_us;
    for (int k = 0; k < WAIT_EXCHANGES && b->at == b->n; k++) {
        (void)exchange(b, NULL, 0, CLOCKS_MOST);
        if (to_write) {
            return 1;
        }
    }
    return b->at < b->n;
}

static void board_close(struct transport *t)
{
    struct board *b = (struct board *)t;

    if (b->model != NULL) {
        b->board->destroy(b->model);
    }
    if (b->lib != NULL) {
        (void)dlclose(b->lib); /* nothing to be done about a failure */
    }
    free(b);
}

/* Loads what is at 'path'. */
static int load(struct board *b, const char *path)
{
    if (access(path, R_OK) != 0) {
        return err_say(ERR_MISSING, "%s: no such board", path);
    }
    b->lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (b->lib == NULL) {
        return err_say(ERR_DEVICE, "%s: cannot be loaded: %s", path, dlerror());
    }
    b->board = dlsym(b->lib, "sim_board");
    if (b->board == NULL) {
        return err_say(ERR_DEVICE, "%s: not a board", path);
    }
    if (b->board->abi != SIM_BOARD_ABI) { /* what follows it may be anything */
        return err_say(ERR_DEVICE,
                       "%s: has ABI %u, expected %d, that of this program",
                       path, b->board->abi, SIM_BOARD_ABI);
    }
    b->model = b->board->create();
    return b->model != NULL
               ? 0
               : err_say(ERR_NO_MEM, "%s: not enough memory", path);
}

int board_open(const struct transport_config *config, struct transport **out)
{
    static const struct transport_ops ops = {
        .kind = "board",
        .read = board_read,
        .write = board_write,
        .wait = board_wait,
        .close = board_close,
    };
    struct board *b = calloc(1, sizeof *b);

    if (b == NULL) {
        return err_say(ERR_NO_MEM, "%s: not enough memory", config->path);
    }
    b->transport.ops = &ops;
    int err = load(b, config->path);
    if (err < 0) {
        board_close(&b->transport);
        return err;
    }
    *out = &b->transport;
    return 0;
}

const struct sim_board *board_of(const struct transport *t, void **model)
{
    const struct board *b = (const struct board *)t;

    *model = b->model;
    return b->board;
}
