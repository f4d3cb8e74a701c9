/*
 * link_talk.h - the host's side of a conversation in records: sends one at a
 * time, takes whatever comes meanwhile, and knows when to give up.
 *
 * Both directions move in every step, so full buffers at both ends are no
 * deadlock.  Answers come in the order of what they answer.
 */
#ifndef DRIVERS_LINK_LINK_TALK_H
#define DRIVERS_LINK_LINK_TALK_H

#include "core/fn.h"
#include "drivers/link/link_port.h"
#include "drivers/link/record.h"

enum {
    LINK_TALK_SLOTS = 256,
    LINK_TALK_VALUES = 256, /* of one register access */
    LINK_TALK_TELEMETRY = 1
                          << 16, /* bytes that wait; what comes then is lost */
};

/* Where the packets of a slot go: the items of 'out', in order. */
struct link_sink {
    uint8_t slot;
    struct fn_span *out; /* packets with data and room, or samples */
    size_t n;            /* packets that came */
    size_t cap;          /* most that are wanted */
    uint32_t len;        /* bytes of the packet that is coming */
    uint64_t user;       /* of its parts */
    bool unstable;       /* which differed */
};

struct link_talk {
    struct link_port port;
    char where[256];
    uint32_t hang_us;
    bool gone;            /* ERR_DEVICE for good; it has been printed */
    uint64_t progress_us; /* when something moved last */
    uint64_t acked;       /* bytes, then */

    struct record_out out; /* going */
    struct record_in in;   /* coming */
    struct record record;  /* the one whose data comes */
    bool within;

    uint32_t asked, answered; /* READ and LOAD */
    uint8_t status;           /* of the last answer */
    uint8_t address;          /* of the last READ */
    size_t n_values;          /* of the last READ */
    uint32_t values[LINK_TALK_VALUES];
    char text[RECORD_TEXT_MAX]; /* of the last LOAD */
    size_t n_text;

    /* Telemetry that nobody has fetched: slot, bytes (2, low first), bytes. */
    uint8_t telemetry[LINK_TALK_TELEMETRY];
    size_t n_telemetry;

    struct link_sink *sink; /* NULL: packets are strays */
    uint64_t strays;
    int failed[LINK_TALK_SLOTS]; /* what events said; 0, ERR_HANG */
};

/*
 * Opens a session; owns 't', also on an error.  ERR_NO_MEM; ERR_DEVICE when no
 * fabric answers in 'hang_us'; printed.
 */
int link_talk_open(struct link_talk *k, struct transport *t, const char *where,
                   uint32_t hang_us, uint32_t resend_us);
void link_talk_close(struct link_talk *k);

/*
 * Carries and takes what there is, or waits a little: 1 when something moved,
 * 0 when not; ERR_DEVICE; ERR_HANG when nothing moved for too long.
 */
int link_talk_step(struct link_talk *k);

/* As link_talk_step(), but never waits. */
int link_talk_turn(struct link_talk *k);

/* From now on it may take 'hang_us' again. */
void link_talk_begin(struct link_talk *k);

/* Sends a record; data[n] is free again afterwards. */
int link_talk_send(struct link_talk *k, const struct record *r,
                   const void *data, size_t n);

/* Sends one that is answered; the answer is in 'k'.  ERR_DEVICE without one. */
int link_talk_ask(struct link_talk *k, const struct record *r, const void *data,
                  size_t n);

/*
 * READ of 'n' values, at most LINK_TALK_VALUES, into k->values; the status is
 * in k->status.
 */
int link_talk_read(struct link_talk *k, uint8_t slot, uint8_t address,
                   size_t n);

/*
 * Moves the telemetry of 'slot' that came, whole records of up to 'room' bytes,
 * to 'to'; how many bytes.
 */
size_t link_talk_telemetry(struct link_talk *k, uint8_t slot, uint8_t *to,
                           size_t room);

/* Says once why the device is gone; ERR_DEVICE. */
int link_talk_give_up(struct link_talk *k, const char *why);

#endif
