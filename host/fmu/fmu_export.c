/* fmu_export.c - writes an FMU: a zip archive of texts and a shared object. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "core/base/beside.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "host/fmu/fmu.h"

/* What goes into the archive. */
struct parts {
    char *description;
    char *documentation;
    struct text_file object;
};

static void parts_close(struct parts *p)
{
    free(p->description);
    free(p->documentation);
    text_close(&p->object);
}

/*
 * True when these are all bytes of an object for this machine: the table of
 * sections is the last thing in it.
 */
static bool is_whole(const struct text_file *object)
{
    Elf64_Ehdr head;

    if (object->n < sizeof head) {
        return false;
    }
    memcpy(&head, object->text, sizeof head);
    return memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 &&
           head.e_machine == EM_X86_64 && head.e_type == ET_DYN &&
           head.e_shoff <= object->n &&
           (uint64_t)head.e_shnum * head.e_shentsize <=
               object->n - head.e_shoff;
}

/* True when the object holds this layout: its id and version stand side by
 * side there. */
static bool is_of(const struct csr_layout *l, const struct text_file *object)
{
    const uint32_t pair[] = {l->id, l->version};

    return memmem(object->text, object->n, pair, sizeof pair) != NULL;
}

static int open_object(const struct csr_layout *l, struct text_file *out)
{
    char dir[BESIDE_PATH];
    char path[BESIDE_PATH + 64];
    int err = beside_find("fmu", "shared objects for FMUs", dir);

    if (err < 0) {
        return err;
    }
    (void)snprintf(path, sizeof path, "%s/%s.so", dir, l->name); /* fits */
    if (text_open(path, out) < 0) {
        return ERR_MISSING; /* the message has been printed */
    }
    out->name = l->name; /* not the path, which ends here */
    if (!is_whole(out) || !is_of(l, out)) {
        text_close(out);
        return err_say(ERR_MISSING,
                       "%s: not a whole object of this version of %s, expected "
                       "what make builds",
                       path, l->name);
    }
    return 0;
}

static int parts_make(const struct fn *fn, const char *tool, struct parts *p)
{
    int err = fmu_description(fn, tool, &p->description);

    err = err < 0 ? err : fmu_documentation(fn, &p->documentation);
    if (err < 0) {
        return err_say(err, "%s: not enough memory", fn->csr->name);
    }
    return open_object(fn->csr, &p->object);
}

/* Adds file 'name', always with the same date: the least that zip knows. */
static bool add(zip_t *z, const char *name, const void *data, size_t n)
{
    zip_source_t *s = zip_source_buffer(z, data, n, 0);
    zip_int64_t k = s != NULL ? zip_file_add(z, name, s, ZIP_FL_ENC_UTF_8) : -1;

    if (k < 0) {
        zip_source_free(s);
        return false;
    }
    return zip_file_set_dostime(z, (zip_uint64_t)k, 0, 0x21, 0) == 0;
}

static int refuse(const char *out, int code)
{
    zip_error_t e;
    int err = code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS ? ERR_BAD_INPUT
              : code == ZIP_ER_MEMORY                       ? ERR_NO_MEM
                                                            : ERR_IO;

    zip_error_init_with_code(&e, code);
    (void)err_say(err, "%s: %s%s", out, zip_error_strerror(&e),
                  err == ERR_BAD_INPUT
                      ? "; a file that is no archive is not replaced"
                      : "");
    zip_error_fini(&e);
    return err;
}

/* An archive to fill, which takes the place of 'out' when it is closed. */
static int open_archive(const char *out, zip_t **z)
{
    int code = 0;

    *z = zip_open(out, ZIP_CREATE, &code); /* refuses what is no archive */
    if (*z != NULL) {
        zip_discard(*z);
        *z = zip_open(out, ZIP_CREATE | ZIP_TRUNCATE, &code);
    }
    return *z != NULL ? 0 : refuse(out, code);
}

static int write_archive(const struct fn *fn, const struct parts *p,
                         const char *out)
{
    char binary[96];
    zip_t *z = NULL;
    int err = open_archive(out, &z);

    if (err < 0) {
        return err;
    }
    (void)snprintf(binary, sizeof binary, "binaries/x86_64-linux/%s.so",
                   fn->csr->name); /* fits */
    if (!add(z, "modelDescription.xml", p->description,
             strlen(p->description)) ||
        !add(z, "documentation/index.html", p->documentation,
             strlen(p->documentation)) ||
        !add(z, binary, p->object.text, p->object.n) || zip_close(z) < 0) {
        err = err_say(ERR_IO, "%s: %s", out, zip_strerror(z));
        zip_discard(z);
    }
    return err;
}

int fmu_export(const struct fn *fn, const char *tool, const char *out)
{
    struct parts p = {0};

    if (!fmu_can(fn->csr)) {
        return err_say(ERR_BAD_INPUT,
                       "%s: its streams are not for FMUs, expected a function "
                       "of packets or of 16-bit samples",
                       fn->csr->name);
    }
    int err = parts_make(fn, tool, &p);
    err = err < 0 ? err : write_archive(fn, &p, out);
    parts_close(&p);
    return err;
}
