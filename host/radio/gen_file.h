/* gen_file.h - writes a SigMF recording and its truth. */
#ifndef HOST_RADIO_GEN_FILE_H
#define HOST_RADIO_GEN_FILE_H

#include <complex.h>
#include <jansson.h>
#include <stddef.h>

/*
 * Writes x[n], scaled so that mean power 1 is -15 dBFS, as OUT.sigmf-data with
 * OUT.sigmf-meta and OUT.truth.json; a ".sigmf-meta" at the end of 'out' is
 * taken off.  ERR_IO, ERR_USAGE; printed.
 */
int gen_file_write(const char *out, double rate_hz, const float complex *x,
                   size_t n, json_t *truth);

#endif
