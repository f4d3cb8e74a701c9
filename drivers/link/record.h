/*
 * record.h - the records of docs/LINK.md over the pipe of a link: packets,
 * register access, loading, events.
 *
 * Whatever arrives may be hostile: lengths are checked before they are
 * believed, and a record that contradicts itself is one of RECORD_BAD, to be
 * skipped.
 */
#ifndef DRIVERS_LINK_RECORD_H
#define DRIVERS_LINK_RECORD_H

#include "drivers/link/link.h"

enum record_op {
    RECORD_BAD = 0x00, /* unknown, or not as long as it must be */
    RECORD_PKT = 0x01,
    RECORD_PART = 0x02,
    RECORD_WRITE = 0x03,
    RECORD_READ = 0x04,
    RECORD_LOAD = 0x05,
    RECORD_EVENT = 0x06,
    RECORD_TELEMETRY = 0x07,
};

enum record_status {
    RECORD_DONE = 0,
    RECORD_NO_SLOT = 1,
    RECORD_NO_ANSWER = 2,  /* the slot does not answer */
    RECORD_IMPOSSIBLE = 3, /* not possible here */
};

enum record_event {
    RECORD_HANG = 1,    /* value: ERRORS of the slot */
    RECORD_NO_ACK = 2,  /* value: address of the WRITE */
    RECORD_SKIPPED = 3, /* value: op of the record */
};

enum {
    RECORD_SLOT_FABRIC = 255,
    RECORD_LONGEST = 65535,
    RECORD_PART_BYTES = 1 << 15, /* of packet in a PART: whole beats */
    RECORD_VALUES_MAX = 16382,   /* of one READ or WRITE */
    RECORD_TEXT_MAX = 256,       /* of a LOAD, either way */
    RECORD_HEAD_MAX = 12,
};

/* The head of a record: what stands before its data. */
struct record {
    enum record_op op;
    uint8_t raw_op; /* as it came, also when 'op' is RECORD_BAD */
    uint8_t slot;
    uint8_t address; /* WRITE, READ */
    uint8_t status;  /* READ, LOAD: of an answer */
    uint8_t code;    /* EVENT */
    uint16_t count;  /* READ */
    uint32_t value;  /* EVENT */
    uint64_t user;   /* PKT, PART: 48 bits */
    uint32_t n_data; /* bytes behind the head: packet, values or text */
};

/* --- reading ----------------------------------------------------------------
 */

/* Which end reads: answers have other heads than what they answer. */
struct record_in {
    bool from_fabric;
    uint32_t left; /* bytes of data of the record that have not been read */
    bool open;     /* within a record */
    size_t n_head;
    uint8_t head[RECORD_HEAD_MAX];
};

/*
 * 1 when a record begins, with its head in '*out': read or skip its data, then
 * call again.  0 when more bytes have to come; also while data is left.
 */
int record_next(struct record_in *r, struct link *l, struct record *out);

/* Bytes of data read into data[n], no more than came; r->left tells the rest.
 */
size_t record_data(struct record_in *r, struct link *l, void *data, size_t n);

/* Drops what came of the data; true when that was all. */
bool record_skip(struct record_in *r, struct link *l);

/* --- writing ----------------------------------------------------------------
 */

/* A record, or a packet as several, on its way into the pipe; {0} is none. */
struct record_out {
    struct record record; /* of the part that is going */
    bool to_host;
    const uint8_t *data;
    size_t n, at;  /* bytes of data, and those gone */
    size_t n_part; /* bytes of data of this part that have to go */
    size_t n_head, head_at;
    uint8_t head[RECORD_HEAD_MAX];
};

/*
 * Begins a record with data[n], which stays where it is until record_push() is
 * true.  Only PKT takes more than a record holds, and goes as parts.
 */
void record_begin(struct record_out *o, bool to_host, const struct record *r,
                  const void *data, size_t n);

/* Writes what the pipe takes; true when all has gone. */
bool record_push(struct record_out *o, struct link *l);

#endif
