/*
 * fmu_text_test.c - descriptions of a function made for this test, line by line
 * as clause 2.4 of FMI 3.0 has them.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/fmu/fmu.h"

static const struct csr_reg regs[] = {
    {"LIMIT", 0x80, CSR_RW, 5, 0xff, "a < b & \"c\" > d", NULL, 0},
    {"ANY", 0x84, CSR_RW, 0, 0xffffffff, "All bits", NULL, 0},
    {"N_SEEN", 0x88, CSR_COUNT, 0, 0xffffffff, "Counted", NULL, 0},
    {"WRONG", 0x8c, CSR_STICKY, 0, 0x3, "Bits that stay", NULL, 0},
    {"LEVEL", 0x90, CSR_RO, 0, 0xffffffff, "A live value", NULL, 0},
    {"WINDOW_INDEX", 0xf8, CSR_RW, 0, 0xf00fffff, "Leads to tables", NULL, 0},
};

static const struct csr_table tables[] = {
    {"FIRST", 4, 3, 0x84, "Four of three words"},
    {"SECOND", 7, 1, 0x84, "Seven of one"},
};

static const struct csr_layout layout = {
    .name = "made",
    .id = 0x12,
    .version = 0xabcdef01,
    .in = FN_PKT,
    .out = FN_PKT,
    .regs = regs,
    .n_regs = CHECK_ROWS(regs),
    .tables = tables,
    .n_tables = CHECK_ROWS(tables),
};

static const struct fn made = {.csr = &layout, .summary = "one & two"};

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        printf("no '%s' in\n%s", part, text);
    }
    assert_non_null(strstr(text, part));
}

static void the_description_has_every_kind_of_variable(void **state)
{
    static const char *const lines[] = {
        "<fmiModelDescription fmiVersion=\"3.0\" modelName=\"made\" "
        "instantiationToken=\"precast-00000012-abcdef01\" "
        "description=\"one &amp; two\" generationTool=\"a &lt;tool&gt;\"",
        "<CoSimulation modelIdentifier=\"made\"",
        "<UInt32 name=\"LIMIT\" valueReference=\"128\" "
        "description=\"a &lt; b &amp; &quot;c&quot; &gt; d\" "
        "causality=\"parameter\" variability=\"tunable\" min=\"0\" "
        "max=\"255\" start=\"5\"/>",
        "<UInt32 name=\"ANY\" valueReference=\"132\" description=\"All bits\" "
        "causality=\"parameter\" variability=\"tunable\" start=\"0\"/>",
        "<UInt32 name=\"N_SEEN\" valueReference=\"136\" "
        "description=\"Counted\" causality=\"output\" "
        "variability=\"discrete\" initial=\"exact\" start=\"0\"/>",
        "<UInt32 name=\"WRONG\" valueReference=\"140\" "
        "description=\"Bits that stay\" causality=\"output\" "
        "variability=\"discrete\" initial=\"exact\" min=\"0\" max=\"3\" "
        "start=\"0\"/>",
        "<UInt32 name=\"LEVEL\" valueReference=\"144\" "
        "description=\"A live value\" causality=\"output\" "
        "variability=\"discrete\" initial=\"calculated\"/>",
        "<UInt32 name=\"FIRST\" valueReference=\"16\" "
        "description=\"Four of three words\" causality=\"parameter\" "
        "variability=\"tunable\" start=\"0\">\n"
        "      <Dimension start=\"4\"/>\n      <Dimension start=\"3\"/>\n",
        "<UInt32 name=\"SECOND\" valueReference=\"17\"",
        "<Output valueReference=\"140\" dependencies=\"\"/>",
        "<InitialUnknown valueReference=\"144\"/>",
    };
    char *text = NULL;

    (void)state;
    assert_int_equal(fmu_description(&made, "a <tool>", &text), 0);
    for (size_t k = 0; k < CHECK_ROWS(lines); k++) {
        assert_has(text, lines[k]);
    }
    assert_null(strstr(text, "WINDOW_INDEX"));
    assert_null(strstr(text, "<InitialUnknown valueReference=\"136\"/>"));
    free(text);
}

static void the_documentation_names_every_variable(void **state)
{
    char *text = NULL;

    (void)state;
    assert_int_equal(fmu_documentation(&made, &text), 0);
    assert_has(text, "<h1>made</h1>\n<p>one &amp; two.</p>");
    assert_has(text, "<tr><td>LIMIT</td><td>128</td><td>a &lt; b &amp; "
                     "&quot;c&quot; &gt; d</td></tr>");
    assert_has(text, "<td>SECOND</td><td>17</td>");
    assert_has(text, "its size is 1");
    free(text);
}

static void variables_are_found_by_their_reference(void **state)
{
    struct fmu_var v;

    (void)state;
    assert_true(fmu_var_find(&layout, 0x88, &v));
    assert_string_equal(v.name, "N_SEEN");
    assert_true(fmu_var_find(&layout, FMU_TABLE + 1, &v));
    assert_ptr_equal(v.table, &tables[1]);
    assert_true(fmu_var_find(&layout, FMU_IN_USER, &v));
    assert_false(fmu_var_find(&layout, CSR_WINDOW_INDEX, &v));
    assert_false(fmu_var_find(&layout, FMU_TABLE + 2, &v));
}

static void only_packets_and_short_samples_go_into_fmus(void **state)
{
    static const struct {
        enum fn_type in, out;
        bool can;
        size_t max_bytes;
    } row[] = {
        {FN_PKT, FN_PKT, true, 1 << 18}, {FN_IQ16, FN_IQ16, true, 4096 * 4},
        {FN_PKT, FN_IQ16, false, 0},     {FN_CF32, FN_REC, false, 0},
        {FN_CF32, FN_CF32, false, 0},
    };

    (void)state;
    for (size_t k = 0; k < CHECK_ROWS(row); k++) {
        struct csr_layout l = {.in = row[k].in, .out = row[k].out};
        struct fmu_var v;
        assert_int_equal(fmu_can(&l), row[k].can);
        if (row[k].can) {
            assert_int_equal(fmu_max_bytes(&l), row[k].max_bytes);
            assert_int_equal(fmu_var_find(&l, FMU_OUT_USER, &v),
                             row[k].in == FN_PKT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_description_has_every_kind_of_variable),
        cmocka_unit_test(the_documentation_names_every_variable),
        cmocka_unit_test(variables_are_found_by_their_reference),
        cmocka_unit_test(only_packets_and_short_samples_go_into_fmus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
