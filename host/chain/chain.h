/*
 * chain.h - a chain: sources, nodes and sinks, the links between them, and what
 * happens at which item.  Made from one YAML file; docs/precast.1 has its form.
 */
#ifndef HOST_CHAIN_CHAIN_H
#define HOST_CHAIN_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/body.h"
#include "core/device.h"
#include "net/port/port.h"

enum {
    CHAIN_DEVICES_MAX = 64,
    CHAIN_PORT_ANY = -1,       /* a link that takes all that no other selects */
    CHAIN_SHADOW_ITEMS = 1000, /* equal items before a move switches */
};

enum chain_twin { CHAIN_TWIN_OFF, CHAIN_TWIN_WATCHED, CHAIN_TWIN_CHECKED };

/* What is done about a node whose slot the twin does not agree with. */
struct chain_repair {
    bool on;               /* else its C body serves for good */
    uint32_t self_test;    /* items of the stored stimulus */
    uint64_t forgive;      /* right items after which no failure counts */
    uint64_t reload_every; /* items in a slot; 0: it stays loaded */
    uint32_t window_beats; /* of telemetry; 0: the slot does not report */
    uint32_t walk_words;   /* a window, to 255 */
};

/* What a chain does that says nothing of it. */
extern const struct chain_repair chain_repair_default;

enum chain_kind { CHAIN_SOURCE, CHAIN_NODE, CHAIN_SINK };

/* A source, node or sink: they share one name space. */
struct chain_vertex {
    enum chain_kind kind;
    bool file_is_cwd;    /* 'file' came from the command line */
    enum port_kind port; /* source, sink */
    char *name;
    char *file; /* source, sink: the port's name (port.h) as the user wrote
                   it, NULL until known */
    int line, column;      /* where it stands in the file, from 1 */
    const struct fn *fn;   /* node */
    struct write_list set; /* node: registers and tables at start */
};

struct chain_link {
    size_t from, to; /* indexes in struct chain.vertex */
    int from_port;   /* out port selected, or CHAIN_PORT_ANY */
    int to_port;     /* in port given to the packet, or CHAIN_PORT_ANY */
    int line, column;
};

struct chain_device {
    char *name;
    char *kind;          /* "sim", "socket", "serial" */
    char *path;          /* socket, serial, board: as written; else NULL */
    bool framed;         /* sim: behind a link */
    uint32_t baud;       /* serial; default 3000000 */
    uint32_t n_slots;    /* default 4 */
    uint32_t width_bits; /* default 64 */
    int line, column;
};

enum chain_action {
    CHAIN_CONCRETIZE,
    CHAIN_VIRTUALIZE,
    CHAIN_FAULT,
    CHAIN_SET,
    CHAIN_RELOAD
};

/* One line of the schedule; done when all items before 'at' have left. */
struct chain_event {
    uint64_t at; /* source items, counted from 0 over all sources */
    enum chain_action action;
    size_t node;     /* vertex; not for CHAIN_FAULT */
    size_t device;   /* index in struct chain.device; concretize, fault */
    uint32_t slot;   /* concretize, fault */
    uint64_t shadow; /* items of the shadow run; concretize, virtualize */
    bool may_cache;  /* concretize: in part, if it does not fit */
    char *flip;      /* fault: register bit */
    struct write_list set;
    int line, column;
};

/* Register 'offset' of a node counts time in units of 'every_ms'. */
struct chain_tick {
    size_t node;
    uint32_t offset;
    uint64_t every_ms;
};

struct chain {
    char *name;
    char *file; /* for messages */
    char *dir;  /* folder of 'file': relative files are looked up from here */
    struct chain_vertex *vertex; /* [n_vertices], in the order data takes */
    size_t n_vertices;
    struct chain_link *link; /* [n_links] */
    size_t n_links;
    struct chain_device *device; /* [n_devices] */
    size_t n_devices;
    struct chain_event *event; /* [n_events], by 'at', stable */
    size_t n_events;
    struct chain_tick *tick; /* [n_ticks] */
    size_t n_ticks;
    enum chain_twin twin;
    struct chain_repair repair;
};

enum chain_option {
    CHAIN_IN,  /* --in: "PORT=FILE" for a source */
    CHAIN_OUT, /* --out: the same for a sink */
    CHAIN_PORT /* --port: "PORT=KIND:NAME" for either (port.h) */
};

/* From the command line, in place of what the file says. */
struct chain_port_file {
    const char *text;
    enum chain_option option;
};

/*
 * Reads the chain in 'file' and checks all that can be checked before data
 * flows: keys, types, names, links, types of streams, cycles, rule files.
 * ERR_BAD_INPUT with "FILE:LINE:COLUMN: what is wrong, what was expected"
 * printed; ERR_NO_MEM.  chain_close() frees it and takes NULL.
 */
int chain_open(const char *file, const struct chain_port_file *ports,
               size_t n_ports, struct chain **out);
void chain_close(struct chain *c);

/*
 * What opens the port of a source or sink, in 'path': of captures the path, of
 * others the name as it is.  ERR_BAD_INPUT if it is too long.
 */
int chain_path(const struct chain *c, const struct chain_vertex *v, char *path,
               size_t n);

#endif
