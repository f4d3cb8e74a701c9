/* radiotap.h - the header that captures have in front of 802.11 frames
 * (radiotap.org). */
#ifndef HOST_RADIO_RADIOTAP_H
#define HOST_RADIO_RADIOTAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/rec.h"

enum { RADIOTAP_MAX = 64 };

/* Microseconds from the start of the stream to the frame. */
uint64_t radiotap_tsft(const struct rec_wifi_frame *w);

/*
 * Writes the header of a frame received around 'centre_hz', 0 when unknown;
 * 'ampdu' is the number of the A-MPDU, if it is of one.  Its bytes.
 *
 * Timestamp, flags (FCS is there, FCS is wrong), channel, signal over noise in
 * dB, rate or MCS, A-MPDU; then, as a vendor's field of 02:50:43 (locally
 * administered) sub-namespace 1, little-endian: carrier offset in Hz (32 bits,
 * signed), error vector magnitude and signal over noise in 0.01 dB (16 bits
 * each, signed).
 */
size_t radiotap_write(const struct rec_wifi_frame *w, double centre_hz,
                      uint32_t ampdu, uint8_t header[RADIOTAP_MAX]);

#endif
