/*
 * link_device_error_test.c - a device behind a link whose fabric is a puppet:
 * it does what a failing board does.
 */
#include "drivers/link/link_device_check.h"

#include <stdlib.h>
#include <string.h>

#include "acl_csr.h"
#include "common_csr.h"
#include "core/base/bytes.h"
#include "tests/capture.h"

enum {
    HANG_MS = 60,
    ROOM = 256,
    N = 8, /* packets of a run */
};

struct puppet {
    struct link_port port;
    struct transport *near;
    struct record_in in;
    struct record_out out;
    struct record record;
    bool open;
    /* What it does: */
    bool deaf;           /* no register is answered */
    bool silent;         /* not even the link works */
    bool changes_user;   /* between the parts of a packet */
    uint8_t load_status; /* of every LOAD */
    uint8_t read_status; /* of every READ */
    uint32_t magic, status;
    int per_packet;      /* answers to each packet */
    int answers;         /* before it gives no more; -1: no end */
    int event;           /* then; 0: none */
    bool event_on_write; /* at every WRITE */
    uint64_t n_packets, n_writes, n_loads, n_unloads;
};

static void puppet_say(struct puppet *p, const struct record *r,
                       const void *data, size_t n)
{
    record_begin(&p->out, true, r, data, n);
    assert_true(record_push(&p->out, p->port.link));
}

static void puppet_packet(struct puppet *p)
{
    static const char data[] = "answer";

    p->n_packets++;
    for (int k = 0; k < p->per_packet && p->answers != 0; k++) {
        struct record r = {.op = RECORD_PKT, .slot = p->record.slot, .user = 7};
        if (p->changes_user) {
            static const uint8_t bytes[] = {2, 0, 8, 0, 9,   0,
                                            0, 0, 0, 0, 'a', 'b'};
            assert_int_equal(link_write(p->port.link, bytes, sizeof bytes),
                             sizeof bytes);
        }
        puppet_say(p, &r, data, sizeof data);
        p->answers -= p->answers > 0;
    }
    if (p->answers == 0 && p->event != 0) {
        struct record r = {.op = RECORD_EVENT,
                           .slot = p->record.slot,
                           .code = (uint8_t)p->event};
        puppet_say(p, &r, NULL, 0);
    }
}

static void puppet_read(struct puppet *p)
{
    struct record r = p->record;
    uint8_t value[4];
    uint32_t v = r.address == COMMON_MAGIC    ? p->magic
                 : r.address == COMMON_FN_ID  ? acl_csr.id
                 : r.address == COMMON_LAYOUT ? acl_csr.version
                 : r.address == COMMON_STATUS ? p->status
                                              : 64;

    if (!p->deaf) {
        r.status = p->read_status;
        le32_store(value, v);
        puppet_say(p, &r, value, 4);
    }
}

static void puppet_record(struct puppet *p)
{
    struct record r = p->record;

    switch (r.op) {
    case RECORD_PKT: puppet_packet(p); break;
    case RECORD_READ: puppet_read(p); break;
    case RECORD_LOAD:
        p->n_loads += r.n_data > 1;
        p->n_unloads += r.n_data == 1;
        r.status = p->load_status;
        puppet_say(p, &r, "why", 3);
        break;
    case RECORD_WRITE:
        p->n_writes++;
        if (p->event_on_write) {
            r.op = RECORD_EVENT;
            r.code = RECORD_NO_ACK;
            puppet_say(p, &r, NULL, 0);
        }
        break;
    default: break;
    }
}

static int puppet_step(void *ctx)
{
    struct puppet *p = ctx;

    if (p->silent || p->port.link == NULL || link_port_pump(&p->port) < 0) {
        return 0;
    }
    for (;;) {
        if (!p->open) {
            if (record_next(&p->in, p->port.link, &p->record) == 0) {
                break;
            }
            p->open = true;
        }
        if (!record_skip(&p->in, p->port.link)) {
            break;
        }
        p->open = false;
        puppet_record(p);
    }
    (void)link_port_pump(&p->port); /* the next step tells */
    return 1;
}

/* What a good one does. */
static void puppet_open(struct puppet *p)
{
    struct link_config config = {LINK_FABRIC, 0, 1 << 16, 1 << 16, 100000};
    struct memory_peer peer = {puppet_step, NULL, p};
    struct transport *far;

    *p = (struct puppet){.magic = 0x50435354,
                         .status = COMMON_STATUS_IDLE_MASK,
                         .per_packet = 1,
                         .answers = -1};
    assert_int_equal(memory_pair(1 << 16, &p->near, &far), 0);
    memory_attach(p->near, &peer);
    assert_int_equal(link_port_open(far, &config, &p->port), 0);
}

