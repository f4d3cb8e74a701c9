/* scan_pcap.c - see scan_pcap.h. */
#include "host/radio/scan_pcap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "host/radio/radiotap.h"
#include "net/port/pcapng.h"

enum {
    LINKTYPE_RADIOTAP = 127,
    LINKTYPE_IPV4 = 228,
    IF_WIFI = 0,
    IF_LTE = 1,
    GSMTAP_PORT = 4729,
    GSMTAP_LTE_RRC = 0x0d,
    GSMTAP_BCCH_BCH = 4,
    GSMTAP_BCCH_DL_SCH = 5,
    GSMTAP_HEADERS = 20 + 8 + 16, /* IPv4, UDP, GSMTAP */
};

struct scan_pcap {
    FILE *f;
    uint32_t ampdu; /* A-MPDUs so far */
    char name[4096];
};

int scan_pcap_open(const char *name, struct scan_pcap **out)
{
    struct scan_pcap *p = calloc(1, sizeof *p);

    if (p == NULL) {
        return err_say(ERR_NO_MEM, "%s: not enough memory to write it", name);
    }
    (void)snprintf(p->name, sizeof p->name, "%s", name); /* for messages */
    p->f = strcmp(name, "-") == 0 ? stdout : fopen(name, "wb");
    if (p->f == NULL) {
        free(p);
        return err_say(ERR_IO, "%s: %s", name, strerror(errno));
    }
    pcapng_section(p->f);
    pcapng_interface(p->f, LINKTYPE_RADIOTAP);
    pcapng_interface(p->f, LINKTYPE_IPV4);
    *out = p;
    return 0;
}

static void write_wifi(struct scan_pcap *p, const struct rec_wifi_frame *w,
                       double centre_hz)
{
    uint8_t b[RADIOTAP_MAX + REC_PSDU_MAX];
    p->ampdu += w->aggregated != 0 && w->mpdu == 0;
    size_t n = radiotap_write(w, centre_hz, p->ampdu, b);

    memcpy(b + n, w->psdu, w->len);
    n += w->len;
    pcapng_packet(p->f, &(struct pcapng_packet){
                            .interface = IF_WIFI,
                            .t_ns = radiotap_tsft(w) * 1000,
                            .data = b,
                            .len_bytes = (uint32_t)n,
                            .wire_bytes = (uint32_t)n,
                        });
}

/* MasterInformationBlock, 3GPP TS 36.331 6.2.2: 24 bits. */
static uint32_t mib_bits(const struct rec_lte_cell *c)
{
    static const uint8_t prb[] = {6, 15, 25, 50, 75, 100};
    static const uint8_t sixths[] = {1, 3, 6, 12};
    uint32_t bandwidth = 0, resource = 0;

    for (uint32_t k = 0; k < sizeof prb; k++) {
        bandwidth = prb[k] == c->prb ? k : bandwidth;
    }
    for (uint32_t k = 0; k < sizeof sixths; k++) {
        resource = sixths[k] == c->phich_sixths ? k : resource;
    }
    return bandwidth << 21 | (c->extended_phich != 0 ? 1u : 0u) << 20 |
           resource << 18 | (uint32_t)(c->sfn >> 2) << 10;
}

/* A message of a logical channel in the frame that begins 'start' samples (at
 * 1.92 Msps) after the recording. */
struct lte_message {
    uint8_t channel;
    uint16_t sfn;
    uint8_t subframe;
    double start;
    const uint8_t *bytes;
    size_t n;
};

/* GSMTAP version 2 in UDP in IPv4, from and to loopback. */
static void write_gsmtap(struct scan_pcap *p, const struct lte_message *m)
{
    uint8_t b[GSMTAP_HEADERS + REC_SI_MAX] = {0};
    uint8_t *udp = b + 20, *tap = udp + 8;
    size_t n = GSMTAP_HEADERS + m->n;
    uint32_t sum = 0;
    double ns = (m->start / 1.92e6 + m->subframe * 1e-3) * 1e9;

    b[0] = 0x45;
    be16_store(b + 2, (uint16_t)n);
    b[8] = 64;
    b[9] = 17;
    be32_store(b + 12, 0x7f000001);
    be32_store(b + 16, 0x7f000001);
    for (int k = 0; k < 20; k += 2) {
        sum += be16_load(b + k);
    }
    be16_store(b + 10, (uint16_t) ~((sum & 0xffff) + (sum >> 16)));
    be16_store(udp, GSMTAP_PORT);
    be16_store(udp + 2, GSMTAP_PORT);
    be16_store(udp + 4, (uint16_t)(n - 20));
    tap[0] = 2;
    tap[1] = 4; /* header length, 32-bit words */
    tap[2] = GSMTAP_LTE_RRC;
    be32_store(tap + 8, m->sfn);
    tap[12] = m->channel;
    tap[14] = m->subframe;
    memcpy(tap + 16, m->bytes, m->n);
    pcapng_packet(p->f, &(struct pcapng_packet){
                            .interface = IF_LTE,
                            .t_ns = ns > 0 ? (uint64_t)ns : 0,
                            .data = b,
                            .len_bytes = (uint32_t)n,
                            .wire_bytes = (uint32_t)n,
                        });
}

static void write_mib(struct scan_pcap *p, const struct rec_lte_cell *c)
{
    uint32_t mib = mib_bits(c);
    uint8_t bytes[3] = {(uint8_t)(mib >> 16), (uint8_t)(mib >> 8),
                        (uint8_t)mib};

    write_gsmtap(p, &(struct lte_message){GSMTAP_BCCH_BCH, c->sfn, 0,
                                          c->frame_start_sample, bytes,
                                          sizeof bytes});
}

static void write_si(struct scan_pcap *p, const struct rec_lte_si *s)
{
    write_gsmtap(p,
                 &(struct lte_message){GSMTAP_BCCH_DL_SCH, s->sfn, s->subframe,
                                       s->frame_start_sample, s->bytes, s->n});
}

void scan_pcap_write(struct scan_pcap *p, const struct rec *rec,
                     double centre_hz)
{
    if (rec->type == REC_WIFI_FRAME && rec->wifi.len > 0) {
        write_wifi(p, &rec->wifi, centre_hz);
    } else if (rec->type == REC_LTE_CELL && rec->lte.has_mib != 0) {
        write_mib(p, &rec->lte);
    } else if (rec->type == REC_LTE_SI) {
        write_si(p, &rec->si);
    }
}

int scan_pcap_close(struct scan_pcap *p)
{
    int err = 0;

    if (p == NULL) {
        return 0;
    }
    bool failed = fflush(p->f) != 0 || ferror(p->f);
    if (p->f != stdout && fclose(p->f) != 0) {
        failed = true;
    }
    if (failed) {
        err = err_say(ERR_IO, "%s: %s, the capture is incomplete", p->name,
                      strerror(errno));
    }
    free(p);
    return err;
}
