/*
 * scan.h - the radio front end over one recording: what is in it is classified,
 * dispatched to the machine of its technology, decoded there and reported.
 */
#ifndef HOST_RADIO_SCAN_H
#define HOST_RADIO_SCAN_H

#include <signal.h>
#include <stdbool.h>

#include "host/radio/kernels.h"
#include "host/radio/scan_pcap.h"

struct scan_options {
    bool json;
    bool csi;               /* the channel of each Wi-Fi frame, in JSON */
    const char *format;     /* of raw files; NULL: SigMF */
    double rate_hz;         /* of raw files */
    struct scan_pcap *pcap; /* NULL: none */
    const struct kernels_plan *kernels; /* NULL: receivers do without */
    const volatile sig_atomic_t *stop;
    bool progress;
};

/*
 * Scans 'file'.  Everything found before an error has been reported when it
 * returns: ERR_BAD_INPUT for the file, ERR_DEVICE when a decoder died (the
 * other one went on), ERR_NO_MEM, ERR_IO; printed.
 */
int scan_file(const struct scan_options *o, const char *file);

#endif
