/*
 * machine_test.c - machines that work, fail and die, as their starter sees
 * them.
 */
#include "host/vm/machine.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "tests/capture.h"
#include "tests/check.h"

/* What the machine of these tests does with a message of a type. */
enum {
    ECHO = 1,  /* answers with it */
    REPEAT,    /* answers with it N_REPEAT times */
    KEEP,      /* answers with it after the end */
    ASK,       /* asks with it, and answers with the reply */
    TELL_NAME, /* answers with the name of the process */
    INTERRUPT, /* gets a SIGINT, answers with nothing */
    FAIL,      /* returns ERR_BAD_INPUT */
    LEAVE,     /* exits with 0 before the end */
    DIE,       /* is killed */
};

enum {
    LONGEST = MACHINE_MESSAGE_BYTES,
    N_LARGE = 400, /* messages of LONGEST: 25 MB, a ring holds 4 MB */
    N_REPEAT = 70, /* answers of LONGEST: more than a ring holds */
    N_MORE = 1000, /* more messages of LONGEST than a ring holds */
};

static void tell_name(struct machine_port *p)
{
    char name[64];
    FILE *f = fopen("/proc/self/comm", "r");
    size_t n = f != NULL ? fread(name, 1, sizeof name, f) : 0;

    if (f != NULL) {
        (void)fclose(f); /* only read from */
    }
    machine_answer(p, TELL_NAME, name, n);
}

static int obey(struct machine_port *p, const void *arg)
{
    static uint8_t kept[N_LARGE][LONGEST]; /* of a process of its own */
    static uint8_t data[LONGEST], reply[LONGEST];
    size_t n, n_kept = 0;
    uint32_t type;

    (void)arg;
    while ((type = machine_next(p, data, &n)) != MACHINE_END) {
        for (int k = 0;
             (type == REPEAT && k < N_REPEAT) || (type == ECHO && k < 1); k++) {
            machine_answer(p, type, data, n);
        }
        switch (type) {
        case KEEP: memcpy(kept[n_kept++], data, LONGEST); break;
        case ASK:
            type = machine_ask(p, ASK, data, n, reply, &n);
            machine_answer(p, type, reply, n);
            break;
        case TELL_NAME: tell_name(p); break;
        case INTERRUPT: (void)raise(SIGINT); break;
        case FAIL: return ERR_BAD_INPUT;
        case LEAVE: return 0;
        case DIE: (void)raise(SIGKILL); break;
        default: break;
        }
    }
    for (size_t k = 0; k < n_kept; k++) {
        machine_answer(p, KEEP, kept[k], LONGEST);
    }
    return 0;
}

/* A machine and what became of its answers. */
struct stand {
    struct machine *m;
    uint32_t type;         /* of every answer */
    unsigned times;        /* each message is answered */
    uint32_t seed;         /* of the first message */
    size_t n_sent;         /* messages */
    size_t n_taken;        /* answers */
    size_t n_wrong;        /* answers that are not the next message */
    size_t n_asked;        /* replies given */
    bool inverted;         /* so are the answers */
    char last[64];         /* beginning of the last answer */
    uint8_t data[LONGEST]; /* being sent */
    uint8_t want[LONGEST]; /* the next answer */
};

/* Makes the content of message 'k'; its length. */
static size_t make(const struct stand *s, size_t k, bool full, uint8_t *data)
{
    struct rng r = {s->seed + k};
    size_t n = full ? LONGEST : rng_below(&r, 2000);

    for (size_t j = 0; j < n; j += sizeof(uint64_t)) {
        uint64_t word = rng_next(&r);
        memcpy(data + j, &word, n - j < sizeof word ? n - j : sizeof word);
    }
    return n;
}

static void take(void *ctx, uint32_t type, const void *data, size_t n)
{
    struct stand *s = ctx;
    size_t want_n = make(s, s->n_taken / s->times, n == LONGEST, s->want);

    for (size_t k = 0; s->inverted && k < want_n; k++) {
        s->want[k] = (uint8_t)~s->want[k];
    }
    s->n_taken++;
    s->n_wrong += type != s->type || n != want_n ||
                  (n > 0 && memcmp(data, s->want, n) != 0);
    memset(s->last, 0, sizeof s->last);
    memcpy(s->last, data, n < sizeof s->last ? n : sizeof s->last - 1);
}

static void stand_open(struct stand *s, uint32_t type, unsigned times)
{
    struct machine_work work = {"test", obey, NULL, take, s};

    memset(s, 0, sizeof *s);
    s->type = type;
    s->times = times;
    s->seed = type * 1000;
    assert_int_equal(machine_start(&work, &s->m), 0);
    memset(&work, 0, sizeof work); /* it was copied */
}

