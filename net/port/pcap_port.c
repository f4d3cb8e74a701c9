/*
 * pcap_port.c - see pcap_port.h.
 *
 * The pcapng blocks follow draft-ietf-opsawg-pcapng: 4 is the section header,
 * 4.2 the interface description, 4.3 the enhanced packet.
 */
#include "net/port/pcap_port.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "net/port/pcapng.h"

enum {
    NS_PER_S = 1000000000,
    FILE_BYTES = 1 << 16, /* of a read(2): stdio's own takes 4 KiB */
};

enum source_state {
    SOURCE_OPEN,
    SOURCE_ENDED,
    SOURCE_STOPPED, /* a signal came while it waited: no error */
    SOURCE_BAD,     /* s->what is to be said by the next read */
    SOURCE_SAID,    /* it has been */
};

struct pcap_source {
    char *name;
    FILE *file;            /* NULL for stdin; closed by pcap_close() */
    char room[FILE_BYTES]; /* file's buffer */
    pcap_t *pcap;
    struct pcap_pkthdr *head;    /* of the packet that waits for a buffer ... */
    const u_char *bytes;         /* ... and its bytes; NULL when none does */
    struct pool *own;            /* for pcap_source_read() */
    uint32_t held[FN_BURST_PKT]; /* of it, by the packets of the last read */
    size_t n_held;
    uint64_t n_read;
    enum source_state state;
    uint16_t flags; /* of every packet */
    uint8_t port;
    char what[PCAP_ERRBUF_SIZE + 80];
};

struct pcap_sink {
    char *name;
    pcap_t *dead; /* what pcap_dump_open() takes link and precision from */
    pcap_dumper_t *dumper; /* PCAP_CLASSIC only */
    FILE *file;
    bool failed; /* and said so */
};

static bool name_is_dash(const char *name)
{
    return strcmp(name, "-") == 0;
}

/* Says what is wrong with a file that is no capture. */
static int source_refuse(const struct pcap_source *s, const char *what)
{
    return err_say(ERR_BAD_INPUT, "%s: %s, expected a pcap or pcapng capture",
                   s->name, what);
}

/* Gives s->pcap the file, which must have a byte to read. */
static int source_open_pcap(struct pcap_source *s, FILE *file)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    errno = 0;
    int first = getc(file);

    if (first == EOF && errno == EINTR) {
        return ERR_IO; /* who sent the signal knows */
    }
    /* libpcap calls an empty file truncated, and a directory unreadable. */
    if (first == EOF) {
        return source_refuse(s, ferror(file) ? strerror(errno) : "empty file");
    }
    (void)ungetc(first, file); /* one byte is always taken back */
    s->pcap = pcap_fopen_offline_with_tstamp_precision(
        file, PCAP_TSTAMP_PRECISION_NANO, text);
    if (s->pcap == NULL) {
        return errno == EINTR ? ERR_IO : source_refuse(s, text);
    }
    if (pcap_datalink(s->pcap) > UINT16_MAX) {
        pcap_close(s->pcap); /* and the file */
        s->pcap = NULL;
        s->file = NULL;
        return source_refuse(s, "link type that no capture can have");
    }
    s->flags = pcap_datalink(s->pcap) == DLT_EN10MB ? 0 : PKT_ERROR;
    return 0;
}

int pcap_source_open(const char *name, uint8_t port, struct pcap_source **out)
{
    struct pcap_source *s = calloc(1, sizeof *s);
    bool is_stdin = name_is_dash(name);
    int err = ERR_NO_MEM;

    if (s != NULL) {
        s->port = port;
        s->name = strdup(is_stdin ? "stdin" : name);
    }
    if (s == NULL || s->name == NULL) {
        (void)err_say(err, "%s: not enough memory to read it", name);
        goto fail;
    }
    if (!is_stdin) {
        s->file = fopen(name, "rb");
        if (s->file == NULL) {
            err = source_refuse(s, strerror(errno));
            goto fail;
        }
        (void)setvbuf(s->file, s->room, _IOFBF, sizeof s->room); /* or slower */
    }
    err = source_open_pcap(s, is_stdin ? stdin : s->file);
    if (err < 0) {
        goto fail;
    }
    *out = s;
    return 0;

fail:
    if (s != NULL && s->file != NULL) {
        (void)fclose(s->file); /* without a pcap_t; only read from */
    }
    pcap_source_close(s);
    return err;
}

