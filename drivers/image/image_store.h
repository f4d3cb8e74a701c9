/*
 * image_store.h - the folder of images: where it is, and which file in it is
 * the image that a slot needs, so that nothing is loaded that was cut short,
 * changed, or made for something else.
 *
 * A file is what its manifest says when it is given out.  That keeps accidents
 * away, not attackers: loading a shared object runs its code, and who may write
 * to the folder may write a manifest, too.
 *
 * A store belongs to one thread.  Errors, with the message printed, are
 * ERR_MISSING without a folder, file or entry, ERR_BAD_INPUT for a file or
 * manifest that is not what it should be, ERR_NO_MEM.
 */
#ifndef DRIVERS_IMAGE_IMAGE_STORE_H
#define DRIVERS_IMAGE_IMAGE_STORE_H

#include "core/base/beside.h"
#include "drivers/image/manifest.h"

enum { IMAGE_PATH = BESIDE_PATH };

struct image_store;

/*
 * Opens $PRECAST_IMAGES or the folder beside the program.  'abi' is the
 * program's SIM_ABI.  image_store_close() takes NULL.
 */
int image_store_open(uint32_t abi, struct image_store **out);

/* The same of the folder 'below' that one, like "../mutant/image". */
int image_store_open_below(uint32_t abi, const char *below,
                           struct image_store **out);
void image_store_close(struct image_store *s);

const char *image_store_dir(const struct image_store *s);

/* The manifest of the images of 'fn'. */
int image_store_manifest(const struct image_store *s,
                         const struct csr_layout *fn, struct manifest *out);

/*
 * The path of image 'i' of a manifest, after its hash has been verified.  That
 * is remembered as long as nobody touches the file.
 */
int image_store_verify(struct image_store *s, const struct manifest_image *i,
                       char path[IMAGE_PATH]);

/* The simulated image of 'fn' with these streams, verified. */
struct image_found {
    char path[IMAGE_PATH];
    uint32_t build;                    /* hash of its sources */
    uint32_t capacity[CSR_TABLES_MAX]; /* entries of each table */
};

int image_store_find(struct image_store *s, const struct csr_layout *fn,
                     uint32_t width_bits, bool faults, struct image_found *out);

#endif
