/*
 * scan_pcap.h - what a scan found as packets: one pcapng with an interface for
 * 802.11 with radiotap and one for LTE system information in GSMTAP.
 */
#ifndef HOST_RADIO_SCAN_PCAP_H
#define HOST_RADIO_SCAN_PCAP_H

#include "core/rec.h"

struct scan_pcap;

/* Creates 'name'; ERR_IO, ERR_NO_MEM, printed. */
int scan_pcap_open(const char *name, struct scan_pcap **out);

/*
 * Writes a frame, the MIB of a cell, or a message of its system information, of
 * a recording centred at 'centre_hz'
 * (0 when unknown).  Headers alone and cells without MIB are left out.
 */
void scan_pcap_write(struct scan_pcap *p, const struct rec *rec,
                     double centre_hz);

/* ERR_IO when anything could not be written, printed; NULL is fine. */
int scan_pcap_close(struct scan_pcap *p);

#endif
