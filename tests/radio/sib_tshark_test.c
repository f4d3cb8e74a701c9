/*
 * sib_tshark_test.c - what is read of system information against tshark, which
 * dissects the same messages in a capture: those in the truth of ../shared, and
 * many by chance.  Skipped, with a message, without tshark.
 */
#include "tests/cli_check.h"

#include <dirent.h>
#include <math.h>

#include "host/radio/scan_lte.h"
#include "host/radio/scan_pcap.h"
#include "tests/radio/sib_fields.h"
#include "tests/radio/sib_random.h"

#define FOLDER "../shared/data/lte"

enum {
    MESSAGES = 1000,
    LINES = 4096, /* of a message */
    VALUES = 1024,
    FIELDS = sizeof sib_field / sizeof sib_field[0],
};

struct message {
    uint8_t bytes[REC_SI_MAX];
    size_t n;
};

/* A line "name: text" of a block. */
struct said {
    unsigned sib;
    const char *name, *text;
};

struct values {
    size_t n;
    double v[VALUES];
};

static void add(struct values *l, double v)
{
    assert_true(l->n < VALUES);
    l->v[l->n++] = v;
}

static void need_tshark(void)
{
    struct cli_result r = cli_shell("command -v tshark");
    int status = r.status;

    cli_free(&r);
    if (status != 0) {
        print_message("skipped: no tshark, package tshark\n");
        skip();
    }
}

/* What tshark says of m[n], all in one text. */
static char *dissect(const struct message *m, size_t n)
{
    struct scan_pcap *p;

    assert_int_equal(scan_pcap_open(cli_path("m.pcapng"), &p), 0);
    for (size_t k = 0; k < n; k++) {
        struct rec rec = {.type = REC_LTE_SI};
        rec.si.n = (uint16_t)m[k].n;
        memcpy(rec.si.bytes, m[k].bytes, m[k].n);
        scan_pcap_write(p, &rec, 0);
    }
    assert_int_equal(scan_pcap_close(p), 0);
    struct cli_result r = cli_shell("tshark -r m.pcapng -V 2>/dev/null");
    assert_int_equal(r.status, 0);
    char *text = r.out;
    free(r.err);
    return text;
}

/* Cuts the dissection of a message into lines; their number. */
static size_t cut(char *text, struct said *line)
{
    unsigned sib = 0;
    size_t n = 0;
    char *rest = NULL;

    for (char *at = strtok_r(text, "\n", &rest); at != NULL;
         at = strtok_r(NULL, "\n", &rest)) {
        char *name = at + strspn(at, " ");
        char *colon = strstr(name, ": ");
        if (strncmp(name, "sib", 3) == 0 && name[4] == '\0') {
            sib = (unsigned)name[3] - '0';
        } else if (strncmp(name, "systemInformationBlockType1", 27) == 0) {
            sib = 1;
        }
        if (colon != NULL) {
            *colon = '\0';
            char *space = strrchr(name, ' '); /* "..0. .... flag" */
            assert_true(n < LINES);
            line[n++] =
                (struct said){sib, space != NULL ? space + 1 : name, colon + 2};
        }
    }
    return n;
}

/* The first number in a text, or what the word stands for; NAN: none. */
static double number_in(const char *text)
{
    static const struct {
        const char *word;
        double value;
    } row[] = {
        {"True", 1},
        {"False", 0},
        {"barred", 1},
        {"notBarred", 0},
        {"fourT", 4},
        {"twoT", 2},
        {"oneT", 1},
        {"halfT", 0.5},
        {"quarterT", 0.25},
        {"oneEighthT", 0.125},
        {"oneSixteenthT", 0.0625},
        {"oneThirtySecondT", 0.03125},
        {"interSubFrame", 0},
        {"intraAndInterSubFrame", 1},
        {"len1", 0},
        {"len2", 1},
        {"al0", 0},
        {"al1", 1},
        {"infinity", NAN},
        {"minusinfinity", NAN},
    };
    const char *decimal = strstr(text, "decimal value ");
    size_t len = strcspn(text, " ");

    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        if (strlen(row[k].word) == len &&
            strncmp(row[k].word, text, len) == 0) {
            return row[k].value;
        }
    }
    const char *at = decimal != NULL ? decimal : text;
    at += strcspn(at, "0123456789");
    assert_true(*at != '\0');
    double v = strtod(at, NULL);
    if (strncmp(text, "al0", 3) == 0) {
        v /= 10;
    }
    return at > text && at[-1] == '-' ? -v : v;
}

