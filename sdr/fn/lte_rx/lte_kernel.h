/* lte_kernel.h - the functions that can do blocks of the receiver's work. */
#ifndef SDR_FN_LTE_RX_LTE_KERNEL_H
#define SDR_FN_LTE_RX_LTE_KERNEL_H

#include "core/fn.h"

/* viterbi_tb (lte_viterbi.h), fft128 (lte_dft.h), pss_correlate
 * (lte_pss_seen.h). */
enum lte_kernel { LTE_KERNEL_VITERBI, LTE_KERNEL_FFT, LTE_KERNEL_PSS };

#endif
