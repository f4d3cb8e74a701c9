/* fuzz.h - what the targets of libFuzzer share: checks, and the input. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(what)                                                          \
    do {                                                                     \
        if (!(what)) {                                                       \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
                          #what);                                            \
            abort();                                                         \
        }                                                                    \
    } while (0)

/* What is left of the input; zeros behind it. */
struct input {
    const uint8_t *data;
    size_t n;
};

static inline uint32_t take(struct input *in, size_t bytes)
{
    uint32_t v = 0;

    for (; bytes > 0; bytes--) {
        v = v << 8 | (in->n > 0 ? *in->data : 0);
        in->data += in->n > 0;
        in->n -= in->n > 0;
    }
    return v;
}

/*
 * Writes first input number k into folder $FUZZ_SEEDS, if that is set: what a
 * target knows to be worth beginning with.
 */
static inline void seed(unsigned k, const uint8_t *data, size_t n)
{
    const char *dir = getenv("FUZZ_SEEDS");
    char path[512];

    if (dir == NULL) {
        return;
    }
    CHECK(snprintf(path, sizeof path, "%s/seed%u", dir, k) < (int)sizeof path);
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(data, 1, n, f) == n && fclose(f) == 0);
}

#endif