static void add_bits(struct values *l, unsigned value, unsigned n, int first)
{
    for (unsigned k = 0; k < n; k++) {
        if ((value >> (n - 1 - k) & 1) != 0) {
            add(l, first + (int)k);
        }
    }
}

/* ARFCNs of groups of GERAN, from what is sent of them. */
static void add_arfcn(struct values *l, const struct said *s, unsigned *start,
                      unsigned *space)
{
    unsigned v = 0;

    if (strcmp(s->name, "startingARFCN") == 0) {
        *start = (unsigned)number_in(s->text);
        add(l, *start);
    } else if (strcmp(s->name, "ARFCN-ValueGERAN") == 0) {
        add(l, number_in(s->text));
    } else if (strcmp(s->name, "arfcn-Spacing") == 0) {
        *space = (unsigned)number_in(s->text);
    } else if (strcmp(s->name, "numberOfFollowingARFCNs") == 0) {
        for (v = (unsigned)number_in(s->text); v > 0; v--) {
            *start = (*start + *space) % 1024;
            add(l, *start);
        }
    } else if (strcmp(s->name, "variableBitMapOfARFCNs") == 0) {
        for (size_t k = 0; k < 4 * strlen(s->text); k++) {
            char digit[2] = {s->text[k / 4], 0};
            v = (unsigned)strtoul(digit, NULL, 16);
            if ((v >> (3 - k % 4) & 1) != 0) {
                add(l, (*start + (unsigned)k + 1) % 1024);
            }
        }
    }
}

static void theirs(const struct sib_field *f, const struct said *line,
                   size_t n_lines, struct values *l)
{
    unsigned start = 0, space = 0;

    for (size_t k = 0; k < n_lines; k++) {
        const struct said *s = &line[k];
        if (s->sib != f->sib && !(f->sib == 45 && s->sib / 2 == 2)) {
            continue;
        }
        if (strcmp(f->theirs, "arfcns") == 0) {
            add_arfcn(l, s, &start, &space);
        } else if (strcmp(s->name, f->theirs) != 0) {
            continue;
        } else if (strcmp(f->theirs, "ac-BarringForSpecialAC") == 0) {
            add_bits(l, (unsigned)number_in(s->text), 5, 11);
        } else if (strcmp(f->theirs, "ncc-Permitted") == 0) {
            add_bits(l, (unsigned)number_in(s->text), 8, 0);
        } else if (!isnan(number_in(s->text))) {
            add(l, number_in(s->text));
        }
    }
}

/* Adds what lies at 'path' of 'o', level by level. */
static void ours(json_t *root, const char *path, struct values *l)
{
    json_t *all = json_pack("[O]", root), *next;
    const char *at = path;

    while (*at != '\0') {
        char key[64] = "";
        size_t len = strcspn(at, "."), k;
        json_t *o, *v;
        const char *name;
        assert_true(len < sizeof key);
        memcpy(key, at, len);
        at += len + (at[len] == '.');
        next = json_array();
        json_array_foreach(all, k, o)
        {
            if (strcmp(key, "*") != 0) {
                v = json_object_get(o, key);
                (void)(v != NULL && json_array_append(next, v));
            } else if (json_is_array(o)) {
                (void)json_array_extend(next, o);
            } else {
                json_object_foreach(o, name, v)
                {
                    (void)json_array_append(next, v);
                }
            }
        }
        json_decref(all);
        all = next;
    }
    for (size_t k = 0; k < json_array_size(all); k++) {
        const json_t *v = json_array_get(all, k);
        add(l, json_is_string(v)    ? number_in(json_string_value(v))
               : json_is_boolean(v) ? json_is_true(v)
                                    : json_number_value(v));
    }
    json_decref(all);
}

