/*
 * manifest_part.h - what the parts of reading a manifest share.  The rest of
 * the program uses manifest.h.
 *
 * All return ERR_BAD_INPUT, with the message printed.
 */
#ifndef DRIVERS_IMAGE_MANIFEST_PART_H
#define DRIVERS_IMAGE_MANIFEST_PART_H

#include "core/yaml/yaml_doc.h"
#include "drivers/image/manifest.h"

struct manifest_part {
    struct yaml_doc y;
    const struct csr_layout *fn;
    uint32_t abi;
    struct manifest *m; /* half built; its counts say how far */
};

/* Text that may be a file's name: no blanks, no slashes, no leading point. */
int manifest_word(const struct manifest_part *r, const yaml_node_t *node,
                  const char *what, char out[MANIFEST_TEXT]);
int manifest_u32(const struct manifest_part *r, const yaml_node_t *node,
                 const char *what, uint32_t min, uint32_t max, uint32_t *value);

/* The lists of images; simulated ones come first. */
int manifest_simulated(struct manifest_part *r, const yaml_node_t *node);
int manifest_bitstreams(struct manifest_part *r, const yaml_node_t *node);

#endif
