/* fmu_text.c - modelDescription.xml and the documentation of an FMU. */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "host/fmu/fmu.h"

/* 'text' with what XML and HTML reserve spelled out. */
static void put_text(FILE *f, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&': (void)fputs("&amp;", f); break;
        case '<': (void)fputs("&lt;", f); break;
        case '>': (void)fputs("&gt;", f); break;
        case '"': (void)fputs("&quot;", f); break;
        default: (void)fputc(*c, f);
        }
    }
}

static void put_attribute(FILE *f, const char *name, const char *text)
{
    (void)fprintf(f, " %s=\"", name);
    put_text(f, text);
    (void)fputc('"', f);
}

static bool is_output(const struct fmu_var *v)
{
    return v->ref == FMU_OUT || v->ref == FMU_OUT_USER ||
           v->ref == FMU_DIGEST_IN || v->ref == FMU_DIGEST_OUT ||
           (v->reg != NULL && v->reg->access != CSR_RW);
}

/* True for an output that begins with a start value, which may be set. */
static bool has_start(const struct fmu_var *v)
{
    return v->reg != NULL &&
           (v->reg->access == CSR_COUNT || v->reg->access == CSR_STICKY);
}

static const char *element_of(const struct fmu_var *v)
{
    switch (v->ref) {
    case FMU_TIME: return "Float64";
    case FMU_IN:
    case FMU_OUT: return "Binary";
    case FMU_IN_USER:
    case FMU_OUT_USER: return "UInt64";
    default: return "UInt32";
    }
}

/* What a variable is, as the standard's table 18 allows it. */
static void put_causality(FILE *f, const struct fmu_var *v)
{
    if (v->ref == FMU_TIME) {
        (void)fputs(" causality=\"independent\" variability=\"continuous\"", f);
    } else if (is_output(v)) {
        (void)fprintf(f,
                      " causality=\"output\" variability=\"discrete\" "
                      "initial=\"%s\"",
                      has_start(v) ? "exact" : "calculated");
    } else if (v->ref == FMU_IN || v->ref == FMU_IN_USER) {
        (void)fputs(" causality=\"input\" variability=\"discrete\"", f);
    } else {
        (void)fputs(" causality=\"parameter\" variability=\"tunable\"", f);
    }
}

static void put_variable(FILE *f, const struct csr_layout *l,
                         const struct fmu_var *v)
{
    (void)fprintf(f, "    <%s", element_of(v));
    put_attribute(f, "name", v->name);
    (void)fprintf(f, " valueReference=\"%u\"", v->ref);
    put_attribute(f, "description", v->help);
    put_causality(f, v);
    if (v->reg != NULL && v->reg->mask != UINT32_MAX) {
        (void)fprintf(f, " min=\"0\" max=\"%u\"", v->reg->mask);
    }
    if (v->reg != NULL && (has_start(v) || !is_output(v))) {
        (void)fprintf(f, " start=\"%u\"", v->reg->reset);
    } else if (v->ref == FMU_IN_USER) {
        (void)fprintf(f, " max=\"%llu\" start=\"0\"", (1ULL << 48) - 1);
    } else if (v->ref == FMU_IN || v->ref == FMU_OUT) {
        (void)fprintf(f, " maxSize=\"%zu\"", fmu_max_bytes(l));
    }
    if (v->table != NULL) {
        (void)fprintf(f,
                      " start=\"0\">\n      <Dimension start=\"%u\"/>\n"
                      "      <Dimension start=\"%u\"/>\n    </UInt32>\n",
                      v->table->depth, v->table->words);
    } else if (v->ref == FMU_IN) {
        (void)fprintf(f, ">\n      <Start value=\"%s\"/>\n    </Binary>\n",
                      l->in == FN_PKT ? "" : "00000000");
    } else {
        (void)fputs("/>\n", f);
    }
}

/*
 * Outputs change in steps only, so at a communication point none depends on an
 * input; those without a start value are unknown until the FMU is initialized.
 */
