/* file.c - see file.h. */
#include "core/wire/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "core/base/crc32c.h"
#include "core/base/err.h"

enum {
    MAGIC_BYTES = sizeof WIRE_MAGIC - 1,
    FRAME_BYTES = 8,       /* length and check */
    BATCH_BYTES = 1 << 18, /* written at once */
};

struct wire_writer {
    int fd;
    uint64_t good; /* bytes of the file: ends with a whole record */
    uint8_t *buf;  /* [cap], what waits, n bytes */
    size_t n, cap;
    crc32c_fn *crc32c;
};

struct wire_reader {
    char *path;
    int fd;
    uint64_t at, size; /* next record; the file as it was found */
    uint8_t *buf;      /* [cap] */
    size_t cap;
    bool ended;
    crc32c_fn *crc32c;
};

/* --- writing -------------------------------------------------------------- */

/* Where the last whole record of an existing file ends. */
static int find_end(const char *path, uint64_t *end)
{
    struct wire_reader *f = NULL;
    struct wire_record r;
    int err = wire_open(path, &f);

    if (err < 0) {
        return err;
    }
    while ((err = wire_get(f, &r)) > 0) {
    }
    *end = f->at;
    wire_reader_close(f);
    return err == ERR_NO_MEM ? err : 0; /* what is damaged is told, and goes */
}

static int begin(struct wire_writer *w, const char *path, bool append)
{
    struct stat st;
    uint64_t end = 0;
    int err = 0;

    append = append && stat(path, &st) == 0 && st.st_size > 0;
    if (append) {
        err = find_end(path, &end);
    }
    if (err < 0) {
        return err;
    }
    w->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? 0 : O_TRUNC),
                 0644);
    if (w->fd >= 0) { /* without locks nobody follows it */
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        (void)fcntl(w->fd, F_OFD_SETLK, &lock);
    }
    if (w->fd < 0 || ftruncate(w->fd, (off_t)end) < 0 ||
        lseek(w->fd, (off_t)end, SEEK_SET) < 0) {
        return err_say(ERR_IO, "%s: cannot be written: %s", path,
                       strerror(errno));
    }
    w->good = end;
    if (!append) {
        memcpy(w->buf, WIRE_MAGIC, MAGIC_BYTES);
        w->n = MAGIC_BYTES;
    }
    return 0;
}

int wire_create(const char *path, bool append, struct wire_writer **out)
{
    struct wire_writer *w = calloc(1, sizeof *w);
    int err = ERR_NO_MEM;

    if (w == NULL) {
        return err;
    }
    w->fd = -1;
    w->crc32c = crc32c_best();
    w->cap = (size_t)2 * BATCH_BYTES;
    w->buf = malloc(w->cap);
    if (w->buf != NULL) {
        err = begin(w, path, append);
    }
    if (err < 0) {
        w->n = 0;
        (void)wire_close(w); /* nothing to write */
        return err;
    }
    *out = w;
    return 0;
}

/* Writes what waits, or nothing of it. */
static int write_out(struct wire_writer *w)
{
    size_t done = 0;

    while (done < w->n) {
        ssize_t n = write(w->fd, w->buf + done, w->n - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            /* Where this fails, too, readers see a cut record. */
            if (ftruncate(w->fd, (off_t)w->good) == 0) {
                (void)lseek(w->fd, (off_t)w->good, SEEK_SET); /* a file */
            }
            return ERR_IO;
        }
        done += (size_t)n;
    }
    w->good += w->n;
    w->n = 0;
    return 0;
}

/* Room for 'n' more bytes. */
static int reserve(struct wire_writer *w, size_t n)
{
    int err = 0;

    if (w->n > 0 && w->n + n > BATCH_BYTES) {
        err = write_out(w);
    }
    if (err == 0 && n > w->cap) {
        uint8_t *buf = realloc(w->buf, n);
        if (buf == NULL) {
            return ERR_NO_MEM;
        }
        w->buf = buf;
        w->cap = n;
    }
    return err;
}

int wire_put(struct wire_writer *w, const struct wire_record *r)
{
    uint8_t head[WIRE_HEAD_MAX];
    size_t n_head = wire_encode(r, head);
    size_t n = n_head + r->data.n;
    int err =
        r->data.n > WIRE_DATA_MAX ? ERR_CAPACITY : reserve(w, FRAME_BYTES + n);

    if (err < 0) {
        return err;
    }
    uint8_t *p = w->buf + w->n;
    memcpy(p + FRAME_BYTES, head, n_head);
    if (r->data.n > 0) {
        memcpy(p + FRAME_BYTES + n_head, r->data.at, r->data.n);
    }
    le32_store(p, (uint32_t)n);
    le32_store(p + 4, w->crc32c(0, p + FRAME_BYTES, n));
    w->n += FRAME_BYTES + n;
    return 0;
}