static int send_next(struct stand *s, bool full)
{
    size_t n = make(s, s->n_sent, full, s->data);
    int err = machine_send(s->m, s->type, s->data, n);

    s->n_sent += err == 0;
    return err;
}

/* Sends 'n' messages that are all accepted. */
static void send_all(struct stand *s, size_t n, bool full)
{
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(send_next(s, full), 0);
    }
}

static void check_answers(const struct stand *s, size_t n)
{
    assert_int_equal(s->n_taken, n);
    assert_int_equal(s->n_wrong, 0);
}

static size_t n_lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

static void machine_answers_everything_in_order(void **state)
{
    static struct stand s;

    (void)state;
    stand_open(&s, ECHO, 1);
    send_all(&s, 20000, false);
    assert_int_equal(machine_end(s.m), 0);
    check_answers(&s, 20000);
}

static void machine_takes_more_than_its_rings_hold(void **state)
{
    static struct stand s;

    (void)state;
    stand_open(&s, REPEAT, N_REPEAT); /* 6 MB in, 450 MB back */
    send_all(&s, 100, true);
    assert_int_equal(machine_end(s.m), 0);
    check_answers(&s, (size_t)100 * N_REPEAT);
}

static void machine_answers_after_its_end(void **state)
{
    static struct stand s;

    (void)state;
    stand_open(&s, KEEP, 1);
    send_all(&s, N_LARGE, true);
    assert_int_equal(s.n_taken, 0);
    assert_int_equal(machine_end(s.m), 0);
    check_answers(&s, N_LARGE);
}

/* Replies with all bits inverted. */
static void invert(void *ctx, uint32_t type, const void *data, size_t n)
{
    static uint8_t reply[LONGEST];
    struct stand *s = ctx;
    const uint8_t *x = data;

    if (type != ASK) {
        take(ctx, type, data, n);
        return;
    }
    for (size_t k = 0; k < n; k++) {
        reply[k] = (uint8_t)~x[k];
    }
    s->n_asked++;
    machine_reply(s->m, ECHO, reply, n);
}

/* More of them, and of full length, than the ring of replies holds. */
static void what_a_machine_asks_is_replied_to(void **state)
{
    static struct stand s;
    struct machine_work work = {"test", obey, NULL, invert, &s};

    (void)state;
    s = (struct stand){.type = ECHO, .times = 1, .inverted = true};
    assert_int_equal(machine_start(&work, &s.m), 0);
    for (; s.n_sent < N_LARGE; s.n_sent++) {
        size_t n = make(&s, s.n_sent, s.n_sent % 2 == 0, s.data);
        assert_int_equal(machine_send(s.m, ASK, s.data, n), 0);
    }
    assert_int_equal(machine_end(s.m), 0);
    assert_int_equal(s.n_asked, N_LARGE);
    check_answers(&s, N_LARGE);
}

static void machine_without_work_ends(void **state)
{
    static struct stand s;
    struct capture c;

    (void)state;
    stand_open(&s, ECHO, 1);
    capture_begin(&c);
    int err = machine_end(s.m);
    capture_end(&c);
    assert_int_equal(err, 0);
    assert_int_equal(s.n_taken, 0);
    assert_string_equal(c.text, "");
}

static void a_message_that_is_too_long_is_an_error(void **state)
{
    static const uint8_t data[4 << 20];
    static struct stand s;
    struct capture c;

    (void)state;
    stand_open(&s, ECHO, 1);
    capture_begin(&c);
    int err = machine_send(s.m, ECHO, data, sizeof data);
    int end_err = machine_end(s.m);
    capture_end(&c);
    assert_true(err < 0);
    (void)end_err; /* the machine may be gone or not */
    assert_int_equal(s.n_taken, 0);
}

/* How a machine comes to its end, and what is printed then. */
struct death {
    uint32_t type;
    const char *text;
};

static const struct death deaths[] = {
    {FAIL, "precast: machine test ended with status "},
    {DIE, "precast: machine test was killed by signal 9"},
};

static void a_death_is_told_at_the_end_and_answers_are_kept(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(deaths); k++) {
        static struct stand s;
        struct capture c;
        print_message("row %zu\n", k);
        stand_open(&s, ECHO, 1);
        send_all(&s, 100, false);
        assert_int_equal(machine_send(s.m, deaths[k].type, NULL, 0), 0);
        capture_begin(&c);
        int err = machine_end(s.m);
        capture_end(&c);
        assert_int_equal(err, ERR_DEVICE);
        assert_int_equal(n_lines(c.text), 1);
        assert_memory_equal(c.text, deaths[k].text, strlen(deaths[k].text));
        check_answers(&s, 100);
    }
}

