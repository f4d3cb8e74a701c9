/* image_copy.h - runs the program with images that a test has spoilt. */
#ifndef TESTS_IMAGE_COPY_H
#define TESTS_IMAGE_COPY_H

#include "tests/cli_check.h"

/* A copy of the images in images/, and words to spoil it with. */
#define COPY                                                                 \
    "rm -rf images; cp -r \"$PRECAST_IMAGES\" images; cd images; "           \
    "resum() { sed -i '/^sum:/d' $1; "                                       \
    "echo \"sum: $(sha256sum $1 | cut -c1-64)\" >>$1; }; "                   \
    "edit() { sed -i \"$1\" acl.yaml; resum acl.yaml; }; "                   \
    "rehash() { edit \"/acl-w64.so/s/sha256: [0-9a-f]*/sha256: $(sha256sum " \
    "acl-w64.so | cut -c1-64)/\"; }; "

/* Runs "precast ARGS" with a copy of the images that 'how' has changed. */
static inline struct cli_result run_with(const char *how, const char *args)
{
    char command[4096];
    int n = snprintf(command, sizeof command,
                     COPY "%s\ncd %s; PRECAST_IMAGES=images $PRECAST %s", how,
                     cli_dir(), args);

    assert_true(n > 0 && (size_t)n < sizeof command);
    return cli_shell(command);
}

#endif
