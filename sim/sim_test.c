/*
 * sim_test.c - loading and unloading images, their register bus, and faults.
 *
 * PRECAST_IMAGES names the folder of images, "build/image" without it.
 */
#include "tests/check.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acl_csr.h"
#include "common_csr.h"
#include "core/base/bytes.h"
#include "core/base/err.h"
#include "scale_csr.h"
#include "sim/sim.h"
#include "tests/capture.h"

enum {
    FRAMES = 4,
    ROOM = 96,
    WIDTH = 64, /* of the images with faults */
    UNCHANGED = 0x5a5a5a5a,
};

static const char *image_dir(void)
{
    const char *dir = getenv("PRECAST_IMAGES");

    return dir != NULL ? dir : "build/image";
}

/* A slot that takes input, as a driver would hand it out. */
static struct sim *open_slot(const char *fn, uint32_t width_bits, bool faults)
{
    struct sim *s = NULL;

    assert_int_equal(sim_open(image_dir(), fn, width_bits, faults, &s), 0);
    assert_non_null(s);
    assert_int_equal(sim_write(s, COMMON_CONTROL, COMMON_CONTROL_ENABLE_MASK),
                     0);
    return s;
}

static uint32_t read_reg(struct sim *s, uint32_t offset)
{
    uint32_t value = UNCHANGED;

    assert_int_equal(sim_read(s, offset, &value), 0);
    return value;
}

static uint32_t read_word(struct sim *s, uint32_t index)
{
    assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, index), 0);
    return read_reg(s, CSR_WINDOW_DATA);
}

/* Frames of one run and room for what comes, with an edge behind it. */
struct traffic {
    struct sim_frame in[FRAMES], out[FRAMES];
    uint8_t from[FRAMES][ROOM], to[FRAMES][ROOM + 8];
    struct sim_job job;
};

/* FRAMES frames of 'len' bytes each. */
static void traffic_make(struct traffic *t, uint32_t len)
{
    memset(t, 0x5a, sizeof *t);
    for (size_t k = 0; k < FRAMES; k++) {
        memset(t->from[k], (int)k, ROOM);
        be16_store(t->from[k] + 12, 0x0800); /* IPv4, TCP */
        t->from[k][14] = 0x45;
        be16_store(t->from[k] + 16, 40);
        be16_store(t->from[k] + 20, 0);
        t->from[k][23] = 6;
        t->in[k] = (struct sim_frame){.data = t->from[k], .len = len};
        t->out[k] = (struct sim_frame){.data = t->to[k], .room = ROOM};
    }
    t->job = (struct sim_job){
        .in = t->in, .n_in = FRAMES, .out = t->out, .cap_out = FRAMES};
}

static void assert_inside_its_room(const struct traffic *t)
{
    assert_true(t->job.n_out <= FRAMES);
    for (size_t k = 0; k < FRAMES; k++) {
        for (size_t j = ROOM; j < sizeof t->to[k]; j++) {
            assert_int_equal(t->to[k][j], 0x5a);
        }
    }
    for (size_t k = 0; k < t->job.n_out; k++) {
        assert_true(t->out[k].len <= ROOM);
    }
}

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    size_t n;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");

    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0) {
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    }
    assert_int_equal(ferror(in), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(fclose(in), 0);
}

/* True when a line of /proc/self/maps contains 'part'. */
static bool is_mapped(const char *part)
{
    char line[4096];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "r");

    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        found = found || strstr(line, part) != NULL;
    }
    assert_int_equal(fclose(f), 0);
    return found;
}

/* --- opening --- */

