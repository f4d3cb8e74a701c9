/*
 * lte_cell.h - a cell of which the master information block (MIB) is known:
 * what its search and tracking hand to whoever decodes more of it.
 */
#ifndef SDR_FN_LTE_RX_LTE_CELL_H
#define SDR_FN_LTE_RX_LTE_CELL_H

#include <stdbool.h>

/* Fixed size, no pointers: fit for a message. */
struct lte_cell {
    int pci;            /* physical-layer cell identity, 0..503 */
    bool tdd;           /* frame structure type 2 */
    bool ext_cp;        /* extended cyclic prefix */
    double cfo_hz;      /* positive when the signal is above the centre */
    double frame_start; /* sample at 1.92 Msps, fractional, at which the first
                           cyclic prefix of the radio frame 'sfn' begins */
    double ppm;     /* sample clock: received samples for each nominal one are
                       1 + ppm / 10^6; 0 when the centre frequency is unknown */
    int prb;        /* downlink bandwidth: 6, 15, 25, 50, 75, 100 */
    int ports;      /* antenna ports: 1, 2, 4 */
    int phich_dur;  /* PHICH duration: 0 normal, 1 extended */
    int phich_ng;   /* PHICH resource Ng, 0..3: 1/6, 1/2, 1, 2 */
    int sfn;        /* 0..1023 */
    float snr_db;   /* of a resource element of the reference signals */
    float rsrp_db;  /* TS 36.214 5.1.1, over full scale */
    float rsrq_db;  /* TS 36.214 5.1.3, over the six central blocks */
    unsigned spare; /* the MIB's ten spare bits */
    unsigned votes; /* independent blocks that gave this MIB */
};

#endif