/* Compares all fields of m[n]; how often each was there. */
static void compare(const struct message *m, size_t n, size_t *seen)
{
    struct said *line = calloc(LINES, sizeof *line);
    char *text = dissect(m, n), *at = text;

    assert_non_null(line);
    assert_null(strstr(text, "Malformed"));
    for (size_t k = 0; k < n; k++) {
        char *end;
        at = strstr(at, "BCCH-DL-SCH-Message\n");
        assert_non_null(at);
        end = strstr(at, "\nFrame ");
        end = end != NULL ? end : at + strlen(at);
        char rest = *end;
        *end = '\0';
        size_t n_lines = cut(at, line);
        json_t *o = scan_lte_rrc(m[k].bytes, m[k].n);
        assert_null(json_object_get(o, "error"));
        for (size_t j = 0; j < FIELDS; j++) {
            struct values a = {.n = 0}, b = {.n = 0};
            theirs(&sib_field[j], line, n_lines, &a);
            ours(o, sib_field[j].ours, &b);
            bool same = a.n == b.n;
            for (size_t i = 0; same && i < a.n; i++) {
                same = fabs(a.v[i] - b.v[i]) < 1e-9;
            }
            if (!same) {
                print_message("message %zu: %s, SIB%u\n", k,
                              sib_field[j].theirs, sib_field[j].sib);
                fail();
            }
            seen[j] += a.n;
        }
        json_decref(o);
        *end = rest;
        at = end;
    }
    free(text);
    free(line);
}

static void messages_by_chance_are_read_as_tshark_reads_them(void **state)
{
    struct message *m = calloc(MESSAGES, sizeof *m);
    struct sib_writer o = {.r = {1}};
    size_t seen[FIELDS] = {0};

    (void)state;
    need_tshark();
    assert_non_null(m);
    for (size_t k = 0; k < MESSAGES; k++) {
        m[k].n = sib_random(&o);
        memcpy(m[k].bytes, o.bytes, m[k].n);
    }
    compare(m, MESSAGES, seen);
    for (size_t j = 0; j < FIELDS; j++) {
        print_message("%6zu SIB%u %s\n", seen[j], sib_field[j].sib,
                      sib_field[j].theirs);
        assert_true(seen[j] > 20 || sib_field[j].sib == 1);
    }
    free(m);
}

static void add_hex(struct message *m, size_t *n, const json_t *o)
{
    const char *hex = json_string_value(json_object_get(o, "hex"));

    if (hex != NULL) {
        assert_true(*n < MESSAGES);
        m[*n].n = strlen(hex) / 2;
        for (size_t k = 0; k < m[*n].n; k++) {
            char two[3] = {hex[2 * k], hex[2 * k + 1], 0};
            m[*n].bytes[k] = (uint8_t)strtoul(two, NULL, 16);
        }
        ++*n;
    }
}

static void messages_off_the_air_are_read_as_tshark_reads_them(void **state)
{
    struct message *m = calloc(MESSAGES, sizeof *m);
    size_t seen[FIELDS] = {0}, n = 0;
    DIR *dir = opendir(FOLDER);

    (void)state;
    need_tshark();
    if (dir == NULL) {
        print_message("skipped: " FOLDER " is not here\n");
        skip();
    }
    assert_non_null(m);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        char path[512];
        const json_t *c, *si;
        size_t k, j;
        if (strstr(e->d_name, ".truth.json") == NULL) {
            continue;
        }
        (void)snprintf(path, sizeof path, FOLDER "/%s", e->d_name);
        json_t *truth = json_load_file(path, 0, NULL);
        assert_non_null(truth);
        json_array_foreach(json_object_get(truth, "cells"), k, c)
        {
            add_hex(m, &n, json_object_get(c, "sib1"));
            json_array_foreach(json_object_get(c, "si"), j, si)
            {
                add_hex(m, &n, si);
            }
        }
        json_decref(truth);
    }
    (void)closedir(dir);
    compare(m, n, seen);
    print_message("%zu messages\n", n);
    assert_true(n >= 40);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_by_chance_are_read_as_tshark_reads_them),
        cmocka_unit_test(messages_off_the_air_are_read_as_tshark_reads_them),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