static void sim_open_says_which_image_is_missing(void **state)
{
    static const struct {
        const char *fn;
        uint32_t width_bits;
        bool faults;
        const char *name; /* of the file */
    } row[] = {
        {"nothing", 64, false, "/nothing-w64.so: no such image"},
        {"nothing", 64, true, "/nothing-w64-fault.so: no such image"},
        {"acl", 48, false, "/acl-w48.so: no such image"},
        {"", 64, false, "/-w64.so: no such image"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct sim *s = NULL;
        struct capture c;
        capture_begin(&c);
        int err = sim_open(image_dir(), row[k].fn, row[k].width_bits,
                           row[k].faults, &s);
        capture_end(&c);
        assert_int_equal(err, ERR_MISSING);
        assert_null(s);
        assert_non_null(strstr(c.text, row[k].name));
    }
}

/* What stands in a folder under the name of an image, and is none. */
enum impostor {
    TEXT_FILE,
    NO_SYMBOL,   /* a library without sim_image */
    OTHER_FN,    /* an image of scale */
    OTHER_WIDTH, /* acl, 32 bits wide */
    NO_FAULTS,   /* acl without them */
};

static void impostor_make(enum impostor what, const char *path)
{
    char from[4096];
    const char *image = what == OTHER_FN      ? "scale-w64.so"
                        : what == OTHER_WIDTH ? "acl-w32.so"
                                              : "acl-w64.so";
    Dl_info library;

    if (what == TEXT_FILE) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_true(fputs("no shared object\n", f) >= 0);
        assert_int_equal(fclose(f), 0);
        return;
    }
    if (what == NO_SYMBOL) {
        void *symbol = dlsym(RTLD_DEFAULT, "_cmocka_run_group_tests");
        assert_non_null(symbol);
        assert_int_not_equal(dladdr(symbol, &library), 0);
        copy_file(library.dli_fname, path);
        return;
    }
    int n = snprintf(from, sizeof from, "%s/%s", image_dir(), image);
    assert_true(n > 0 && (size_t)n < sizeof from);
    copy_file(from, path);
}

static void sim_open_refuses_what_is_not_the_image_it_names(void **state)
{
    static const struct {
        enum impostor what;
        const char *file;
        bool faults;
        const char *message;
    } row[] = {
        {TEXT_FILE, "acl-w64.so", false, "cannot be loaded: "},
        {NO_SYMBOL, "acl-w64.so", false, "not an image of acl, 64 bits wide"},
        {OTHER_FN, "acl-w64.so", false, "not an image of acl, 64 bits wide"},
        {OTHER_WIDTH, "acl-w64.so", false, "not an image of acl, 64 bits"},
        {NO_FAULTS, "acl-w64-fault.so", true, "not an image of acl, 64 bits"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        char dir[] = "/tmp/sim_test.XXXXXX";
        char path[64];
        struct sim *s = NULL;
        struct capture c;
        print_message("row %zu\n", k);
        assert_non_null(mkdtemp(dir));
        (void)snprintf(path, sizeof path, "%s/%s", dir, row[k].file); /* fits */
        impostor_make(row[k].what, path);
        capture_begin(&c);
        int err = sim_open(dir, "acl", WIDTH, row[k].faults, &s);
        capture_end(&c);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(dir), 0);
        assert_int_equal(err, ERR_DEVICE);
        assert_null(s);
        assert_non_null(strstr(c.text, path));
        assert_non_null(strstr(c.text, row[k].message));
        assert_false(is_mapped(dir)); /* it is unloaded again */
    }
}

static void sim_close_takes_null(void **state)
{
    (void)state;
    sim_close(NULL);
}

/* Pages of this process in memory: see proc(5), statm. */
static long resident_pages(void)
{
    long total = 0;
    long resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &total, &resident), 2);
    assert_int_equal(fclose(f), 0);
    return resident;
}

static void a_thousand_swaps_leave_nothing_behind(void **state)
{
    static const struct {
        const char *fn;
        uint32_t width_bits;
        bool faults;
    } image[] = {{"acl", 64, false},
                 {"scale", 32, false},
                 {"acl", 64, true},
                 {"scale", 64, false}};
    long early = 0;

    (void)state;
    for (size_t k = 0; k < 1000; k++) {
        size_t j = k % CHECK_ROWS(image);
        struct sim *s =
            open_slot(image[j].fn, image[j].width_bits, image[j].faults);
        sim_close(s);
        if (k == 99) {
            early = resident_pages();
        }
    }
    long late = resident_pages();
    print_message("%ld pages after 100 swaps, %ld after 1000\n", early, late);
    assert_false(is_mapped("-w64"));
    assert_false(is_mapped("-w32"));
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    /* 32 pages: 145 bytes a swap.  A sanitizer keeps what was freed. */
    assert_true(late - early < 32);
#endif
}

