/* image_file.c - see image_file.h. */
#include "drivers/image/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sha256.h>

#include "core/base/err.h"

_Static_assert(SHA256_DIGEST_LENGTH == IMAGE_SHA_BYTES, "a SHA-256");

/* The clock that the kernel takes the times of files from. */
static struct timespec file_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now); /* cannot fail */
    return now;
}

/* 'now' was the time before 'st' was taken. */
static struct image_stamp stamp_of(const struct stat *st, struct timespec now)
{
    struct image_stamp s = {
        .device = st->st_dev,
        .inode = st->st_ino,
        .n_bytes = (uint64_t)st->st_size,
        .written = st->st_mtim,
        .changed = st->st_ctim,
    };

    s.settled =
        s.changed.tv_sec < now.tv_sec ||
        (s.changed.tv_sec == now.tv_sec && s.changed.tv_nsec < now.tv_nsec);
    return s;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool image_stamp_equal(const struct image_stamp *a, const struct image_stamp *b)
{
    return a->device == b->device && a->inode == b->inode &&
           a->n_bytes == b->n_bytes && same_time(&a->written, &b->written) &&
           same_time(&a->changed, &b->changed);
}

bool image_file_stamp(const char *path, struct image_stamp *out)
{
    struct timespec now = file_clock();
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    *out = stamp_of(&st, now);
    return true;
}

/* A descriptor of 'path', a plain file of at most 'max' bytes, or an error. */
static int file_open(const char *path, const char *what, size_t max,
                     struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not of a pipe */
    int err = ERR_BAD_INPUT;

    if (fd < 0) {
        bool missing =
            errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
        return missing ? err_say(ERR_MISSING,
                                 "%s: no such file, expected %s (make builds "
                                 "it)",
                                 path, what)
                       : err_say(err, "%s: %s, expected %s", path,
                                 strerror(errno), what);
    }
    if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
        err_say(err, "%s: not a plain file, expected %s", path, what);
        goto fail;
    }
    if (st->st_size < 0 || (uint64_t)st->st_size > max) {
        err_say(err, "%s: has %lld bytes, expected %s of at most %zu", path,
                (long long)st->st_size, what, max);
        goto fail;
    }
    return fd;

fail:
    (void)close(fd); /* only read from */
    return err;
}

/* As read(2), but fewer bytes than asked for mean the end. */
static ssize_t file_read(int fd, unsigned char *to, size_t n)
{
    size_t at = 0;
    ssize_t got;

    do {
        got = read(fd, to + at, n - at);
        at += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && at < n) || (got < 0 && errno == EINTR));
    return got < 0 ? got : (ssize_t)at;
}

int image_file_read(const char *path, const char *what, size_t max,
                    unsigned char **text, size_t *n)
{
    struct stat st = {.st_size = 0};
    unsigned char *bytes = NULL;
    int err = ERR_NO_MEM;
    int fd = file_open(path, what, max, &st);

    if (fd < 0) {
        return fd;
    }
    bytes = malloc((size_t)st.st_size + 1);
    if (bytes == NULL) {
        err_say(err, "%s: not enough memory to read it", path);
        goto fail;
    }
    ssize_t got = file_read(fd, bytes, (size_t)st.st_size);
    if (got < 0) {
        err = err_say(ERR_BAD_INPUT, "%s: %s, expected %s", path,
                      strerror(errno), what);
        goto fail;
    }
    (void)close(fd); /* only read from */
    *text = bytes;
    *n = (size_t)got;
    return 0;

fail:
    (void)close(fd); /* only read from */
    free(bytes);
    return err;
}

int image_file_hash(const char *path, uint8_t sha256[IMAGE_SHA_BYTES],
                    struct image_stamp *stamp)
{
    unsigned char part[1 << 14];
    struct stat st = {.st_size = 0};
    SHA2_CTX c;
    ssize_t got;
    uint64_t n = 0;
    struct timespec now = file_clock();
    int fd = file_open(path, "an image", IMAGE_FILE_BYTES, &st);

    if (fd < 0) {
        return fd;
    }
    *stamp = stamp_of(&st, now);
    SHA256Init(&c);
    do {
        got = file_read(fd, part, sizeof part);
        SHA256Update(&c, part, got > 0 ? (size_t)got : 0);
        n += got > 0 ? (uint64_t)got : 0;
    } while (got == sizeof part && n <= IMAGE_FILE_BYTES);
    int err = got < 0 ? err_say(ERR_BAD_INPUT, "%s: %s, expected an image",
                                path, strerror(errno))
                      : 0;
    (void)close(fd); /* only read from */
    if (err == 0) {
        SHA256Final(sha256, &c);
    }
    return err;
}

void image_hash(const void *bytes, size_t n, uint8_t sha256[IMAGE_SHA_BYTES])
{
    SHA2_CTX c;

    SHA256Init(&c);
    SHA256Update(&c, bytes, n);
    SHA256Final(sha256, &c);
}

void image_hash_text(const uint8_t sha256[IMAGE_SHA_BYTES],
                     char text[IMAGE_SHA_TEXT])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t k = 0; k < IMAGE_SHA_BYTES; k++) {
        text[2 * k] = digits[sha256[k] >> 4];
        text[2 * k + 1] = digits[sha256[k] & 15];
    }
    text[IMAGE_SHA_TEXT - 1] = '\0';
}

bool image_hash_parse(const char *text, uint8_t sha256[IMAGE_SHA_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    if (strlen(text) != IMAGE_SHA_TEXT - 1 ||
        strspn(text, digits) != IMAGE_SHA_TEXT - 1) {
        return false;
    }
    for (size_t k = 0; k < IMAGE_SHA_BYTES; k++) {
        size_t high = (size_t)(strchr(digits, text[2 * k]) - digits);
        size_t low = (size_t)(strchr(digits, text[2 * k + 1]) - digits);
        sha256[k] = (uint8_t)(high << 4 | low);
    }
    return true;
}
