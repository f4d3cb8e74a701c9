/*
 * csrgen_test.c - rtl/tools/csrgen.awk: what it makes of a good description,
 * and that it refuses a bad one with the line that is wrong.
 */
#include "tests/cli_check.h"

#define REG   "0x80 GAIN rw 0x10 How loud\n"
#define COUNT "0x84 N_RULES rw 0 Rules in use\n"
#define TABLE "table RULE 16 100 8 N_RULES First match\n"

/* Makes output 'out' of function 'name' from 'csr'; free with cli_free(). */
static struct cli_result generate(const char *name, const char *out,
                                  const char *csr)
{
    struct cli_result r = {0};
    char command[2048];
    int n, status;

    cli_write_text(cli_path("t.csr"), csr);
    n = snprintf(command, sizeof command,
                 "awk -v name=%s -v out=%s -f rtl/tools/csrgen.awk %s >%s 2>%s",
                 name, out, cli_path("t.csr"), cli_path("stdout.txt"),
                 cli_path("stderr.txt"));
    assert_true(n > 0 && (size_t)n < sizeof command);
    status = system(command);
    assert_true(WIFEXITED(status));
    r.status = WEXITSTATUS(status);
    r.out = cli_read(cli_path("stdout.txt"), &r.n_out);
    r.err = cli_read(cli_path("stderr.txt"), NULL);
    return r;
}

static void assert_refused(const char *name, const char *csr, const char *what)
{
    static const char *const outs[] = {"h", "v", "body", "md"};

    for (size_t k = 0; k < CHECK_ROWS(outs); k++) {
        struct cli_result r = generate(name, outs[k], csr);
        if (r.status != 1 || strstr(r.err, what) == NULL) {
            print_error("%s of:\n%swanted '%s', got status %d, '%s'\n", outs[k],
                        csr, what, r.status, r.err);
        }
        assert_int_equal(r.status, 1);
        assert_non_null(strstr(r.err, what));
        assert_int_equal(cli_lines(r.err), 1);
        assert_string_equal(r.out, "");
        cli_free(&r);
    }
}

