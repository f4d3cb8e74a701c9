/*
 * pcapng.h - the blocks of a pcapng file (IETF draft-ietf-opsawg-pcapng),
 * written to a stream: one section, interfaces in the order they are described,
 * packets.
 *
 * Little-endian, times in nanoseconds.  None of these reports errors: the
 * caller asks ferror() when it suits.
 */
#ifndef NET_PORT_PCAPNG_H
#define NET_PORT_PCAPNG_H

#include <stdint.h>
#include <stdio.h>

enum { PCAPNG_SNAPLEN = 1 << 18 };

/* Begins the file. */
void pcapng_section(FILE *f);

/* Describes the next interface; the first is number 0. 'link': LINKTYPE_. */
void pcapng_interface(FILE *f, uint16_t link);

struct pcapng_packet {
    uint32_t interface; /* number */
    uint64_t t_ns;
    const uint8_t *data; /* [len_bytes] */
    uint32_t len_bytes;
    uint32_t wire_bytes; /* at least len_bytes */
};

void pcapng_packet(FILE *f, const struct pcapng_packet *p);

#endif