static int device_open(struct puppet *p, struct device **out)
{
    struct link_device_config config = {.transport = p->near,
                                        .where = "puppet",
                                        .n_slots = 2,
                                        .width_bits = 64,
                                        .hang_ms = HANG_MS};

    return link_device_open(&config, out);
}

static int load(struct device *d, uint32_t slot, struct body **b,
                struct capture *c)
{
    capture_begin(c);
    int err = device_load(d, slot, registry_find("acl"), b);
    capture_end(c);
    return err;
}

/* A device with acl in slot 0. */
static struct body *body_of(struct puppet *p, struct device **d)
{
    struct body *b = NULL;

    assert_int_equal(device_open(p, d), 0);
    assert_int_equal(device_load(*d, 0, registry_find("acl"), &b), 0);
    return b;
}

static int run(struct body *b, struct fn_span *out, struct capture *c)
{
    static uint8_t bytes[2][FN_BURST_PKT][ROOM];
    static struct pkt pkt[2][FN_BURST_PKT];
    struct fn_span in = {FN_PKT, pkt[0], N, FN_BURST_PKT, 0};

    for (size_t k = 0; k < FN_BURST_PKT; k++) {
        pkt[0][k] = (struct pkt){.data = bytes[0][k],
                                 .len_bytes = 64,
                                 .room_bytes = ROOM,
                                 .item = 100 + k};
        pkt[1][k] = (struct pkt){.data = bytes[1][k], .room_bytes = ROOM};
    }
    *out = (struct fn_span){FN_PKT, pkt[1], 0, FN_BURST_PKT, 0};
    capture_begin(c);
    int err = body_run(b, &in, out);
    capture_end(c);
    return err;
}

static void puppet_close(struct puppet *p, struct body *b, struct device *d)
{
    body_close(b);
    device_close(d);
    if (p->port.link != NULL) {
        link_port_close(&p->port);
    }
}

/* --- opening and loading -------------------------------------------------- */

static void a_fabric_that_says_nothing_is_an_error(void **state)
{
    struct puppet p;
    struct device *d = NULL;
    struct capture c;

    (void)state;
    puppet_open(&p);
    p.silent = true;
    capture_begin(&c);
    int err = device_open(&p, &d);
    capture_end(&c);
    assert_int_equal(err, ERR_DEVICE);
    assert_null(d);
    assert_non_null(strstr(c.text, "puppet: the fabric does not answer"));
    link_port_close(&p.port);
}

