/* text.c - see text.h. */
#include "core/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

bool parse_u64(const char *text, uint64_t max, uint64_t *value)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    char *end = NULL;
    unsigned long long v;

    /* strtoull would also take blanks, signs and octal. */
    if (!isdigit((unsigned char)text[0]) ||
        (hex && !isxdigit((unsigned char)text[2]))) {
        return false;
    }
    errno = 0;
    v = strtoull(text, &end, hex ? 16 : 10);
    if (errno != 0 || *end != '\0' || v > max) {
        return false;
    }
    *value = v;
    return true;
}

bool parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
    uint64_t v;

    if (!parse_u64(text, max, &v) || v < min) {
        return false;
    }
    *value = (uint32_t)v;
    return true;
}

int text_open(const char *name, struct text_file *out)
{
    size_t n = 0;
    size_t room = 1 << 16;
    char *text = malloc(room + 1);
    FILE *f = fopen(name, "rb");
    int err = ERR_BAD_INPUT;

    if (f == NULL) {
        err_say(err, "%s: %s", name, strerror(errno));
        goto fail;
    }
    while (text != NULL) {
        n += fread(text + n, 1, room - n, f);
        if (n < room) {
            break;
        }
        room *= 2;
        char *more = realloc(text, room + 1);
        if (more == NULL) {
            free(text);
        }
        text = more;
    }
    if (text == NULL) {
        err = err_say(ERR_NO_MEM, "%s: not enough memory to read it", name);
        goto fail;
    }
    if (ferror(f)) {
        err_say(err, "%s: %s", name, strerror(errno));
        goto fail;
    }
    (void)fclose(f); /* only read from */
    text[n] = '\0';
    *out = (struct text_file){.name = name, .text = text, .n = n};
    return 0;

fail:
    if (f != NULL) {
        (void)fclose(f); /* only read from */
    }
    free(text);
    return err;
}

void text_close(struct text_file *f)
{
    free(f->text);
    *f = (struct text_file){0};
}
