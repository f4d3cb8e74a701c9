/*
 * iq_file.h - samples from recordings: SigMF (sigmf-dsp/SigMF v1.0) and raw IQ.
 *
 * What is not a sample anybody could use (NaN, infinity) is read as zero and
 * counted.  A source belongs to one thread.
 */
#ifndef SDR_RADIO_IQ_FILE_H
#define SDR_RADIO_IQ_FILE_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

/* Interleaved I and Q; integers are scaled so that full scale is 1.0. */
enum iq_format { IQ_CI8, IQ_CU8, IQ_CI16_LE, IQ_CF32_LE };

/* Bytes of a sample. */
size_t iq_format_bytes(enum iq_format format);

/* "ci8", "cu8", "ci16_le", "cf32_le" (also "ci8_le" and kin); ERR_NOT_FOUND. */
int iq_format_parse(const char *text, enum iq_format *format);

/* As above; for messages and files. */
const char *iq_format_name(enum iq_format format);

struct iq_info {
    double rate_hz;
    double centre_hz; /* 0 when the file does not say */
    enum iq_format format;
    uint64_t n_samples; /* whole samples in the file; 0 for a pipe */
};

struct iq_source;

/*
 * Opens NAME.sigmf-meta (or NAME.sigmf-data, or NAME for both), or a raw file
 * when 'format' is given, with its rate; "-" is raw from stdin.  ERR_BAD_INPUT
 * when it cannot be read at all: missing, not JSON, no or an unknown datatype,
 * no rate, no data; the message has been printed.  iq_close() takes NULL.
 */
int iq_open(const char *name, const char *format, double rate_hz,
            struct iq_source **out);
void iq_close(struct iq_source *s);

const struct iq_info *iq_info(const struct iq_source *s);

/*
 * Reads up to 'n' samples; how many, 0 at the end.  A pipe gives what it has, a
 * file all 'n' but at its end.  A file that ends within a
 * sample, or before the samples its meta file promises, gives all whole samples
 * and then ERR_BAD_INPUT once, with the message printed.
 */
int iq_read(struct iq_source *s, float complex *x, size_t n);

/* The descriptor that samples come from; -1: a file, which never makes wait. */
int iq_fd(const struct iq_source *s);

/* Samples so far that were not finite and were read as zero. */
uint64_t iq_n_not_finite(const struct iq_source *s);

#endif