static void loading_fails_as_the_fabric_says(void **state)
{
    static const struct {
        uint8_t load_status, read_status;
        uint32_t magic;
        uint32_t slot;
        int err;
        const char *says;
    } row[] = {
        {RECORD_DONE, 0, 0x50435354, 2, ERR_NOT_FOUND, "the device has 2"},
        {RECORD_NO_SLOT, 1, 0x50435354, 1, ERR_NOT_FOUND, "no slot 1"},
        {RECORD_NO_ANSWER, 0, 0x50435354, 1, ERR_DEVICE, "does not answer"},
        {RECORD_DONE, 0, 0x12345678, 1, ERR_DEVICE, "slot 1 has function"},
        {RECORD_IMPOSSIBLE, 2, 0x50435354, 1, ERR_MISSING, "slot 1: why"},
        {RECORD_IMPOSSIBLE, 0, 0x12345678, 1, ERR_DEVICE, "slot 1 has"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct puppet p;
        struct device *d;
        struct body *b = NULL;
        struct capture c;
        puppet_open(&p);
        p.load_status = row[k].load_status;
        p.read_status = row[k].read_status;
        p.magic = row[k].magic;
        assert_int_equal(device_open(&p, &d), 0);
        assert_int_equal(load(d, row[k].slot, &b, &c), row[k].err);
        assert_non_null(strstr(c.text, row[k].says));
        assert_null(b);
        puppet_close(&p, NULL, d);
    }
}

static void an_image_that_is_there_already_is_used_and_stays(void **state)
{
    struct puppet p;
    struct device *d;

    (void)state;
    puppet_open(&p);
    p.load_status = RECORD_IMPOSSIBLE;
    struct body *b = body_of(&p, &d);
    assert_int_equal(body_capacity(b, 0), 64);
    body_close(b);
    assert_int_equal(p.n_loads, 1);
    assert_int_equal(p.n_unloads, 0);
    puppet_close(&p, NULL, d);
}

static void a_slot_is_loaded_once_and_unloaded_with_its_body(void **state)
{
    struct puppet p;
    struct device *d;
    struct body *second = NULL;
    struct capture c;
    struct slot_counters counters;

    (void)state;
    puppet_open(&p);
    struct body *b = body_of(&p, &d);
    assert_int_equal(load(d, 0, &second, &c), ERR_DEVICE);
    assert_non_null(strstr(c.text, "slot 0 holds acl already"));
    assert_int_equal(device_counters(d, 1, &counters), ERR_NOT_FOUND);
    assert_int_equal(device_counters(d, 9, &counters), ERR_NOT_FOUND);
    body_close(b);
    assert_int_equal(p.n_unloads, 1);
    assert_int_equal(device_counters(d, 0, &counters), ERR_NOT_FOUND);
    capture_begin(&c);
    int flip = device_flip(d, 0, "rule_q[7]");
    int stalls = device_stalls(d, &(struct device_stalls){0});
    capture_end(&c);
    assert_int_equal(flip, ERR_MISSING);
    assert_int_equal(stalls, ERR_MISSING);
    puppet_close(&p, NULL, d);
}

/* --- running -------------------------------------------------------------- */

static void answers_are_matched_by_their_order(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;

    (void)state;
    puppet_open(&p);
    struct body *b = body_of(&p, &d);
    assert_int_equal(run(b, &out, &c), 0);
    assert_int_equal(out.n, N);
    for (size_t k = 0; k < N; k++) {
        const struct pkt *y = (const struct pkt *)out.items + k;
        assert_int_equal(y->item, 100 + k);
        assert_int_equal(y->len_bytes, 7);
        assert_memory_equal(y->data, "answer", 7);
        assert_int_equal(pkt_user(y), 7);
    }
    puppet_close(&p, b, d);
}

static void metadata_that_changes_within_a_packet_is_flagged(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;

    (void)state;
    puppet_open(&p);
    p.changes_user = true;
    struct body *b = body_of(&p, &d);
    assert_int_equal(run(b, &out, &c), 0);
    assert_int_equal(out.n, N);
    const struct pkt *y = out.items;
    assert_int_equal(y->flags, PKT_UNSTABLE);
    assert_int_equal(y->len_bytes, 9);
    assert_memory_equal(y->data, "abanswer", 9);
    puppet_close(&p, b, d);
}

static void packets_that_an_idle_slot_owes_are_lost(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;

    (void)state;
    puppet_open(&p);
    p.answers = N - 2;
    struct body *b = body_of(&p, &d);
    assert_int_equal(run(b, &out, &c), 0);
    assert_int_equal(out.n, N - 2);
    puppet_close(&p, b, d);
}

static void packets_that_nobody_asked_for_are_told(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;

    (void)state;
    puppet_open(&p);
    p.per_packet = 2;
    struct body *b = body_of(&p, &d);
    assert_int_equal(run(b, &out, &c), 0);
    assert_true(out.n > N);
    puppet_close(&p, b, d);
}

static void an_event_is_a_hang_at_once(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;
    uint32_t value;

    (void)state;
    puppet_open(&p);
    p.answers = 3;
    p.event = RECORD_HANG;
    struct body *b = body_of(&p, &d);
    uint64_t start = link_port_now();
    assert_int_equal(run(b, &out, &c), ERR_HANG);
    assert_int_equal(out.n, 3);
    assert_true(link_port_now() - start < HANG_MS * 1000);
    assert_int_equal(run(b, &out, &c), ERR_HANG);
    assert_int_equal(out.n, 0);
    assert_int_equal(body_read(b, ACL_NO_MATCH, &value), 0);
    puppet_close(&p, b, d);
}

static void a_slot_that_stops_and_answers_registers_hangs(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;

    (void)state;
    puppet_open(&p);
    p.answers = 5;
    p.status = 0; /* not idle */
    struct body *b = body_of(&p, &d);
    assert_int_equal(run(b, &out, &c), ERR_HANG);
    assert_int_equal(out.n, 5);
    assert_int_equal(run(b, &out, &c), ERR_HANG);
    puppet_close(&p, b, d);
}

static void a_fabric_that_answers_nothing_is_gone_for_good(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;
    uint32_t value;

    (void)state;
    puppet_open(&p);
    p.answers = 5;
    struct body *b = body_of(&p, &d);
    p.deaf = true;
    assert_int_equal(run(b, &out, &c), ERR_DEVICE);
    assert_int_equal(out.n, 5);
    assert_non_null(strstr(c.text, "puppet: the fabric does not answer"));
    uint64_t start = link_port_now();
    assert_int_equal(run(b, &out, &c), ERR_DEVICE);
    assert_string_equal(c.text, ""); /* it has been said */
    assert_int_equal(body_read(b, ACL_NO_MATCH, &value), ERR_DEVICE);
    assert_int_equal(body_write(b, ACL_NO_MATCH, 1), ERR_DEVICE);
    assert_true(link_port_now() - start < HANG_MS * 1000);
    puppet_close(&p, b, d);
}

static void a_wire_that_breaks_is_an_error_at_once(void **state)
{
    struct puppet p;
    struct device *d;
    struct body *second = NULL;
    struct fn_span out;
    struct capture c;

    (void)state;
    puppet_open(&p);
    struct body *b = body_of(&p, &d);
    link_port_close(&p.port);
    uint64_t start = link_port_now();
    assert_int_equal(run(b, &out, &c), ERR_DEVICE);
    assert_int_equal(out.n, 0);
    assert_non_null(strstr(c.text, "puppet: the fabric is gone"));
    assert_int_equal(load(d, 1, &second, &c), ERR_DEVICE);
    assert_true(link_port_now() - start < HANG_MS * 1000);
    puppet_close(&p, b, d);
}

/* --- registers ------------------------------------------------------------ */

static void a_write_that_was_not_taken_fails_the_next_call(void **state)
{
    struct puppet p;
    struct device *d;
    struct fn_span out;
    struct capture c;
    uint32_t value;

    (void)state;
    puppet_open(&p);
    struct body *b = body_of(&p, &d);
    p.event_on_write = true;
    assert_int_equal(body_write(b, ACL_NO_MATCH, 1), 0);
    assert_int_equal(body_read(b, ACL_NO_MATCH, &value), 0); /* hears of it */
    assert_int_equal(body_write(b, ACL_NO_MATCH, 1), ERR_HANG);
    assert_int_equal(run(b, &out, &c), ERR_HANG);
    puppet_close(&p, b, d);
}

static void a_read_fails_as_the_fabric_says(void **state)
{
    static const int err[] = {
        [RECORD_NO_SLOT] = ERR_NOT_FOUND,
        [RECORD_NO_ANSWER] = ERR_HANG,
        [RECORD_IMPOSSIBLE] = ERR_DEVICE,
    };
    struct puppet p;
    struct device *d;
    uint32_t value = 99;

    (void)state;
    puppet_open(&p);
    struct body *b = body_of(&p, &d);
    for (uint8_t k = RECORD_NO_SLOT; k <= RECORD_IMPOSSIBLE; k++) {
        p.read_status = k;
        assert_int_equal(body_read(b, ACL_NO_MATCH, &value), err[k]);
        assert_int_equal(value, 99);
    }
    puppet_close(&p, b, d);
}

static void many_values_are_written_in_order(void **state)
{
    static uint32_t values[1000];
    struct puppet p;
    struct device *d;

    (void)state;
    puppet_open(&p);
    struct body *b = body_of(&p, &d);
    uint64_t before = p.n_writes;
    assert_int_equal(body_write_n(b, CSR_WINDOW_DATA, values, 1000), 0);
    assert_int_equal(body_read(b, ACL_NO_MATCH, values), 0);
    assert_int_equal(p.n_writes - before, 5); /* CONTROL, and 4 of 256 */
    puppet_close(&p, b, d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fabric_that_says_nothing_is_an_error),
        cmocka_unit_test(loading_fails_as_the_fabric_says),
        cmocka_unit_test(an_image_that_is_there_already_is_used_and_stays),
        cmocka_unit_test(a_slot_is_loaded_once_and_unloaded_with_its_body),
        cmocka_unit_test(answers_are_matched_by_their_order),
        cmocka_unit_test(metadata_that_changes_within_a_packet_is_flagged),
        cmocka_unit_test(packets_that_an_idle_slot_owes_are_lost),
        cmocka_unit_test(packets_that_nobody_asked_for_are_told),
        cmocka_unit_test(an_event_is_a_hang_at_once),
        cmocka_unit_test(a_slot_that_stops_and_answers_registers_hangs),
        cmocka_unit_test(a_fabric_that_answers_nothing_is_gone_for_good),
        cmocka_unit_test(a_wire_that_breaks_is_an_error_at_once),
        cmocka_unit_test(a_write_that_was_not_taken_fails_the_next_call),
        cmocka_unit_test(a_read_fails_as_the_fabric_says),
        cmocka_unit_test(many_values_are_written_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
