/* iq_file.c - see iq_file.h. */
#include "sdr/radio/iq_file.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/err.h"

enum { READ_SAMPLES = 4096 };

struct iq_source {
    struct iq_info info;
    char name[4096]; /* of the data, for messages */
    FILE *f;
    uint64_t n_read;
    uint64_t n_promised; /* samples that the meta file says there are; 0 */
    uint64_t n_not_finite;
    bool is_pipe; /* ... or a device: samples may be long in coming */
    bool ended;
    int read_errno; /* of a pipe; 0 */
    int end_err;    /* why it ended too early; returned once */
    size_t n_kept;  /* bytes of a sample of which not all have come */
    uint8_t bytes[READ_SAMPLES * 8];
};

static const struct {
    const char *name;
    size_t bytes;
} formats[] = {
    [IQ_CI8] = {"ci8", 2},
    [IQ_CU8] = {"cu8", 2},
    [IQ_CI16_LE] = {"ci16_le", 4},
    [IQ_CF32_LE] = {"cf32_le", 8},
};

size_t iq_format_bytes(enum iq_format format)
{
    return formats[format].bytes;
}

const char *iq_format_name(enum iq_format format)
{
    return formats[format].name;
}

int iq_format_parse(const char *text, enum iq_format *format)
{
    for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++) {
        size_t n = strlen(formats[k].name);
        /* One byte has no order: "ci8_le" is "ci8". */
        if (strcmp(text, formats[k].name) == 0 ||
            (formats[k].bytes == 2 && strncmp(text, formats[k].name, n) == 0 &&
             (strcmp(text + n, "_le") == 0 || strcmp(text + n, "_be") == 0))) {
            *format = (enum iq_format)k;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

const struct iq_info *iq_info(const struct iq_source *s)
{
    return &s->info;
}

uint64_t iq_n_not_finite(const struct iq_source *s)
{
    return s->n_not_finite;
}

/* --- meta files --- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_rate(double rate_hz)
{
    return isfinite(rate_hz) && rate_hz > 0 && rate_hz < 1e11;
}

/* The largest sample that the annotations of 'root' reach. */
static uint64_t promised(const json_t *root)
{
    const json_t *list = json_object_get(root, "annotations");
    uint64_t most = 0;

    for (size_t k = 0; k < json_array_size(list); k++) {
        const json_t *a = json_array_get(list, k);
        json_int_t start =
            json_integer_value(json_object_get(a, "core:sample_start"));
        json_int_t count =
            json_integer_value(json_object_get(a, "core:sample_count"));
        if (start >= 0 && count > 0 && start < (json_int_t)1 << 60 &&
            count < (json_int_t)1 << 60 && (uint64_t)(start + count) > most) {
            most = (uint64_t)(start + count);
        }
    }
    return most;
}

static int meta_fields(struct iq_source *s, const char *name,
                       const json_t *root)
{
    const json_t *global = json_object_get(root, "global");
    const json_t *captures = json_object_get(root, "captures");
    const json_t *rate = json_object_get(global, "core:sample_rate");
    const char *type =
        json_string_value(json_object_get(global, "core:datatype"));
    const json_t *channels = json_object_get(global, "core:num_channels");

    if (!json_is_object(global)) {
        return err_say(ERR_BAD_INPUT,
                       "%s:1: no \"global\" object, expected a "
                       "SigMF meta file",
                       name);
    }
    if (type == NULL || iq_format_parse(type, &s->info.format) < 0) {
        return err_say(
            ERR_BAD_INPUT,
            "%s:1: core:datatype is '%s', expected ci8, cu8, ci16_le "
            "or cf32_le",
            name, type != NULL ? type : "missing");
    }
    if (!json_is_number(rate) || !is_rate(json_number_value(rate))) {
        return err_say(ERR_BAD_INPUT,
                       "%s:1: core:sample_rate is missing or not a rate, "
                       "expected samples a second",
                       name);
    }
    if (channels != NULL && json_integer_value(channels) != 1) {
        return err_say(ERR_BAD_INPUT, "%s:1: core:num_channels is not 1", name);
    }
    s->info.rate_hz = json_number_value(rate);
    s->info.centre_hz = json_number_value(
        json_object_get(json_array_get(captures, 0), "core:frequency"));
    s->n_promised = promised(root);
    return 0;
}

/* Reads STEM.sigmf-meta. */
static int meta_open(struct iq_source *s, const char *stem)
{
    char name[4096];
    json_error_t error;
    int n = snprintf(name, sizeof name, "%s.sigmf-meta", stem);
    FILE *f;

    if (n < 0 || (size_t)n >= sizeof name) {
        return err_say(ERR_BAD_INPUT, "%s: file name too long", stem);
    }
    f = fopen(name, "rb");
    if (f == NULL) {
        return err_say(ERR_BAD_INPUT, "%s: %s", name, strerror(errno));
    }
    json_t *root = json_loadf(f, JSON_DISABLE_EOF_CHECK, &error);
    (void)fclose(f); /* only read from */
    if (root == NULL) {
        return err_say(ERR_BAD_INPUT,
                       "%s:%d: %s, expected a SigMF meta file in JSON", name,
                       error.line > 0 ? error.line : 1, error.text);
    }
    int err = meta_fields(s, name, root);
    json_decref(root);
    return err;
}

/* --- data --- */

static int data_open(struct iq_source *s)
{
    struct stat st;

    if (strcmp(s->name, "-") == 0) {
        s->f = stdin;
        s->is_pipe = fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode);
        return 0;
    }
    s->f = fopen(s->name, "rb");
    if (s->f == NULL || fstat(fileno(s->f), &st) != 0) {
        return err_say(ERR_BAD_INPUT, "%s: %s", s->name, strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return err_say(ERR_BAD_INPUT, "%s: is a folder, expected samples",
                       s->name);
    }
    s->is_pipe = !S_ISREG(st.st_mode);
    if (!s->is_pipe) {
        s->info.n_samples =
            (uint64_t)st.st_size / formats[s->info.format].bytes;
    }
    if (!s->is_pipe && s->info.n_samples == 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s: no whole sample in this file, expected %s", s->name,
                       formats[s->info.format].name);
    }
    return 0;
}

static int open_raw(struct iq_source *s, const char *name, const char *format,
                    double rate_hz)
{
    if (format == NULL || iq_format_parse(format, &s->info.format) < 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s: format is '%s', expected --format ci8, cu8, "
                       "ci16_le or cf32_le",
                       name, format != NULL ? format : "missing");
    }
    if (!is_rate(rate_hz)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: raw samples without a rate, expected --rate in "
                       "samples a second",
                       name);
    }
    s->info.rate_hz = rate_hz;
    return 0;
}

