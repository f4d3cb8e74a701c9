/* xml_check.h - reads the tags of well-formed XML one after the other. */
#ifndef TESTS_XML_CHECK_H
#define TESTS_XML_CHECK_H

#include "tests/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct xml_tag {
    char name[64];
    const char *attributes; /* within the text, up to 'end' */
    const char *end;        /* its '>' */
};

/* The next start tag from '*at' on, which moves behind it; false at the end. */
static inline bool xml_next(const char **at, struct xml_tag *tag)
{
    const char *c = *at;

    while ((c = strchr(c, '<')) != NULL) {
        c++;
        if (*c == '/' || *c == '?' || *c == '!') {
            continue;
        }
        size_t n = strcspn(c, " \t\n/>");
        assert_true(n > 0 && n < sizeof tag->name);
        memcpy(tag->name, c, n);
        tag->name[n] = '\0';
        tag->attributes = c + n;
        /* '>' in a value is spelled &gt; by our writer. */
        tag->end = strchr(c, '>');
        assert_non_null(tag->end);
        *at = tag->end;
        return true;
    }
    return false;
}

/* The value of attribute 'name' in 'value' [n]; false when it is not there. */
static inline bool xml_attribute(const struct xml_tag *tag, const char *name,
                                 char *value, size_t n)
{
    char key[64];
    int m = snprintf(key, sizeof key, " %s=\"", name);

    assert_true(m > 0 && (size_t)m < sizeof key);
    const char *c = strstr(tag->attributes, key);
    if (c == NULL || c >= tag->end) {
        return false;
    }
    c += m;
    size_t len = strcspn(c, "\"");
    assert_true(len < n);
    memcpy(value, c, len);
    value[len] = '\0';
    return true;
}

/* The same, of one that has to be there; valid until the next call. */
static inline const char *xml_text(const struct xml_tag *tag, const char *name)
{
    static char value[1024];

    if (!xml_attribute(tag, name, value, sizeof value)) {
        printf("<%s> has no attribute %s\n", tag->name, name);
        fail();
    }
    return value;
}

static inline uint32_t xml_number(const struct xml_tag *tag, const char *name)
{
    return (uint32_t)strtoul(xml_text(tag, name), NULL, 10);
}

#endif
