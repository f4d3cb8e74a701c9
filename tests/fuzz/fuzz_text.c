/*
 * fuzz_text.c - the settings in text of all functions under libFuzzer: the
 * first byte of the input says which, the rest is the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A write that no function has is the parser's fault. */
static int check(void *ctx, uint32_t offset, uint32_t value)
{
    const struct fn *fn = ctx;

    (void)value;
    if (csr_find(fn->csr, offset) < 0 && offset != CSR_WINDOW_DATA) {
        (void)fprintf(stderr, "%s: a write to 0x%x\n", fn->csr->name, offset);
        abort();
    }
    return 0;
}

static void parse(const struct fn *fn, const struct fn_key *key,
                  const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);

    if (text == NULL) {
        return;
    }
    memcpy(text, data, n);
    text[n] = '\0';
    const struct fn_text t = {"text", text};
    int err = key->parse(&t, check, (void *)(uintptr_t)fn);
    if (err < 0 && err != ERR_BAD_INPUT) {
        (void)fprintf(stderr, "%s %s: error %d\n", fn->csr->name, key->name,
                      err);
        abort();
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    size_t which = n > 0 ? data[0] : 0, keys = 0;

    for (size_t pass = 0; pass < 2 && n > 0; pass++) {
        size_t at = 0;
        for (size_t f = 0; registry[f] != NULL; f++) {
            const struct fn *fn = registry[f];
            for (size_t k = 0; k < fn->n_keys; k++, at++) {
                if (pass == 1 && at == which % keys) {
                    parse(fn, &fn->keys[k], data + 1, n - 1);
                }
            }
        }
        keys = at;
    }
    return 0;
}