/* Takes the name of either file of a SigMF pair, or of the pair. */
static int open_sigmf(struct iq_source *s, const char *name)
{
    char stem[4096 - 16];
    int n = snprintf(stem, sizeof stem, "%s", name);

    if (n < 0 || (size_t)n >= sizeof stem) {
        return err_say(ERR_BAD_INPUT, "%s: file name too long", name);
    }
    if (ends_with(stem, ".sigmf-meta") || ends_with(stem, ".sigmf-data")) {
        stem[strlen(stem) - strlen(".sigmf-meta")] = '\0';
    }
    (void)snprintf(s->name, sizeof s->name, "%s.sigmf-data", stem); /* fits */
    return meta_open(s, stem);
}

/* True when 'name' is a file without a meta file beside it. */
static bool is_lone_file(const char *name)
{
    char meta[4096];
    struct stat st;

    (void)snprintf(meta, sizeof meta, "%s.sigmf-meta", name); /* cut: none */
    return !ends_with(name, ".sigmf-meta") && !ends_with(name, ".sigmf-data") &&
           stat(meta, &st) != 0;
}

int iq_open(const char *name, const char *format, double rate_hz,
            struct iq_source **out)
{
    struct iq_source *s = calloc(1, sizeof *s);
    int err;

    if (s == NULL) {
        return err_say(ERR_NO_MEM, "%s: not enough memory", name);
    }
    if (format != NULL || rate_hz != 0 || is_lone_file(name)) {
        (void)snprintf(s->name, sizeof s->name, "%s", name); /* cut: no file */
        err = open_raw(s, name, format, rate_hz);
    } else {
        err = open_sigmf(s, name);
    }
    if (err == 0) {
        err = data_open(s);
    }
    if (err < 0) {
        iq_close(s);
        return err;
    }
    *out = s;
    return 0;
}