static void bad_registers_are_refused(void **state)
{
    static const struct {
        const char *csr, *what;
    } row[] = {
        {REG "0x7c LOW rw 0 Help\n", "t.csr:2: offset of LOW is below 0x80"},
        {"0x00 LOW rw 0 Help\n", "t.csr:1: offset of LOW is below 0x80"},
        {"0x82 ODD rw 0 Help\n", "t.csr:1: offset of ODD is not a multiple"},
        {"0x100 FAR rw 0 Help\n", "t.csr:1: offset of FAR is not a multiple"},
        {REG "\n# comment\n0x80 VOLUME rw 0 Help\n",
         "t.csr:4: offset of VOLUME is taken by GAIN"},
        {REG "0x84 GAIN rw 0 Help\n", "t.csr:2: register GAIN is there twice"},
        /* Members of the struct and wires are in lower case. */
        {REG "0x84 Gain rw 0 Help\n", "t.csr:2: register Gain is there twice"},
        {"0x80 GAIN wo 0 Help\n", "t.csr:1: access 'wo'"},
        {"0x80 GAIN rw zero Help\n", "t.csr:1: 'zero' is not a number"},
        {"0x8g GAIN rw 0 Help\n", "t.csr:1: '0x8g' is not a number"},
        {"0x80 GAIN rw 0 Help \"me\"\n", "t.csr:1: quotes"},
        {"0x80 GAIN rw 0 Help \\\n", "t.csr:1: quotes"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_refused("t", row[k].csr, row[k].what);
    }
}

static void bad_fields_are_refused(void **state)
{
    static const struct {
        const char *csr, *what;
    } row[] = {
        {"  0 ON Help\n" REG, "t.csr:1: a field before any register"},
        {"stream pkt pkt\n\t3:1 MODE Help\n",
         "t.csr:2: a field before any register"},
        {REG "  32 ON Help\n", "t.csr:2: bits '32'"},
        {REG "  32:31 ON Help\n", "t.csr:2: bits '32:31'"},
        {REG "  0:3 MODE Help\n", "t.csr:2: bits '0:3'"},
        {REG "  3:2:1 MODE Help\n", "t.csr:2: bits '3:2:1'"},
        {REG "  x:0 MODE Help\n", "t.csr:2: 'x' is not a number"},
        {REG "  3: MODE Help\n", "t.csr:2: '' is not a number"},
        {REG "  7:4 A Help\n  4 B Help\n", "t.csr:3: bit 4 is in field A"},
        {REG "  7:4 A Help\n  8:7 B Help\n", "t.csr:3: bit 7 is in field A"},
        {REG "  5 A Help\n  31:0 B Help\n", "t.csr:3: bit 5 is in field A"},
        {REG "  3:0 A Help\n", "t.csr:1: reset of GAIN has bit 4, which is"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_refused("t", row[k].csr, row[k].what);
    }
}

static void bad_streams_are_refused(void **state)
{
    static const struct {
        const char *csr, *what;
    } row[] = {
        {"stream packet pkt\n" REG, "t.csr:1: stream type 'packet'"},
        {REG "stream pkt iq\n", "t.csr:2: stream type 'iq'"},
        {"stream PKT pkt\n" REG, "t.csr:1: stream type 'PKT'"},
        {"stream cf32\n" REG, "t.csr:1: stream type ''"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_refused("t", row[k].csr, row[k].what);
    }
}

static void bad_tables_are_refused(void **state)
{
    static const struct {
        const char *csr, *what;
    } row[] = {
        {REG COUNT "0xf8 LAST rw 0 Help\n" TABLE, "t.csr:3: offset of LAST"},
        {REG COUNT TABLE "0xfc LAST rw 0 Help\n", "t.csr:4: offset of LAST"},
        {COUNT TABLE "0x88 WINDOW_INDEX rw 0 Help\n",
         "t.csr:3: register WINDOW_INDEX is there twice"},
        {REG TABLE, "t.csr:2: table RULE counts by register 'N_RULES', which"},
        {TABLE REG, "t.csr:1: table RULE counts by register 'N_RULES', which"},
        {TABLE "0x84 N_RULES ro 0 Help\n",
         "t.csr:1: table RULE counts by register N_RULES, which is ro"},
        {REG "0x84 N_RULES count 0 Help\n" TABLE,
         "t.csr:3: table RULE counts by register N_RULES, which is count"},
        {COUNT TABLE "table MORE 16 100 8 N_RULES Help\n"
                     "table MOST 16 100 8 N_RULES Help\n",
         "t.csr:4: a third table"},
        {COUNT "table A - 9 1 N_RULES H\ntable B - 9 1 N_RULES H\n"
               "table C - 9 1 N_RULES H\ntable D - 9 1 N_RULES H\n"
               "table E - 9 1 N_RULES H\n",
         "t.csr:6: a fifth table"},
        {COUNT TABLE "table MORE 16 100 8 N_MORE Help\n",
         "t.csr:3: table MORE counts by register 'N_MORE', which"},
        {COUNT TABLE TABLE, "t.csr:3: table RULE is there twice"},
        {COUNT "table RULE - 2097153 8 N_RULES Help\n",
         "t.csr:2: a table has at most 2^24 words"},
        {COUNT "table RULE 16 131073 8 N_RULES Help\n",
         "t.csr:2: table RULE has more than the 2^20 words"},
        {COUNT TABLE "table MORE - 131073 8 N_RULES Help\n",
         "t.csr:3: table MORE has more than the 2^20 words"},
        {REG "0x84 N_RULES ro 0 Help\ntable RULE - 16 8 N_RULES Help\n",
         "t.csr:3: table RULE counts by register N_RULES, which is ro, "
         "expected rw or count"},
        {COUNT "table RULE 0 100 8 N_RULES Help\n", "t.csr:2: a table has at"},
        {COUNT "table RULE 16 0 8 N_RULES Help\n", "t.csr:2: a table has at"},
        {COUNT "table RULE 16 100 0x0 N_RULES Help\n",
         "t.csr:2: a table has at"},
        {COUNT "table RULE 16 100 8 N_RULES\n", "t.csr:2: a table is:"},
        {COUNT "table RULE 16 many 8 N_RULES Help\n",
         "t.csr:2: 'many' is not a number"},
        {COUNT "  word 0 SRC Help\n" TABLE, "t.csr:2: a word before any table"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        assert_refused("t", row[k].csr, row[k].what);
    }
}

/* The slot's own registers are the ones below 0x80. */
static void only_common_has_registers_below_0x80(void **state)
{
    struct cli_result r = generate("common", "h", "0x7c LOW ro 0 Help\n");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "COMMON_LOW = 0x7c"));
    cli_free(&r);
    assert_refused("uncommon", "0x7c LOW ro 0 Help\n", "t.csr:1: offset");
}

static void what_is_at_the_edge_is_taken(void **state)
{
    static const char *const csr[] = {
        REG "  31:0 ALL Help\n",
        REG "  31 TOP Help\n  0 BOTTOM Help\n  30:1 REST Help\n",
        REG "  31:5 A Help\n  4 RESET Help\n",
        "0x80 A ro 3 Help\n  0 BIT Help\n",
        REG "  4 A Help\n0x84 MORE rw 0 Help\n  0 A Help\n",
        "0x80 A rw 0 Help\n0xf8 B rw 0 Help\n0xfc C rw 0 Help\n", /* no table */
        "0xf4 N_RULES rw 0 Help\ntable RULE 1 1 1 N_RULES Help\n",
        "0xf4 N_RULES rw 0 Help\ntable RULE 1 131072 8 N_RULES Help\n",
        "0xf4 N_OWN count 0 Help\ntable OWN - 2097152 8 N_OWN Help\n",
        "stream cf32 rec\n" REG,
        "stream iq16 iq16\n" REG,
        TABLE COUNT, /* in any order */
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(csr); k++) {
        struct cli_result r = generate("t", "h", csr[k]);
        if (r.status != 0) {
            print_error("%s%s", csr[k], r.err);
        }
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        cli_free(&r);
    }
}

/* A description with every kind of line. */
static const char whole[] =
    "# Comment.\n"
    "stream pkt pkt\n" REG "  15:0 VALUE In Q8.8\n"
    "  31 MUTE Silence\n" COUNT "0x88 N_HITS count 0 Matches\n"
    "0x8c LEVEL ro 0 Now\n"
    "0x90 FAULTS sticky 1 Seen\n  2:0 KIND Of fault\n"
    "0x94 SPARSE rw? 0 Gaps\n  7:4 A Help\n  1 B Help\n" TABLE
    "  word 0 SRC Address\n";

static void each_output_has_its_parts(void **state)
{
    static const struct {
        const char *out, *part;
    } row[] = {
        {"h", "#ifndef GEN_T_CSR_H"},
        {"h", "    T_GAIN = 0x80, /* How loud */\n"},
        {"h", "    T_GAIN_VALUE_SHIFT = 0,\n    T_GAIN_VALUE_MASK = 0xffff,\n"},
        {"h", "    T_GAIN_MUTE_SHIFT = 31,\n    T_GAIN_MUTE_MASK = 0x1,\n"},
        {"h", "    T_RULE_WORDS = 8,\n    T_RULE_DEPTH = 100,\n"
              "    T_RULE_DEPTH_RTL = 16,\n"},
        {"h", "    uint32_t n_hits; /* Matches */\n"},
        {"h", "{\"GAIN\", 0x80, CSR_RW, 0x10, 0x8000ffff, \"How loud\", "
              "t_csr_fields + 0, 2},"},
        {"h", "{\"LEVEL\", 0x8c, CSR_RO, 0x0, 0xffffffff, \"Now\", NULL, 0},"},
        {"h", "{\"SPARSE\", 0x94, CSR_RW, 0x0, 0xf2, "},
        {"h", "{\"FAULTS\", 0x90, CSR_STICKY, 0x1, 0x7, "},
        {"h", "{\"N_RULES\", 0x84, CSR_RW, 0x0, 0xffffffff, "},
        {"h", "{\"WINDOW_INDEX\", 0xf8, CSR_RW, 0x0, 0xf00fffff, "},
        {"h", "{\"RULE\", 100, 8, 0x84, \"First match\"},"},
        {"h", "    .in = FN_PKT,\n    .out = FN_PKT,\n"},
        {"h", "    .n_regs = 7,\n"},
        {"v", "module t_csr #(\n    parameter OPTIONAL = 1\n) (\n"},
        {"v", "        if (OPTIONAL != 0 && csr_we && csr_addr == 8'h94)\n"},
        {"v", "    output wire [31:0] gain,"},
        {"v", "    input  wire [31:0] level,"},
        {"v", "    input  wire [7:0]  n_hits_add,"},
        {"v", "    output wire [31:0] n_hits"},
        {"v", "    assign n_hits = n_hits_q;"},
        {"v", "            gain_q <= 32'h10;"},
        {"v", "            gain_q <= (csr_wdata & 32'h8000ffff);"},
        {"v", "    reg [7:0] sparse_q;"},
        {"v", "    assign sparse = {24'd0, sparse_q};"},
        {"v", "            sparse_q <= (csr_wdata[7:0] & 8'hf2);"},
        {"v", "                8'h94: rdata_q <= {24'd0, sparse_q};"},
        {"v", "    reg [2:0] faults_q;"},
        {"v", "            faults_q <= faults_q | faults_set[2:0];"},
        {"v", "            faults_q <= 3'h1;"},
        {"v", "assign window_we = csr_we && csr_addr == 8'hfc;"},
        {"body", "module slot_body #("},
        {"body", "    assign capacity = 32'd16;"},
        {"body", "    assign in_packets = 1'b1;"},
        {"body", "    t #(.W (W), .N_RULE (16)) fn ("},
        {"md", "| 0x80 | `GAIN` | rw | 0x10 | How loud |\n"
               "| | `VALUE` [15:0] | | | In Q8.8 |\n"
               "| | `MUTE` [31] | | | Silence |\n"},
        {"md", "16 entries in the RTL body, 100 in the C body, counted by "
               "`N_RULES`"},
        {"md", "| 0x94 | `SPARSE` | rw | 0x0 | Gaps |\n"},
        {"md", "| 0 | `SRC` | Address |\n"},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct cli_result r = generate("t", row[k].out, whole);
        assert_int_equal(r.status, 0);
        assert_string_equal(r.err, "");
        if (strstr(r.out, row[k].part) == NULL) {
            print_error("'%s' is not in:\n%s", row[k].part, r.out);
        }
        assert_non_null(strstr(r.out, row[k].part));
        cli_free(&r);
    }
}

static void another_output_is_refused(void **state)
{
    struct cli_result r = generate("t", "pdf", REG);

    (void)state;
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "out must be h, v, body or md"));
    cli_free(&r);
}