int wire_flush(struct wire_writer *w, bool sync)
{
    int err = write_out(w);

    return err == 0 && sync && fdatasync(w->fd) < 0 ? ERR_IO : err;
}

uint64_t wire_bytes(const struct wire_writer *w)
{
    return w->good + w->n;
}

int wire_close(struct wire_writer *w)
{
    int err = 0;

    if (w == NULL) {
        return 0;
    }
    if (w->fd >= 0) {
        err = write_out(w);
        err = close(w->fd) < 0 ? ERR_IO : err;
    }
    free(w->buf);
    free(w);
    return err;
}

/* --- reading -------------------------------------------------------------- */

/* Reads 'n' bytes at 'at'; false when there are less. */
static bool read_at(int fd, uint64_t at, void *to, size_t n)
{
    size_t done = 0;

    while (done < n) {
        ssize_t m =
            pread(fd, (uint8_t *)to + done, n - done, (off_t)(at + done));
        if (m < 0 && errno == EINTR) {
            continue;
        }
        if (m <= 0) {
            return false;
        }
        done += (size_t)m;
    }
    return true;
}

bool wire_is_file(const char *path)
{
    char magic[MAGIC_BYTES];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
              read_at(fd, 0, magic, sizeof magic) &&
              memcmp(magic, WIRE_MAGIC, sizeof magic) == 0;

    if (fd >= 0) {
        (void)close(fd); /* only read from */
    }
    return is;
}

int wire_open(const char *path, struct wire_reader **out)
{
    struct wire_reader *f = calloc(1, sizeof *f);
    struct stat st;

    if (f == NULL) {
        return ERR_NO_MEM;
    }
    f->crc32c = crc32c_best();
    f->path = strdup(path);
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->path == NULL || f->fd < 0 || fstat(f->fd, &st) < 0 ||
        !wire_is_file(path)) {
        (void)err_say(ERR_BAD_INPUT, "%s: %s", path,
                      f->fd < 0 ? strerror(errno)
                                : "is no file of records, expected one that "
                                  "--telemetry or --history wrote");
        wire_reader_close(f);
        return ERR_BAD_INPUT;
    }
    f->size = (uint64_t)st.st_size;
    f->at = MAGIC_BYTES;
    *out = f;
    return 0;
}

static int damaged(struct wire_reader *f, const char *what)
{
    f->ended = true;
    return err_say(ERR_BAD_INPUT, "%s: byte %llu: %s", f->path,
                   (unsigned long long)f->at, what);
}

int wire_get(struct wire_reader *f, struct wire_record *r)
{
    uint8_t head[FRAME_BYTES];
    uint64_t left = f->size - f->at;
    const char *wrong;

    if (f->ended || left < FRAME_BYTES ||
        !read_at(f->fd, f->at, head, sizeof head)) {
        return 0;
    }
    size_t n = le32_load(head);
    if (n > left - FRAME_BYTES) {
        return 0; /* cut */
    }
    if (n > WIRE_DATA_MAX + WIRE_HEAD_MAX) {
        return damaged(f, "a record that is too long");
    }
    if (n > f->cap) {
        free(f->buf);
        f->buf = malloc(n);
        f->cap = f->buf != NULL ? n : 0;
    }
    if (n > f->cap) {
        return ERR_NO_MEM;
    }
    if (!read_at(f->fd, f->at + FRAME_BYTES, f->buf, n)) {
        return 0; /* it has been cut since */
    }
    if (f->crc32c(0, f->buf, n) != le32_load(head + 4)) {
        return damaged(f, "a record whose check is wrong");
    }
    wrong = wire_decode(f->buf, n, r);
    if (wrong != NULL) {
        return damaged(f, wrong);
    }
    f->at += FRAME_BYTES + n;
    return 1;
}

bool wire_follow(struct wire_reader *f)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    struct stat st;
    /* Asked first: what the writer does before it goes is then seen. */
    bool writing =
        fcntl(f->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

    if (!f->ended && fstat(f->fd, &st) == 0 && (uint64_t)st.st_size > f->size) {
        f->size = (uint64_t)st.st_size;
        return true;
    }
    return writing && !f->ended;
}

uint64_t wire_cut(const struct wire_reader *f)
{
    return f->size - f->at;
}

void wire_reader_close(struct wire_reader *f)
{
    if (f != NULL) {
        if (f->fd >= 0) {
            (void)close(f->fd); /* only read from */
        }
        free(f->path);
        free(f->buf);
        free(f);
    }
}
