/* scan_lte.h - what a message of system information says, for people. */
#ifndef HOST_RADIO_SCAN_LTE_H
#define HOST_RADIO_SCAN_LTE_H

#include <stddef.h>
#include <stdint.h>

struct json_t;

/*
 * The fields of bytes[n] (BCCH-DL-SCH-Message) that sdr/dsp/lte_rrc.h reads, as
 * an object the caller owns; {"error": "refused"} when it lies.
 */
struct json_t *scan_lte_rrc(const uint8_t *bytes, size_t n);

/* The same on a line of stdout. */
void scan_lte_print(const uint8_t *bytes, size_t n);

#endif
