/* pcapng.c - see pcapng.h. */
#include "net/port/pcapng.h"

#include <string.h>

#include "core/base/bytes.h"

enum {
    SECTION = 0x0a0d0d0a,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    INTERFACE = 1,
    PACKET = 6,
    OPT_TSRESOL = 9,
};

void pcapng_section(FILE *f)
{
    uint8_t b[28] = {0};

    le32_store(b, SECTION);
    le32_store(b + 4, sizeof b);
    le32_store(b + 8, BYTE_ORDER_MAGIC);
    le16_store(b + 12, 1);   /* version 1.0 */
    memset(b + 16, 0xff, 8); /* length of the section: unknown */
    le32_store(b + 24, sizeof b);
    (void)fwrite(b, sizeof b, 1, f); /* ferror() tells */
}

void pcapng_interface(FILE *f, uint16_t link)
{
    uint8_t b[32] = {0};

    le32_store(b, INTERFACE);
    le32_store(b + 4, sizeof b);
    le16_store(b + 8, link);
    le32_store(b + 12, PCAPNG_SNAPLEN);
    le16_store(b + 16, OPT_TSRESOL);
    le16_store(b + 18, 1);
    b[20] = 9;                       /* nanoseconds; options are padded to 4 */
    le32_store(b + 28, sizeof b);    /* after the end of options, all 0 */
    (void)fwrite(b, sizeof b, 1, f); /* ferror() tells */
}

void pcapng_packet(FILE *f, const struct pcapng_packet *p)
{
    uint32_t n_pad = -p->len_bytes & 3;
    uint32_t block_bytes = 28 + p->len_bytes + n_pad + 4;
    uint8_t head[28] = {0};
    uint8_t tail[3 + 4] = {0};

    le32_store(head, PACKET);
    le32_store(head + 4, block_bytes);
    le32_store(head + 8, p->interface);
    le32_store(head + 12, (uint32_t)(p->t_ns >> 32));
    le32_store(head + 16, (uint32_t)p->t_ns);
    le32_store(head + 20, p->len_bytes);
    le32_store(head + 24, p->wire_bytes);
    le32_store(tail + n_pad, block_bytes);
    /* ferror() tells of all three. */
    (void)fwrite(head, sizeof head, 1, f);
    (void)fwrite(p->data, p->len_bytes, 1, f);
    (void)fwrite(tail, n_pad + 4, 1, f);
}
