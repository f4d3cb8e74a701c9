/* gen_file.c - see gen_file.h. */
#include "host/radio/gen_file.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"

/* -15 dBFS: OFDM peaks 12 dB above its mean are not clipped. */
static const float full_scale = 32767.0f * 0.17782794f;

static int16_t quantize(float v)
{
    float y = roundf(v * full_scale);

    return (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
}

static bool write_samples(FILE *f, const float complex *x, size_t n)
{
    uint8_t block[4096];
    size_t at = 0;

    for (size_t k = 0; k < n; k++) {
        le16_store(block + at, (uint16_t)quantize(crealf(x[k])));
        le16_store(block + at + 2, (uint16_t)quantize(cimagf(x[k])));
        at += 4;
        if (at == sizeof block || k + 1 == n) {
            if (fwrite(block, at, 1, f) != 1) {
                return false;
            }
            at = 0;
        }
    }
    return true;
}

static int fail(const char *name)
{
    return err_say(ERR_IO, "%s: %s", name, strerror(errno));
}

static int write_json(const char *stem, const char *end, const json_t *root)
{
    char name[4096];

    (void)snprintf(name, sizeof name, "%s%s", stem, end); /* checked before */
    return json_dump_file(root, name, JSON_INDENT(1)) == 0 ? 0 : fail(name);
}

int gen_file_write(const char *out, double rate_hz, const float complex *x,
                   size_t n, json_t *truth)
{
    static const char meta_end[] = ".sigmf-meta";
    char stem[4000], name[4096];
    int len = snprintf(stem, sizeof stem, "%s", out);

    if (len < 0 || (size_t)len >= sizeof stem) {
        return err_say(ERR_USAGE, "--out: name too long");
    }
    size_t m = strlen(stem);
    if (m > strlen(meta_end) &&
        strcmp(stem + m - strlen(meta_end), meta_end) == 0) {
        stem[m - strlen(meta_end)] = '\0';
    }
    (void)snprintf(name, sizeof name, "%s.sigmf-data", stem); /* fits */
    FILE *f = fopen(name, "wb");
    if (f == NULL) {
        return fail(name);
    }
    bool ok = write_samples(f, x, n);
    if (fclose(f) != 0 || !ok) {
        return fail(name);
    }
    const char *base = strrchr(stem, '/');
    (void)json_object_set_new(truth, "name",
                              json_string(base != NULL ? base + 1 : stem));
    json_t *meta =
        json_pack("{s{ss, sf, ss, ss}, s[{si}], s[]}", "global",
                  "core:datatype", "ci16_le", "core:sample_rate", rate_hz,
                  "core:version", "1.0.0", "core:recorder", "precast gen",
                  "captures", "core:sample_start", 0, "annotations");
    int err = write_json(stem, meta_end, meta);
    json_decref(meta);
    return err < 0 ? err : write_json(stem, ".truth.json", truth);
}
