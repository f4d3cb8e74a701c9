/*
 * recorder.h - where a run leaves what it tells: a history (twin/history.h),
 * telemetry for who listens or for a file (core/wire), and metrics.
 *
 * Every function takes NULL for a run that records nothing.  What cannot be
 * written any more is told once and left out; the run goes on.
 */
#ifndef HOST_CHAIN_RECORDER_H
#define HOST_CHAIN_RECORDER_H

#include "core/body.h"
#include "core/wire/record.h"

struct recorder;

struct recorder_config {
    const char *history;    /* folder, or NULL */
    uint64_t history_bytes; /* most of raw data */
    const char *telemetry;  /* endpoint of ZeroMQ or file, or NULL */
    const char *metrics;    /* file, or NULL */
};

/*
 * '*out' is NULL when nothing is asked for.  ERR_BAD_INPUT, ERR_IO, ERR_NO_MEM;
 * the message has been printed.
 */
int recorder_open(const struct recorder_config *config, const char *chain,
                  struct recorder **out);

/* Writes all that waits.  The first error there was since it was opened. */
int recorder_close(struct recorder *r);

/* An event; the time is put in here. */
void recorder_put(struct recorder *r, const struct wire_record *event);

/* Registers of the node's function are written before its item 'item'. */
void recorder_set(struct recorder *r, const char *node, const struct fn *fn,
                  uint64_t item, const struct write_list *w);

/* The same of writes by the host itself to 'fn', which is in the node's slot:
 * for the history alone. */
void recorder_learn(struct recorder *r, const char *node, const struct fn *fn,
                    uint64_t item, const struct write_list *w);

/*
 * Items that the device has and 'twin', a C body, is about to have: before it
 * runs, as it may edit them in place.  Keeps its state from time to time.
 */
void recorder_input(struct recorder *r, const char *node, struct body *twin,
                    const struct fn_span *in);

/* What the twin made of them, and the device if that is not the same. */
void recorder_output(struct recorder *r, const char *node,
                     const struct fn_span *twin, const struct fn_span *device);

/*
 * Frames of telemetry that came, one after the other; 'item' is the node's item
 * that its slot will have next, when it has had 'sent' since it was reset.
 */
void recorder_frames(struct recorder *r, const char *node, const char *device,
                     uint64_t item, uint32_t sent, struct wire_bytes frames);

#endif