/* Seconds are signed in libpcap and unsigned in a pcap file. */
static uint64_t source_time_ns(const struct pcap_pkthdr *h)
{
    uint64_t t_s = (uint64_t)h->ts.tv_sec;

    if (h->ts.tv_sec < 0) {
        t_s = (uint32_t)h->ts.tv_sec;
    }
    return t_s * NS_PER_S + (uint32_t)h->ts.tv_usec; /* nanoseconds here */
}

/*
 * Has the next packet wait in s->bytes.  False at the end and at what cannot be
 * read, which s->state then tells apart.
 */
static bool source_next(struct pcap_source *s)
{
    if (s->bytes != NULL) {
        return true;
    }
    errno = 0;
    int rc = pcap_next_ex(s->pcap, &s->head, &s->bytes);

    if (rc == 1 && s->head->caplen <= PCAP_LEN_MAX) {
        return true;
    }
    if (rc == PCAP_ERROR_BREAK) {
        s->state = SOURCE_ENDED;
    } else if (rc != 1 && errno == EINTR) {
        s->state = SOURCE_STOPPED;
    } else if (rc != 1) {
        s->state = SOURCE_BAD;
        (void)snprintf(s->what, sizeof s->what, /* a cut text still helps */
                       "is cut short or damaged (%s), expected a whole capture",
                       pcap_geterr(s->pcap));
    } else {
        s->state = SOURCE_BAD;
        (void)snprintf(s->what, sizeof s->what, /* cannot be cut */
                       "has %" PRIu32 " bytes, expected at most %d",
                       (uint32_t)s->head->caplen, PCAP_LEN_MAX);
    }
    s->bytes = NULL;
    return false;
}

/* The packet that waits in a buffer of 'pool'; false when it has none. */
static bool source_copy(struct pcap_source *s, struct pool *pool, struct pkt *p)
{
    const struct pcap_pkthdr *h = s->head;

    *p = (struct pkt){
        .len_bytes = h->caplen,
        .wire_bytes = h->len,
        .t_ns = source_time_ns(h),
        .in_port = s->port,
        .flags = s->flags,
    };
    if (!pool_pkt(pool, h->caplen, p)) {
        return false;
    }
    memcpy(p->data, s->bytes, h->caplen);
    s->bytes = NULL;
    s->n_read++;
    return true;
}

/* What a read that got no packet returns. */
static int source_end(struct pcap_source *s)
{
    if (s->state == SOURCE_OPEN || s->state == SOURCE_STOPPED ||
        (s->state == SOURCE_ENDED && s->n_read > 0)) {
        return 0;
    }
    if (s->state == SOURCE_ENDED) {
        (void)err_say(ERR_BAD_INPUT,
                      "%s: no packet in this capture, expected at least one",
                      s->name);
    } else if (s->state == SOURCE_BAD) {
        (void)err_say(ERR_BAD_INPUT,
                      "%s: packet %" PRIu64 " %s; %" PRIu64
                      " packets before it were read",
                      s->name, s->n_read + 1, s->what, s->n_read);
    }
    s->state = SOURCE_SAID;
    return ERR_BAD_INPUT;
}

int pcap_source_take(struct pcap_source *s, struct pool *pool,
                     struct fn_span *out)
{
    struct pkt *p = out->items;
    size_t n0 = out->n;
    size_t bytes = 0;

    assert(out->type == FN_PKT && out->n < out->cap);
    while (s->state == SOURCE_OPEN && out->n < out->cap &&
           PCAP_READ_BYTES - bytes >= FN_PKT_BYTES && source_next(s) &&
           source_copy(s, pool, &p[out->n])) {
        bytes += p[out->n++].len_bytes;
    }
    return out->n > n0 ? (int)(out->n - n0) : source_end(s);
}

