/*
 * nr_block.h - the broadcast channel of a block whose cell and index are known:
 * channel, soft bits, decoding, and what the right bits tell of the block.
 */
#ifndef SDR_FN_NR_RX_NR_BLOCK_H
#define SDR_FN_NR_RX_NR_BLOCK_H

#include "sdr/dsp/nr_bch.h"
#include "sdr/fn/nr_rx/nr_sync.h"

struct nr_block {
    struct nr_bch bch;
    unsigned ssb_index; /* in its half-frame, 0..7 */
    double late;        /* samples by which the block is behind b->at */
    float snr_db;       /* of its resource elements */
};

/*
 * Decodes the block whose symbols are s->y and makes b->turns exact.  It counts
 * when the CRC is right, the received symbols fit all of the code word (chance:
 * 1 in 10^16), and the bits do not contradict each other.  False, and '*out' is
 * undefined: it does not count.
 */
bool nr_block_read(struct nr_sync *s, const float complex *x, struct nr_ssb *b,
                   struct nr_block *out);

#endif
