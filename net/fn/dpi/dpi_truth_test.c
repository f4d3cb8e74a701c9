/*
 * dpi_truth_test.c - thousands of literals in captures of ../shared/data/net:
 * the mark of each packet, against a truth that others made.
 */
#include "net/fn/dpi/dpi_check.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <unistd.h>

#define DATA "../shared/data/net/"

enum { FRAMES = 200, FACTS_MAX = 8192 };

/* The lowest literal in a frame, from 0. */
struct fact {
    char name[256];
    uint32_t frame, lowest;
};

struct facts {
    struct fact at[FACTS_MAX];
    size_t n;
};

static int by_place(const void *a, const void *b)
{
    const struct fact *x = a, *y = b;
    int c = strcmp(x->name, y->name);

    return c != 0 ? c : x->frame < y->frame ? -1 : x->frame > y->frame;
}

static void read_facts(struct facts *f)
{
    static char line[65536];
    FILE *in = popen("zcat " DATA "dpi/literal_truth.tsv.gz", "r");

    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        struct fact *x = &f->at[f->n];
        if (line[0] == '#') {
            continue;
        }
        assert_true(++f->n < FACTS_MAX);
        assert_int_equal(
            sscanf(line, "%255s %u %u", x->name, &x->frame, &x->lowest), 3);
    }
    assert_int_equal(pclose(in), 0);
    qsort(f->at, f->n, sizeof f->at[0], by_place);
}

/* The list of literals, without those below 4 bytes, as the truth counts. */
static void set_shared_rules(struct body *b)
{
    char *text = NULL, line[4096];
    size_t size = 0;
    FILE *in = popen("zcat " DATA "dpi/et_open_2019_literals.tsv.gz", "r");
    FILE *out = open_memstream(&text, &size);

    assert_non_null(in);
    assert_non_null(out);
    while (fgets(line, sizeof line, in) != NULL) {
        const char *hex = strrchr(line, '\t');
        assert_non_null(hex);
        if (strcspn(hex + 1, "\n") >= 8) {
            (void)fputs(line, out);
        }
    }
    assert_int_equal(pclose(in), 0);
    (void)fclose(out);
    set_rules(b, text);
    free(text);
}

/* Compares all frames of a capture; how many have a literal. */
static size_t check_capture(struct body *b, const struct facts *f,
                            const char *name)
{
    char path[512], why[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *head;
    const u_char *data;
    size_t found = 0;

    (void)snprintf(path, sizeof path, DATA "pcap/ndpi/%s", name);
    pcap_t *p = pcap_open_offline(path, why);
    assert_non_null(p);
    for (uint32_t frame = 1;
         frame <= FRAMES && pcap_next_ex(p, &head, &data) == 1; frame++) {
        struct fact key = {.frame = frame};
        (void)snprintf(key.name, sizeof key.name, "%s", name);
        const struct fact *fact =
            bsearch(&key, f->at, f->n, sizeof key, by_place);
        if (head->caplen > 2047) { /* DEPTH is less */
            found += fact != NULL;
            continue;
        }
        uint32_t want = fact != NULL ? fact->lowest + 1 : 0;
        assert_int_equal(run_one(b, data, head->caplen, 0).mark, want);
        found += want > 0;
    }
    pcap_close(p);
    return found;
}

static void every_packet_gets_the_mark_of_its_first_literal(void **state)
{
    uint32_t engine = *(const uint32_t *)*state;
    static struct facts facts;
    struct body *b = NULL;
    char name[256];
    size_t found = 0;

    if (access(DATA "dpi/literal_truth.tsv.gz", R_OK) != 0) {
        printf("skipped: " DATA "dpi is not here\n");
        skip();
    }
    facts.n = 0;
    read_facts(&facts);
    assert_int_equal(body_open_c(registry_find("dpi"), &b), 0);
    assert_int_equal(body_write(b, DPI_ENGINE, engine), 0);
    set_shared_rules(b);
    FILE *list = popen("cd " DATA "pcap/ndpi && ls -- *.pcap", "r");
    assert_non_null(list);
    while (fscanf(list, "%255s", name) == 1) {
        found += check_capture(b, &facts, name);
    }
    (void)pclose(list);
    printf("%u bytes of literals, found in %zu packets\n",
           read_reg(b, DPI_N_BYTES), found);
    assert_int_equal(found, facts.n);
    assert_true(found > 5000);
    body_close(b);
}

int main(void)
{
    static uint32_t own = 0, hyperscan = 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(
            every_packet_gets_the_mark_of_its_first_literal, &own),
        cmocka_unit_test_prestate(
            every_packet_gets_the_mark_of_its_first_literal, &hyperscan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
