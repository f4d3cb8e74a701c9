/* wifi_ldpc_table.h - the twelve codes, for wifi_ldpc.c and its test. */
#ifndef SDR_DSP_WIFI_LDPC_TABLE_H
#define SDR_DSP_WIFI_LDPC_TABLE_H

#include "sdr/dsp/wifi_ldpc.h"

enum { WIFI_LDPC_RATES = 4, WIFI_LDPC_LENGTHS = 3 };

/* Rates 1/2, 2/3, 3/4, 5/6; words of 648, 1296, 1944 bits. */
extern const struct wifi_ldpc wifi_ldpc_table[WIFI_LDPC_RATES]
                                             [WIFI_LDPC_LENGTHS];

#endif