bool pcap_source_ended(const struct pcap_source *s)
{
    return s->state != SOURCE_OPEN;
}

int pcap_source_read(struct pcap_source *s, struct fn_span *out)
{
    struct fn_span part = *out;

    if (s->own == NULL &&
        pool_create(FN_BURST_PKT,
                    PCAP_READ_BYTES / POOL_BUFFER_BYTES * 5 / 2 + POOL_RUN,
                    &s->own) < 0) {
        return err_say(ERR_NO_MEM, "%s: not enough memory to read it", s->name);
    }
    pool_give(s->own, s->held, s->n_held);
    s->n_held = 0;
    if (part.cap - part.n > FN_BURST_PKT) {
        part.cap = part.n + FN_BURST_PKT;
    }
    int n = pcap_source_take(s, s->own, &part);
    const struct pkt *p = (const struct pkt *)out->items + out->n;
    for (; n > 0 && s->n_held < (size_t)n; s->n_held++) {
        s->held[s->n_held] = pool_index(s->own, p[s->n_held].data);
    }
    out->n = part.n;
    return n;
}

int pcap_source_link(const struct pcap_source *s)
{
    return pcap_datalink(s->pcap);
}

void pcap_source_close(struct pcap_source *s)
{
    if (s == NULL) {
        return;
    }
    if (s->pcap != NULL) {
        pcap_close(s->pcap);
    }
    pool_destroy(s->own);
    free(s->name);
    free(s);
}