/* The layout hash of 'csr'; the RTL body gets the same. */
static unsigned long version_of(const char *csr)
{
    static const char in_h[] = ".version = ", in_body[] = "layout = 32'h";
    struct cli_result h = generate("t", "h", csr);
    struct cli_result body = generate("t", "body", csr);
    const char *at_h = strstr(h.out, in_h);
    const char *at_body = strstr(body.out, in_body);

    assert_non_null(at_h);
    assert_non_null(at_body);
    unsigned long version = strtoul(at_h + strlen(in_h), NULL, 16);
    assert_int_equal(strtoul(at_body + strlen(in_body), NULL, 16), version);
    cli_free(&h);
    cli_free(&body);
    return version;
}

static void version_is_that_of_registers_and_table(void **state)
{
    static const struct {
        const char *csr;
        bool same;
    } row[] = {
        {REG COUNT TABLE, true},
        {"0x80 GAIN rw 0x10 How silent\n" COUNT TABLE, true},
        {REG COUNT "table RULE 16 100 8 N_RULES Last match\n", true},
        {"# Comment\n" REG COUNT TABLE "  word 0 SRC Address\n", true},
        /* State of one depth loads into a body of another if it fits. */
        {REG COUNT "table RULE 8 50 8 N_RULES First match\n", true},
        {"0x90 GAIN rw 0x10 How loud\n" COUNT TABLE, false},
        {"0x80 GAIN ro 0x10 How loud\n" COUNT TABLE, false},
        {"0x80 GAIN count 0x10 How loud\n" COUNT TABLE, false},
        {"0x80 LOUD rw 0x10 How loud\n" COUNT TABLE, false},
        {REG COUNT "table RULE 16 100 4 N_RULES First match\n", false},
        {REG COUNT, false},
        {COUNT TABLE, false},
        {COUNT REG TABLE, false}, /* a blob holds words in .csr order */
    };
    unsigned long version = version_of(REG COUNT TABLE);

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        print_message("row %zu\n", k);
        assert_int_equal(version_of(row[k].csr) == version, row[k].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_registers_are_refused),
        cmocka_unit_test(bad_fields_are_refused),
        cmocka_unit_test(bad_streams_are_refused),
        cmocka_unit_test(bad_tables_are_refused),
        cmocka_unit_test(only_common_has_registers_below_0x80),
        cmocka_unit_test(what_is_at_the_edge_is_taken),
        cmocka_unit_test(each_output_has_its_parts),
        cmocka_unit_test(another_output_is_refused),
        cmocka_unit_test(version_is_that_of_registers_and_table),
    };

    return cmocka_run_group_tests(tests, NULL, cli_remove_dir);
}