static void put_structure(FILE *f, const struct csr_layout *l)
{
    struct fmu_var v;

    (void)fputs("  <ModelStructure>\n", f);
    for (size_t k = 0; fmu_var_at(l, k, &v); k++) {
        if (is_output(&v)) {
            (void)fprintf(
                f, "    <Output valueReference=\"%u\" dependencies=\"\"/>\n",
                v.ref);
        }
    }
    for (size_t k = 0; fmu_var_at(l, k, &v); k++) {
        if (is_output(&v) && !has_start(&v)) {
            (void)fprintf(f, "    <InitialUnknown valueReference=\"%u\"/>\n",
                          v.ref);
        }
    }
    (void)fputs("  </ModelStructure>\n", f);
}

/* Ends the text of open_memstream(). */
static int finish(FILE *f, char **made, char **text)
{
    bool failed = ferror(f) != 0;

    failed = fclose(f) != 0 || failed;
    if (failed) {
        free(*made);
        return ERR_NO_MEM;
    }
    *text = *made;
    return 0;
}

int fmu_description(const struct fn *fn, const char *tool, char **text)
{
    const struct csr_layout *l = fn->csr;
    char token[FMU_TOKEN];
    char *made = NULL;
    size_t size = 0;
    struct fmu_var v;
    FILE *f = open_memstream(&made, &size);

    if (f == NULL) {
        return ERR_NO_MEM;
    }
    fmu_token(l, token);
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<fmiModelDescription fmiVersion=\"3.0\"",
                f);
    put_attribute(f, "modelName", l->name);
    put_attribute(f, "instantiationToken", token);
    put_attribute(f, "description", fn->summary);
    put_attribute(f, "generationTool", tool);
    (void)fputs(" variableNamingConvention=\"flat\">\n  <CoSimulation", f);
    put_attribute(f, "modelIdentifier", l->name);
    (void)fprintf(f,
                  " canGetAndSetFMUState=\"true\" "
                  "canSerializeFMUState=\"true\" %s/>\n"
                  "  <LogCategories>\n    <Category name=\"logStatusError\"/>\n"
                  "  </LogCategories>\n"
                  "  <DefaultExperiment startTime=\"0\" stepSize=\"1\"/>\n"
                  "  <ModelVariables>\n",
                  l->in == FN_PKT
                      ? "fixedInternalStepSize=\"1\""
                      : "canHandleVariableCommunicationStepSize=\"true\"");
    for (size_t k = 0; fmu_var_at(l, k, &v); k++) {
        put_variable(f, l, &v);
    }
    (void)fputs("  </ModelVariables>\n", f);
    put_structure(f, l);
    (void)fputs("</fmiModelDescription>\n", f);
    return finish(f, &made, text);
}

static const char packets_help[] =
    "<p>Time is the number of the next packet.  A step takes the packet whose "
    "bytes are in <code>in</code>, from the destination MAC on, and whose "
    "metadata is in <code>in_user</code>; its size is 1.  What became of it is "
    "in <code>out</code> and <code>out_user</code>; dropping is a flag "
    "there.</p>\n";
static const char samples_help[] =
    "<p>Time is the number of the next sample.  A step takes the burst of 1 to "
    "4096 samples in <code>in</code>, each a little-endian 16-bit I and Q; its "
    "size is their number.  What became of them is in <code>out</code>.</p>\n";

int fmu_documentation(const struct fn *fn, char **text)
{
    const struct csr_layout *l = fn->csr;
    char *made = NULL;
    size_t size = 0;
    struct fmu_var v;
    FILE *f = open_memstream(&made, &size);

    if (f == NULL) {
        return ERR_NO_MEM;
    }
    (void)fprintf(f,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta "
                  "charset=\"utf-8\"><title>%s</title></head>\n<body>\n"
                  "<h1>%s</h1>\n<p>",
                  l->name, l->name);
    put_text(f, fn->summary);
    (void)fprintf(f,
                  ".</p>\n%s<p>Parameters take effect before the next step.  "
                  "Set a table before the register that counts its entries in "
                  "use: what it holds beyond them is not saved with the "
                  "state.</p>\n<table>\n",
                  l->in == FN_PKT ? packets_help : samples_help);
    for (size_t k = 0; fmu_var_at(l, k, &v); k++) {
        (void)fprintf(f, "<tr><td>%s</td><td>%u</td><td>", v.name, v.ref);
        put_text(f, v.help);
        (void)fputs("</td></tr>\n", f);
    }
    (void)fputs("</table>\n</body>\n</html>\n", f);
    return finish(f, &made, text);
}