bool pcap_same_file(const char *in, const char *out)
{
    struct stat a;
    struct stat b;
    int a_err = name_is_dash(in) ? fstat(STDIN_FILENO, &a) : stat(in, &a);
    int b_err = name_is_dash(out) ? fstat(STDOUT_FILENO, &b) : stat(out, &b);

    return a_err == 0 && b_err == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* True when the bytes begin a pcap, a nanosecond pcap or a pcapng. */
static bool is_capture(const uint8_t *b)
{
    uint32_t magic = le32_load(b);
    uint32_t swapped = be32_load(b);

    return magic == 0xa1b2c3d4 || swapped == 0xa1b2c3d4 ||
           magic == 0xa1b23c4d || swapped == 0xa1b23c4d || magic == 0x0a0d0d0a;
}

int pcap_sink_check(const char *name)
{
    uint8_t b[4];
    struct stat st;

    if (name_is_dash(name)) {
        return 0;
    }
    FILE *f = fopen(name, "ab+"); /* leaves what is there */
    if (f == NULL || fstat(fileno(f), &st) != 0) {
        int err = err_say(ERR_IO, "%s: %s", name, strerror(errno));
        if (f != NULL) {
            (void)fclose(f); /* nothing was written */
        }
        return err;
    }
    rewind(f);
    bool other = S_ISREG(st.st_mode) && st.st_size > 0 &&
                 (fread(b, sizeof b, 1, f) != 1 || !is_capture(b));
    (void)fclose(f); /* nothing was written */
    return other ? err_say(ERR_BAD_INPUT,
                           "%s: exists and is no capture, expected a new file "
                           "or a capture to replace",
                           name)
                 : 0;
}

/* Says once that writing failed, for the reason errno gives. */
static int sink_fail(struct pcap_sink *s)
{
    if (!s->failed) {
        s->failed = true;
        (void)err_say(ERR_IO, "%s: %s, the capture is incomplete", s->name,
                      strerror(errno));
    }
    return ERR_IO;
}

/* The LINKTYPE_ number that files carry: a few differ from the DLT_ number. */
static uint16_t sink_linktype(int link)
{
    static const struct {
        int dlt;
        uint16_t linktype;
    } differ[] = {
        {DLT_ATM_RFC1483, 100}, {DLT_RAW, 101},      {DLT_SLIP_BSDOS, 102},
        {DLT_PPP_BSDOS, 103},   {DLT_ATM_CLIP, 106}, {DLT_PFSYNC, 246},
    };

    for (size_t k = 0; k < sizeof differ / sizeof differ[0]; k++) {
        if (differ[k].dlt == link) {
            return differ[k].linktype;
        }
    }
    return (uint16_t)link;
}

static int sink_open_ng(struct pcap_sink *s, const char *name, int link)
{
    s->file = name_is_dash(name) ? stdout : fopen(name, "wb");
    if (s->file == NULL) {
        return err_say(ERR_IO, "%s: %s", s->name, strerror(errno));
    }
    pcapng_section(s->file);
    pcapng_interface(s->file, sink_linktype(link));
    return ferror(s->file) ? sink_fail(s) : 0;
}

static int sink_open_classic(struct pcap_sink *s, const char *name, int link)
{
    s->dead = pcap_open_dead_with_tstamp_precision(link, PCAPNG_SNAPLEN,
                                                   PCAP_TSTAMP_PRECISION_NANO);
    if (s->dead == NULL) {
        return err_say(ERR_NO_MEM, "%s: not enough memory to write it",
                       s->name);
    }
    s->dumper = pcap_dump_open(s->dead, name);
    if (s->dumper == NULL) {
        return err_say(ERR_IO, "%s", pcap_geterr(s->dead)); /* names the file */
    }
    s->file = pcap_dump_file(s->dumper);
    return 0;
}

int pcap_sink_open(const char *name, enum pcap_format format, int link,
                   struct pcap_sink **out)
{
    struct pcap_sink *s = calloc(1, sizeof *s);
    int err = ERR_NO_MEM;

    if (s != NULL) {
        s->name = strdup(name_is_dash(name) ? "stdout" : name);
    }
    if (s == NULL || s->name == NULL) {
        (void)err_say(err, "%s: not enough memory to write it", name);
        goto fail;
    }
    err = format == PCAP_NG ? sink_open_ng(s, name, link)
                            : sink_open_classic(s, name, link);
    if (err < 0) {
        goto fail;
    }
    *out = s;
    return 0;

fail:
    (void)pcap_sink_close(s); /* 'err' is the first error */
    return err;
}

static uint32_t sink_wire_bytes(const struct pkt *p)
{
    return p->wire_bytes > p->len_bytes ? p->wire_bytes : p->len_bytes;
}

static void sink_write_classic(struct pcap_sink *s, const struct pkt *p)
{
    struct pcap_pkthdr h = {
        .ts.tv_sec = (time_t)(p->t_ns / NS_PER_S),
        .ts.tv_usec = (suseconds_t)(p->t_ns % NS_PER_S), /* nanoseconds */
        .caplen = p->len_bytes,
        .len = sink_wire_bytes(p),
    };

    pcap_dump((u_char *)s->dumper, &h, p->data);
}

static void sink_write_ng(struct pcap_sink *s, const struct pkt *p)
{
    pcapng_packet(s->file, &(struct pcapng_packet){
                               .t_ns = p->t_ns,
                               .data = p->data,
                               .len_bytes = p->len_bytes,
                               .wire_bytes = sink_wire_bytes(p),
                           });
}

int pcap_sink_write(struct pcap_sink *s, const struct fn_span *in)
{
    void (*write_one)(struct pcap_sink *, const struct pkt *) =
        s->dumper != NULL ? sink_write_classic : sink_write_ng;
    const struct pkt *p = in->items;

    assert(in->type == FN_PKT);
    for (size_t k = 0; k < in->n && !s->failed; k++) {
        write_one(s, &p[k]);
        if (ferror(s->file)) {
            return sink_fail(s);
        }
    }
    return s->failed ? ERR_IO : 0;
}

int pcap_sink_close(struct pcap_sink *s)
{
    int err = 0;

    if (s == NULL) {
        return 0;
    }
    if (s->file != NULL && (fflush(s->file) != 0 || s->failed)) {
        err = sink_fail(s);
    }
    /* All that pcap_dump_close() does, and it would not say how that went. */
    if (s->file != NULL && s->file != stdout && fclose(s->file) != 0 &&
        err == 0) {
        err = sink_fail(s);
    }
    if (s->dead != NULL) {
        pcap_close(s->dead);
    }
    free(s->name);
    free(s);
    return err;
}