/* --- running --- */

static void two_slots_with_one_image_are_independent(void **state)
{
    struct sim *a = open_slot("scale", WIDTH, true);
    struct sim *b = open_slot("scale", WIDTH, true);
    uint8_t x[4], ya[4], yb[4];
    struct sim_frame in = {.data = x, .len = 4};
    struct sim_frame out_a = {.data = ya, .room = 4};
    struct sim_frame out_b = {.data = yb, .room = 4};
    struct sim_job job = {.in = &in, .n_in = 1, .cap_out = 1};

    (void)state;
    le16_store(x, 100);
    le16_store(x + 2, 300);
    assert_int_equal(sim_write(a, SCALE_GAIN, 0x8000), 0); /* 2.0 */
    assert_int_equal(read_reg(b, SCALE_GAIN), 0x4000);
    job.out = &out_a;
    assert_int_equal(sim_run(a, &job), 0);
    job.out = &out_b;
    assert_int_equal(sim_run(b, &job), 0);
    assert_int_equal(le16_load(ya), 200);
    assert_int_equal(le16_load(ya + 2), 600);
    assert_memory_equal(yb, x, 4);
    assert_int_equal(sim_flip(b, "csr.gain_q[0]"), 0);
    assert_int_equal(read_reg(a, SCALE_GAIN), 0x8000);
    assert_int_equal(read_reg(b, SCALE_GAIN), 0x4001);
    sim_close(a);
    assert_int_equal(read_reg(b, SCALE_GAIN), 0x4001);
    assert_int_equal(sim_run(b, &job), 0);
    sim_close(b);
}

static void sim_run_gives_every_frame_back(void **state)
{
    struct sim *s = open_slot("acl", 32, false);
    struct traffic t;

    (void)state;
    for (uint32_t len = 0; len <= ROOM; len++) {
        traffic_make(&t, len);
        assert_int_equal(sim_run(s, &t.job), 0);
        assert_int_equal(t.job.n_out, FRAMES);
        assert_false(t.job.overflow);
        for (size_t k = 0; k < FRAMES; k++) {
            assert_int_equal(t.out[k].len, len);
            assert_memory_equal(t.to[k], t.from[k], len);
        }
        assert_inside_its_room(&t);
    }
    sim_close(s);
}

static void sim_run_cuts_a_frame_at_its_room(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct traffic t;

    (void)state;
    traffic_make(&t, 60);
    t.out[1].room = 0;
    t.out[2].room = 13;
    assert_int_equal(sim_run(s, &t.job), 0);
    assert_int_equal(t.job.n_out, FRAMES);
    assert_int_equal(t.out[0].len, 60);
    assert_int_equal(t.out[1].len, 0);
    assert_int_equal(t.out[2].len, 13);
    assert_int_equal(t.to[2][13], 0x5a);
    assert_int_equal(t.out[3].len, 60);
    sim_close(s);
}

static void sim_run_fails_when_more_frames_come_than_expected(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct traffic t;

    (void)state;
    traffic_make(&t, 60);
    t.job.cap_out = 2;
    assert_int_equal(sim_run(s, &t.job), ERR_DEVICE);
    assert_true(t.job.overflow);
    assert_int_equal(t.job.n_out, 2);
    assert_memory_equal(t.to[1], t.from[1], 60);
    assert_int_equal(t.to[2][0], 0x5a); /* not touched */
    sim_close(s);
}

static void sim_run_hangs_at_a_closed_gate(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct traffic t;

    (void)state;
    traffic_make(&t, 60);
    assert_int_equal(sim_write(s, COMMON_CONTROL, 0), 0);
    assert_int_equal(sim_run(s, &t.job), ERR_HANG);
    assert_int_equal(t.job.n_out, 0);
    assert_false(t.job.overflow);
    assert_int_equal(read_reg(s, COMMON_ITEMS_IN), 0);
    sim_close(s);
}

