/*
 * wifi_stf.h - short training fields by function stf_detect, for the receiver's
 * detector: floating point to blocks of 16 bits, lists to candidates.
 *
 * Each block begins WIFI_STF_LAP samples before what is new in it, so that all
 * windows of a stream are in one block each, and is scaled by a power of two to
 * its own peak (sdr/fn/stf_detect/README.md).
 */
#ifndef SDR_FN_WIFI_RX_WIFI_STF_H
#define SDR_FN_WIFI_RX_WIFI_STF_H

#include <complex.h>

#include "core/fn.h"

enum {
    WIFI_STF_GROUP = 8, /* windows end with whole groups of samples */
    WIFI_STF_LAP = 136, /* a window, and the lag, but for a group */
    WIFI_STF_NEW = 512, /* new samples of a block, at most */
    WIFI_STF_BLOCKS = 8,
    WIFI_STF_LIST = 16, /* candidates of a block, at most */
};

struct wifi_stf_found {
    uint32_t end; /* new samples up to the end of its best window; 1.. */
    float rho2;   /* squared correlation there */
    float cfo;    /* rad a sample */
};

struct wifi_stf_list {
    size_t n;
    struct wifi_stf_found found[WIFI_STF_LIST];
};

struct wifi_stf {
    const struct fn_kernel *kernel;             /* stf_detect */
    struct wifi_stf_list list[WIFI_STF_BLOCKS]; /* of each block */
    int16_t block[WIFI_STF_BLOCKS][WIFI_STF_LAP + WIFI_STF_NEW][2];
};

/*
 * Looks at the 'n' samples at 'x', whole groups of which at most
 * WIFI_STF_BLOCKS times WIFI_STF_NEW; those before are there, too.  list[k] is
 * of those from k WIFI_STF_NEW on.  False: the function does not answer.
 */
bool wifi_stf_look(struct wifi_stf *s, const float complex *x, size_t n);

#endif
