/*
 * machine.h - a machine: a process of its own that gets messages, works, and
 * answers with records; what it does or suffers cannot harm its starter.
 *
 * One ring goes in, one comes back (core/base/ring.h), and one is for replies
 * to what the machine asks.  What comes back is from a process that may have
 * been taken over by what it decoded: check it.
 */
#ifndef HOST_VM_MACHINE_H
#define HOST_VM_MACHINE_H

#include <stddef.h>
#include <stdint.h>

enum {
    MACHINE_MESSAGE_BYTES = 1 << 16, /* longest message, either way */
    MACHINE_END = 0,                 /* message type: no more will come */
};

/* --- inside the machine --- */

struct machine_port;

/*
 * Waits for the next message; its type, with data[MACHINE_MESSAGE_BYTES] and
 * its length set.  MACHINE_END at the end.  Ends the process when the ring
 * breaks.
 */
uint32_t machine_next(struct machine_port *p, void *data, size_t *n);

/* Answers with a record, waiting for room. */
void machine_answer(struct machine_port *p, uint32_t type, const void *data,
                    size_t n);

/*
 * Asks the starter: what machine_answer() does, then waits for what it replies.
 * Its type, with reply[MACHINE_MESSAGE_BYTES] and its length set.
 */
uint32_t machine_ask(struct machine_port *p, uint32_t type, const void *data,
                     size_t n, void *reply, size_t *n_reply);

/*
 * The machine's work, on what 'arg' is in its copy of the starter's memory:
 * returns after MACHINE_END; 0, or a negative enum err.
 */
typedef int machine_main(struct machine_port *p, const void *arg);

/* --- outside --- */

struct machine;

struct machine_work {
    const char *name; /* of its process, behind "precast-" */
    machine_main *main;
    const void *arg;
    /* Gets each answer, during the calls below. */
    void (*take)(void *ctx, uint32_t type, const void *data, size_t n);
    void *ctx;
};

/* Starts a machine; '*work' is copied.  ERR_NO_MEM, ERR_IO, printed. */
int machine_start(const struct machine_work *work, struct machine **out);

/*
 * Sends a message, waiting for room.  ERR_DEVICE once the machine has died;
 * that is printed the first time, and later calls do nothing.
 */
int machine_send(struct machine *m, uint32_t type, const void *data, size_t n);

/*
 * Replies to what was asked; in take(), once.  A machine that asks on without
 * taking replies gets none.
 */
void machine_reply(struct machine *m, uint32_t type, const void *data,
                   size_t n);

/*
 * A descriptor that is readable when answers may be there, for who waits for
 * something else as well; machine_take() takes them.  ERR_DEVICE as above.
 */
int machine_fd(const struct machine *m);
int machine_take(struct machine *m);

/*
 * Ends a machine: sends MACHINE_END, takes all answers until it is gone, frees
 * it. ERR_DEVICE when it died or failed.  NULL is fine.
 */
int machine_end(struct machine *m);

#endif