static void sim_run_hangs_when_nothing_is_offered_or_taken(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct sim *s = open_slot("acl", WIDTH, false);
        struct traffic t;
        traffic_make(&t, 60);
        t.job.in_permille = k == 0 ? 1000 : 0; /* of 1000 clocks: all */
        t.job.out_permille = k == 1 ? 1000 : 0;
        assert_int_equal(sim_run(s, &t.job), ERR_HANG);
        assert_int_equal(t.job.n_out, 0);
        /* The frames are inside, or never came. */
        assert_int_equal(read_reg(s, COMMON_ITEMS_IN), k == 1 ? FRAMES : 0);
        sim_close(s);
    }
}

static void sim_run_keeps_what_came_before_a_hang(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);
    struct traffic t;

    (void)state;
    /* A verdict too many: every frame finds one, and the last verdict waits
     * for a frame for ever, so that the slot never rests. */
    traffic_make(&t, 60);
    assert_int_equal(sim_flip(s, "verdict.wr_q[0]"), 0);
    assert_int_equal(sim_run(s, &t.job), ERR_HANG);
    assert_int_equal(t.job.n_out, FRAMES);
    for (size_t k = 0; k < FRAMES; k++) {
        assert_int_equal(t.out[k].len, 60);
        assert_memory_equal(t.to[k], t.from[k], 60);
    }
    assert_inside_its_room(&t);
    sim_close(s);
}

static void the_bus_hangs_when_the_slot_is_never_quiet(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);

    (void)state;
    /* A write to the body waits for the end of an item that never comes. */
    assert_int_equal(sim_flip(s, "slot.mid_q[0]"), 0);
    assert_int_equal(sim_write(s, ACL_N_RULES, 1), ERR_HANG);
    assert_int_equal(read_reg(s, COMMON_MAGIC), 0x50435354); /* still there */
    assert_int_equal(sim_flip(s, "slot.mid_q[0]"), 0);
    assert_int_equal(sim_write(s, ACL_N_RULES, 1), 0);
    assert_int_equal(read_reg(s, ACL_N_RULES), 1);
    sim_close(s);
}

/* --- faults --- */

static void a_flip_in_rule_q_is_seen_through_the_window(void **state)
{
    static const uint32_t bits[] = {0, 7, 31, 32, 63, 64, 255, 256, 4095};
    struct sim *s = open_slot("acl", WIDTH, true);

    (void)state;
    for (uint32_t k = 0; k < 128; k++) {
        assert_int_equal(sim_write(s, CSR_WINDOW_INDEX, k), 0);
        assert_int_equal(sim_write(s, CSR_WINDOW_DATA, 0xa5a50000 + k), 0);
    }
    for (size_t j = 0; j < CHECK_ROWS(bits); j++) {
        char where[32];
        (void)snprintf(where, sizeof where, "rule_q[%u]", bits[j]); /* fits */
        assert_int_equal(sim_flip(s, where), 0);
        for (uint32_t k = 0; k < 128; k++) {
            /* Words of 32 bits, the first lowest. */
            uint32_t mask = k == bits[j] / 32 ? 1u << bits[j] % 32 : 0;
            assert_int_equal(read_word(s, k), (0xa5a50000 + k) ^ mask);
        }
        assert_int_equal(sim_flip(s, where), 0);
        assert_int_equal(read_word(s, bits[j] / 32), 0xa5a50000 + bits[j] / 32);
    }
    sim_close(s);
}

static void a_flip_reaches_registers_of_every_kind(void **state)
{
    static const struct {
        const char *where;
        uint32_t offset, mask;
    } row[] = {
        {"csr.n_rules_q[0]", ACL_N_RULES, 1},
        {"csr.n_rules_q[31]", ACL_N_RULES, 0x80000000},
        {"csr.n_hits_q[8]", ACL_N_HITS, 0x100},
        {"csr.no_match_q[0]", ACL_NO_MATCH, 1},
        {"slot.items_in_q[4]", COMMON_ITEMS_IN, 0x10},
        {"slot.cycles_q[63]", COMMON_CYCLES_HI, 0x80000000},
        {"slot.common.control_q[1]", COMMON_CONTROL, 2},
    };
    struct sim *s = open_slot("acl", WIDTH, true);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        uint32_t before = read_reg(s, row[k].offset);
        print_message("%s\n", row[k].where);
        assert_int_equal(sim_flip(s, row[k].where), 0);
        assert_int_equal(read_reg(s, row[k].offset), before ^ row[k].mask);
        assert_int_equal(sim_flip(s, row[k].where), 0);
        assert_int_equal(read_reg(s, row[k].offset), before);
    }
    sim_close(s);
}

