/*
 * manifest.h - what the folder of images says about those of one function:
 * NAME.yaml, written by rtl/tools/manifest.sh.
 *
 *   image: acl
 *   id: 0x098f1126                # hash of the name
 *   layout: 0x749f7876            # hash of registers and tables
 *   abi: { image: 1, slot: 0xc5d42d64, metadata: 48 }
 *   streams: { in: pkt, out: pkt }
 *   tables: { RULE: 16 }          # entries that the images hold
 *   c: acl_fn                     # symbol of the C body
 *   simulated:
 *     - { file: acl-w64.so, width: 64, faults: false, build: 0x.., sha256: .. }
 *   bitstreams:
 *     - { board: hx8k, file: acl-hx8k.bin, width: 64, build: 0x..,
 *         fmax_mhz: 62.3, cells: 4100, seed: 2, sha256: .. }
 *   tools: { verilator: 5.006, g++: 12.2.0 }
 *   sum: ..                       # SHA-256 of all lines before this one
 *
 * 'abi.image' is SIM_ABI of sim/image.h, 'abi.slot' the hash of the registers
 * of every slot, 'build' begins the hash of the sources an image was made of.
 * All keys but 'bitstreams' are required, no others are known, and a manifest
 * that lost or changed a byte is refused by its sum.
 */
#ifndef DRIVERS_IMAGE_MANIFEST_H
#define DRIVERS_IMAGE_MANIFEST_H

#include "core/csr.h"
#include "drivers/image/image_file.h"

enum {
    MANIFEST_BYTES = 1 << 16, /* longest file */
    MANIFEST_TEXT = 64,       /* a name and its NUL */
    MANIFEST_IMAGES_MAX = 32, /* of each kind */
    MANIFEST_TOOLS_MAX = 8,
    MANIFEST_METADATA_BITS = 48,
};

struct manifest_image {
    char board[MANIFEST_TEXT]; /* "" for a simulated image */
    char file[MANIFEST_TEXT];  /* beside the manifest */
    uint32_t width_bits;
    uint32_t build;
    uint8_t sha256[IMAGE_SHA_BYTES];
    bool faults;     /* simulated: faults can be injected */
    double fmax_mhz; /* bitstream, as are cells and seed */
    uint32_t cells;  /* logic cells in use */
    uint32_t seed;   /* of place and route */
};

struct manifest_table {
    char name[MANIFEST_TEXT];
    uint32_t n_entries;
};

struct manifest_tool {
    char name[MANIFEST_TEXT];
    char version[MANIFEST_TEXT];
};

struct manifest {
    struct manifest_table table[CSR_TABLES_MAX]; /* in the function's order */
    size_t n_tables;
    struct manifest_image image[2 * MANIFEST_IMAGES_MAX]; /* simulated first */
    size_t n_images;
    struct manifest_tool tool[MANIFEST_TOOLS_MAX];
    size_t n_tools;
};

/*
 * Reads 'file' and compares it with the function that this program has and
 * with 'abi', its SIM_ABI.  ERR_MISSING without the file; ERR_BAD_INPUT when it
 * is no manifest or one for something else; ERR_NO_MEM.  The message, one line
 * with FILE:LINE:COLUMN, has been printed.
 */
int manifest_read(const char *file, const struct csr_layout *fn, uint32_t abi,
                  struct manifest *out);

#endif
