/*
 * image_file.h - files of the folder of images, which may be anything: opened
 * only when they are plain files of a size that can be, and their SHA-256.
 *
 * ERR_MISSING without such a file, ERR_BAD_INPUT for one that is not what it
 * should be, ERR_NO_MEM; the message has been printed.
 */
#ifndef DRIVERS_IMAGE_IMAGE_FILE_H
#define DRIVERS_IMAGE_IMAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    IMAGE_SHA_BYTES = 32,
    IMAGE_SHA_TEXT = 65,        /* its hexadecimal digits and a NUL */
    IMAGE_FILE_BYTES = 1 << 28, /* largest image */
};

/*
 * What tells the content of a file from that of another and from its own at
 * another time: a write, even within one tick of the clock, changes the stamp
 * when 'settled' is true.
 */
struct image_stamp {
    uint64_t device, inode, n_bytes;
    struct timespec written, changed;
    bool settled; /* not written within the current tick of the clock */
};

bool image_stamp_equal(const struct image_stamp *a,
                       const struct image_stamp *b);

/* The stamp of 'path', which may be no file at all. False if there is none. */
bool image_file_stamp(const char *path, struct image_stamp *out);

/* All of a file of at most 'max' bytes; 'what' it should be is for messages.
 * The caller frees '*text'. */
int image_file_read(const char *path, const char *what, size_t max,
                    unsigned char **text, size_t *n);

/* The hash of an image, and the stamp it had before that was computed. */
int image_file_hash(const char *path, uint8_t sha256[IMAGE_SHA_BYTES],
                    struct image_stamp *stamp);

/* The hash of 'n' bytes. */
void image_hash(const void *bytes, size_t n, uint8_t sha256[IMAGE_SHA_BYTES]);

/* 64 lower-case hexadecimal digits, to and from; false for any other text. */
void image_hash_text(const uint8_t sha256[IMAGE_SHA_BYTES],
                     char text[IMAGE_SHA_TEXT]);
bool image_hash_parse(const char *text, uint8_t sha256[IMAGE_SHA_BYTES]);

#endif