static void sim_flip_refuses_bits_that_are_not_there(void **state)
{
    static const char *const where[] = {
        "",
        "rule_q",
        "rule_q[4096]",
        "rule_q[4294967296]",
        "rule_q[-1]",
        "rule_q[ 1]",
        "rule_q[1",
        "rule_q1]",
        "rule_q[]",
        "rule_q[x]",
        "rule_q[1] ",
        "rule_q[1][0]", /* has one word only */
        "[1]",
        "[0][1]",
        "]",
        "RULE_Q[1]",
        "no_such_q[0]",
        "csr[0]",
        "csr.[0]",
        "csr.n_rules_q[32]",
        "n_rules_q[0]",   /* without its path */
        "slot.rule_q[0]", /* of the body, not of the slot */
        "mid_q[0]",       /* of the slot, not of the body */
        "body.fn.rule_q[0]",
        "hit_d[0]", /* a wire */
        "data.store.mem[32][0]",
        "data.store.mem[0][73]",
        "data.store.mem[0][0][0]",
        "slot.[0]",
        "slot[0]",
    };
    struct sim *s = open_slot("acl", WIDTH, true);
    struct capture c;

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(where); k++) {
        print_message("%s\n", where[k]);
        capture_begin(&c);
        int err = sim_flip(s, where[k]);
        capture_end(&c);
        assert_int_equal(err, ERR_NOT_FOUND);
        assert_non_null(strstr(c.text, "acl has no bit '"));
        assert_non_null(strstr(c.text, where[k]));
        assert_non_null(strstr(c.text, " rule_q[4096]")); /* what there is */
    }
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    memcpy(longer + sizeof longer - 4, "[0]", 4);
    capture_begin(&c);
    int err = sim_flip(s, longer);
    capture_end(&c);
    assert_int_equal(err, ERR_NOT_FOUND);
    sim_close(s);
}

static void sim_flip_needs_an_image_with_faults(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct capture c;

    (void)state;
    capture_begin(&c);
    int err = sim_flip(s, "rule_q[0]");
    capture_end(&c);
    assert_int_equal(err, ERR_MISSING);
    assert_non_null(strstr(c.text, "acl: this image cannot be made to fail"));
    assert_int_equal(read_word(s, 0), 0);
    sim_close(s);
}

/* Registers as sim_list() gives them. */
struct listing {
    struct {
        char name[64];
        uint32_t n_words, n_bits;
    } reg[128];
    size_t n;
};

static void listing_add(void *ctx, const char *name, uint32_t n_words,
                        uint32_t n_bits)
{
    struct listing *l = ctx;

    assert_true(l->n < CHECK_ROWS(l->reg));
    assert_true(strlen(name) < sizeof l->reg[0].name);
    memcpy(l->reg[l->n].name, name, strlen(name) + 1);
    l->reg[l->n].n_words = n_words;
    l->reg[l->n].n_bits = n_bits;
    l->n++;
}

/* The widths stand in the Verilog sources, at a stream width of 64. */
struct known {
    const char *name;
    uint32_t n_words, n_bits;
};

static const struct known slot_known[] = {
    {"slot.cycles_q", 1, 64},
    {"slot.items_in_q", 1, 32},
    {"slot.items_out_q", 1, 32},
    {"slot.dropped_q", 1, 32},
    {"slot.stalls_in_q", 1, 32},
    {"slot.stalls_out_q", 1, 32},
    {"slot.mid_q", 1, 1},
    {"slot.hold_q", 1, 1},
    {"slot.we_ack_q", 1, 1},
    {"slot.common.control_q", 1, 32},
    {"slot.common.ack_q", 1, 1},
    {"slot.common.rdata_q", 1, 32},
    {"slot.in_skid.out_q", 1, 121},
    {"slot.in_skid.skid_q", 1, 121},
    {"slot.in_skid.out_full_q", 1, 1},
    {"slot.in_skid.skid_full_q", 1, 1},
    {"slot.out_skid.out_q", 1, 121},
    {"slot.out_skid.skid_q", 1, 121},
    {"slot.out_skid.out_full_q", 1, 1},
    {"slot.out_skid.skid_full_q", 1, 1},
};