static void a_death_is_told_once_while_messages_are_sent(void **state)
{
    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(deaths); k++) {
        static struct stand s;
        struct capture c;
        int err = 0, later = 0;
        print_message("row %zu\n", k);
        stand_open(&s, ECHO, 1);
        send_all(&s, 100, false);
        assert_int_equal(machine_send(s.m, deaths[k].type, NULL, 0), 0);
        capture_begin(&c);
        for (size_t j = 0; j < N_MORE && err == 0; j++) {
            err = send_next(&s, true);
        }
        later = send_next(&s, true);
        int end_err = machine_end(s.m);
        capture_end(&c);
        assert_int_equal(err, ERR_DEVICE);
        assert_int_equal(later, ERR_DEVICE);
        assert_int_equal(end_err, ERR_DEVICE);
        assert_int_equal(n_lines(c.text), 1);
        assert_memory_equal(c.text, deaths[k].text, strlen(deaths[k].text));
        check_answers(&s, 100);
    }
}

static void
a_machine_that_leaves_early_is_an_error_when_it_is_missed(void **state)
{
    static struct stand s;
    struct capture c;
    int err = 0;

    (void)state;
    stand_open(&s, ECHO, 1);
    send_all(&s, 10, false);
    assert_int_equal(machine_send(s.m, LEAVE, NULL, 0), 0);
    capture_begin(&c);
    for (size_t j = 0; j < N_MORE && err == 0; j++) {
        err = send_next(&s, true);
    }
    (void)machine_end(s.m); /* told already */
    capture_end(&c);
    assert_int_equal(err, ERR_DEVICE);
    assert_int_equal(n_lines(c.text), 1);
    check_answers(&s, 10);
}

static void a_death_leaves_another_machine_alone(void **state)
{
    static struct stand dying, living;
    struct capture c;

    (void)state;
    stand_open(&living, ECHO, 1);
    stand_open(&dying, ECHO, 1);
    send_all(&living, 100, false);
    assert_int_equal(machine_send(dying.m, DIE, NULL, 0), 0);
    capture_begin(&c);
    int err = machine_end(dying.m);
    capture_end(&c);
    assert_int_equal(err, ERR_DEVICE);
    send_all(&living, N_LARGE, false);
    assert_int_equal(machine_end(living.m), 0);
    check_answers(&living, 100 + N_LARGE);
}

static void machine_does_not_hear_the_interrupt_key(void **state)
{
    static struct stand s;

    (void)state;
    stand_open(&s, ECHO, 1);
    send_all(&s, 10, false);
    assert_int_equal(machine_send(s.m, INTERRUPT, NULL, 0), 0);
    send_all(&s, 10, false);
    assert_int_equal(machine_end(s.m), 0);
    check_answers(&s, 20);
}

static void the_process_has_the_name_of_its_work(void **state)
{
    static struct stand s;

    (void)state;
    stand_open(&s, TELL_NAME, 1);
    assert_int_equal(machine_send(s.m, TELL_NAME, NULL, 0), 0);
    assert_int_equal(machine_end(s.m), 0);
    assert_int_equal(s.n_taken, 1);
    assert_string_equal(s.last, "precast-test\n");
}

static void machine_end_takes_null(void **state)
{
    (void)state;
    assert_int_equal(machine_end(NULL), 0);
}

static size_t n_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        n++;
    }
    (void)closedir(dir); /* only read from */
    return n;
}

static void no_process_and_no_descriptor_is_left(void **state)
{
    static const uint32_t last[] = {ECHO, FAIL, DIE, LEAVE};
    size_t before = n_descriptors();

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(last); k++) {
        static struct stand s;
        struct capture c;
        stand_open(&s, ECHO, 1);
        assert_int_equal(machine_send(s.m, last[k], NULL, 0), 0);
        assert_true(n_descriptors() > before);
        capture_begin(&c);
        (void)machine_end(s.m); /* what it says is for other tests */
        capture_end(&c);
        assert_int_equal(n_descriptors(), before);
        errno = 0;
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machine_answers_everything_in_order),
        cmocka_unit_test(machine_takes_more_than_its_rings_hold),
        cmocka_unit_test(machine_answers_after_its_end),
        cmocka_unit_test(what_a_machine_asks_is_replied_to),
        cmocka_unit_test(machine_without_work_ends),
        cmocka_unit_test(a_message_that_is_too_long_is_an_error),
        cmocka_unit_test(a_death_is_told_at_the_end_and_answers_are_kept),
        cmocka_unit_test(a_death_is_told_once_while_messages_are_sent),
        cmocka_unit_test(
            a_machine_that_leaves_early_is_an_error_when_it_is_missed),
        cmocka_unit_test(a_death_leaves_another_machine_alone),
        cmocka_unit_test(machine_does_not_hear_the_interrupt_key),
        cmocka_unit_test(the_process_has_the_name_of_its_work),
        cmocka_unit_test(machine_end_takes_null),
        cmocka_unit_test(no_process_and_no_descriptor_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