int iq_fd(const struct iq_source *s)
{
    return s->is_pipe ? fileno(s->f) : -1;
}

void iq_close(struct iq_source *s)
{
    if (s != NULL) {
        if (s->f != NULL && s->f != stdin) {
            (void)fclose(s->f); /* only read from */
        }
        free(s);
    }
}

static float part(const uint8_t *p, enum iq_format format)
{
    uint32_t bits;
    float v;

    switch (format) {
    case IQ_CI8: return (float)(int8_t)p[0] / 128.0f;
    case IQ_CU8: return ((float)p[0] - 127.5f) / 127.5f;
    case IQ_CI16_LE: return (float)(int16_t)le16_load(p) / 32768.0f;
    case IQ_CF32_LE: break;
    }
    bits = le32_load(p);
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* What ended too early, if anything. */
static int end_error(const struct iq_source *s, size_t rest_bytes)
{
    if (ferror(s->f) || s->read_errno != 0) {
        return err_say(ERR_BAD_INPUT, "%s: %s", s->name,
                       strerror(s->read_errno != 0 ? s->read_errno : errno));
    }
    if (rest_bytes > 0) {
        return err_say(ERR_BAD_INPUT,
                       "%s: ends within sample %llu, expected whole %s samples",
                       s->name, (unsigned long long)s->n_read,
                       formats[s->info.format].name);
    }
    if (s->n_read < s->n_promised) {
        return err_say(ERR_BAD_INPUT,
                       "%s: ends after %llu samples, its meta file has "
                       "annotations up to %llu",
                       s->name, (unsigned long long)s->n_read,
                       (unsigned long long)s->n_promised);
    }
    return 0;
}

/* Converts 'n' samples from s->bytes. */
static void convert(struct iq_source *s, float complex *x, size_t n)
{
    size_t bytes = formats[s->info.format].bytes;

    for (size_t k = 0; k < n; k++) {
        const uint8_t *p = s->bytes + k * bytes;
        float i = part(p, s->info.format);
        float q = part(p + bytes / 2, s->info.format);
        bool finite = isfinite(i) && isfinite(q);
        x[k] = finite ? i + q * I : 0;
        s->n_not_finite += !finite;
    }
}

/* More bytes behind those kept in s->bytes, up to 'want' in all; how many are
 * there.  A pipe gives what it has, a file all that is wanted. */
static size_t fetch(struct iq_source *s, size_t want)
{
    size_t at = s->n_kept;
    ssize_t got = 0;

    if (!s->is_pipe) {
        at += fread(s->bytes, 1, want, s->f);
        s->ended = at < want;
        return at;
    }
    do {
        got = read(fileno(s->f), s->bytes + at, want - at);
    } while (got < 0 && errno == EINTR);
    s->ended = got <= 0;
    s->read_errno = got < 0 ? errno : 0;
    return at + (got > 0 ? (size_t)got : 0);
}

int iq_read(struct iq_source *s, float complex *x, size_t n)
{
    size_t bytes = formats[s->info.format].bytes;
    size_t done = 0;

    while (done < n && !s->ended && !(s->is_pipe && done > 0)) {
        size_t want = n - done < READ_SAMPLES ? n - done : READ_SAMPLES;
        size_t got = fetch(s, want * bytes);
        convert(s, x + done, got / bytes);
        done += got / bytes;
        s->n_read += got / bytes;
        s->n_kept = got % bytes;
        memmove(s->bytes, s->bytes + got - s->n_kept, s->n_kept);
        if (s->ended) {
            s->end_err = end_error(s, s->n_kept);
        }
    }
    if (done == 0 && s->end_err < 0) {
        int err = s->end_err; /* told once, after all whole samples */
        s->end_err = 0;
        return err;
    }
    return (int)done;
}