static const struct known acl_known[] = {
    {"rule_q", 1, 4096},
    {"hit_q", 1, 16},
    {"hit_valid_q", 1, 1},
    {"user_in_q", 1, 48},
    {"user_q", 1, 48},
    {"csr.no_match_q", 1, 32},
    {"csr.no_flags_q", 1, 32},
    {"csr.n_rules_q", 1, 32},
    {"csr.n_hits_q", 1, 32},
    {"csr.n_drops_q", 1, 32},
    {"csr.window_index_q", 1, 32},
    {"csr.ack_q", 1, 1},
    {"csr.rdata_q", 1, 32},
    {"key.key_valid_q", 1, 1},
    {"key.has_ip_q", 1, 1},
    {"key.has_flags_q", 1, 1},
    {"key.src_q", 1, 32},
    {"key.dst_q", 1, 32},
    {"key.sport_q", 1, 16},
    {"key.dport_q", 1, 16},
    {"key.proto_q", 1, 8},
    {"key.flags_q", 1, 8},
    {"key.st_q", 1, 3},
    {"key.cnt_q", 1, 4},
    {"key.tags_q", 1, 2},
    {"key.ihl_q", 1, 4},
    {"key.frag_q", 1, 1},
    {"key.l4_q", 1, 16},
    {"key.mid_q", 1, 1},
    {"key.sent_q", 1, 1},
    {"key.half_q", 1, 16},
    {"key.half_full_q", 1, 1},
    {"data.wr_q", 1, 6},
    {"data.rd_q", 1, 6},
    {"data.out_full_q", 1, 1},
    {"data.store.mem", 32, 73},
    {"data.store.rdata_q", 1, 73},
    {"verdict.wr_q", 1, 6},
    {"verdict.rd_q", 1, 6},
    {"verdict.out_full_q", 1, 1},
    {"verdict.store.mem", 32, 48},
    {"verdict.store.rdata_q", 1, 48},
};

static const struct known scale_known[] = {
    {"full1_q", 1, 1},   {"full2_q", 1, 1},      {"product_q", 1, 132},
    {"keep1_q", 1, 8},   {"keep2_q", 1, 8},      {"user1_q", 1, 48},
    {"user2_q", 1, 48},  {"last1_q", 1, 1},      {"last2_q", 1, 1},
    {"data2_q", 1, 64},  {"csr.gain_q", 1, 32},  {"csr.n_clipped_q", 1, 32},
    {"csr.ack_q", 1, 1}, {"csr.rdata_q", 1, 32},
};

static void assert_listed(const struct listing *l, const struct known *known,
                          size_t n)
{
    for (size_t k = 0; k < n; k++) {
        size_t found = 0;
        print_message("%s\n", known[k].name);
        for (size_t j = 0; j < l->n; j++) {
            if (strcmp(l->reg[j].name, known[k].name) == 0) {
                found++;
                assert_int_equal(l->reg[j].n_words, known[k].n_words);
                assert_int_equal(l->reg[j].n_bits, known[k].n_bits);
            }
        }
        assert_int_equal(found, 1);
    }
}

static void sim_list_gives_every_register(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, true);
    struct listing l = {.n = 0};

    (void)state;
    sim_list(s, listing_add, &l);
    assert_listed(&l, slot_known, CHECK_ROWS(slot_known));
    assert_listed(&l, acl_known, CHECK_ROWS(acl_known));
    assert_int_equal(l.n, CHECK_ROWS(slot_known) + CHECK_ROWS(acl_known));
    sim_close(s);

    s = open_slot("scale", WIDTH, true);
    l.n = 0;
    sim_list(s, listing_add, &l);
    assert_listed(&l, slot_known, CHECK_ROWS(slot_known));
    assert_listed(&l, scale_known, CHECK_ROWS(scale_known));
    assert_int_equal(l.n, CHECK_ROWS(slot_known) + CHECK_ROWS(scale_known));
    sim_close(s);
}

static void sim_list_of_an_image_without_faults_is_empty(void **state)
{
    struct sim *s = open_slot("acl", WIDTH, false);
    struct listing l = {.n = 0};

    (void)state;
    sim_list(s, listing_add, &l);
    assert_int_equal(l.n, 0);
    sim_close(s);
}

/* Flips one bit of a slot at rest and looks at what a few frames make of it. */
static int flip_and_run(const char *fn, const char *where)
{
    struct sim *s = open_slot(fn, WIDTH, true);
    struct traffic t;
    uint32_t value;

    traffic_make(&t, 60);
    assert_int_equal(sim_flip(s, where), 0);
    int err = sim_run(s, &t.job);
    assert_true(err == 0 || err == ERR_HANG || err == ERR_DEVICE);
    assert_int_equal(t.job.overflow, err == ERR_DEVICE);
    assert_inside_its_room(&t);
    /* The bus does not hang with the body: reads never wait. */
    assert_int_equal(sim_read(s, COMMON_MAGIC, &value), 0);
    assert_int_equal(value, 0x50435354);
    sim_close(s);
    return err;
}

/* Flips every bit of every register of 'fn', each in a slot of its own. */
static void flip_them_all(const char *fn)
{
    struct sim *s = open_slot(fn, WIDTH, true);
    struct listing l = {.n = 0};
    size_t n = 0;
    size_t n_failed = 0;

    sim_list(s, listing_add, &l);
    sim_close(s);
    for (size_t r = 0; r < l.n; r++) {
        for (uint32_t k = 0; k < l.reg[r].n_words * l.reg[r].n_bits; k++) {
            char where[96];
            char word[16] = "";
            if (l.reg[r].n_words > 1) {
                (void)snprintf(word, sizeof word, "[%u]",
                               k / l.reg[r].n_bits); /* fits */
            }
            (void)snprintf(where, sizeof where, "%s%s[%u]", l.reg[r].name, word,
                           k % l.reg[r].n_bits); /* fits */
            n++;
            n_failed += flip_and_run(fn, where) < 0;
        }
    }
    print_message("%s: %zu bits, %zu stop the slot\n", fn, n, n_failed);
    assert_true(n_failed > 0 && n_failed < n);
}

static void no_flip_in_acl_harms_the_process(void **state)
{
    (void)state;
    flip_them_all("acl");
}

static void no_flip_in_scale_harms_the_process(void **state)
{
    (void)state;
    flip_them_all("scale");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sim_open_says_which_image_is_missing),
        cmocka_unit_test(sim_open_refuses_what_is_not_the_image_it_names),
        cmocka_unit_test(sim_close_takes_null),
        cmocka_unit_test(a_thousand_swaps_leave_nothing_behind),
        cmocka_unit_test(two_slots_with_one_image_are_independent),
        cmocka_unit_test(sim_run_gives_every_frame_back),
        cmocka_unit_test(sim_run_cuts_a_frame_at_its_room),
        cmocka_unit_test(sim_run_fails_when_more_frames_come_than_expected),
        cmocka_unit_test(sim_run_hangs_at_a_closed_gate),
        cmocka_unit_test(sim_run_hangs_when_nothing_is_offered_or_taken),
        cmocka_unit_test(sim_run_keeps_what_came_before_a_hang),
        cmocka_unit_test(the_bus_hangs_when_the_slot_is_never_quiet),
        cmocka_unit_test(a_flip_in_rule_q_is_seen_through_the_window),
        cmocka_unit_test(a_flip_reaches_registers_of_every_kind),
        cmocka_unit_test(sim_flip_refuses_bits_that_are_not_there),
        cmocka_unit_test(sim_flip_needs_an_image_with_faults),
        cmocka_unit_test(sim_list_gives_every_register),
        cmocka_unit_test(sim_list_of_an_image_without_faults_is_empty),
        cmocka_unit_test(no_flip_in_acl_harms_the_process),
        cmocka_unit_test(no_flip_in_scale_harms_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
