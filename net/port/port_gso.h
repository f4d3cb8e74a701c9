/*
 * port_gso.h - packets that a kernel has left to its hardware to finish, as
 * packet sockets show them (virtio 1.2, 5.1.6.2: struct virtio_net_hdr):
 * checksums to fill in, and TCP or UDP data to be cut into segments.
 */
#ifndef NET_PORT_PORT_GSO_H
#define NET_PORT_PORT_GSO_H

#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

/* Fills in the checksum of 'n' bytes at 'data' if that was left open. */
void gso_checksum(const struct virtio_net_hdr *h, uint8_t *data, size_t n);

/*
 * Bytes of the headers that each segment of the frame data[n] begins with; 0
 * when it is to go as it is: no segments, or headers that are cut or are not
 * what 'h' says.
 */
size_t gso_headers(const struct virtio_net_hdr *h, const uint8_t *data,
                   size_t n);

/*
 * Writes the segment whose payload begins 'at' bytes behind the headers, less
 * than there are, to 'to', which has room for 'headers' + h->gso_size bytes:
 * with lengths, number, sequence, flags and checksums of its own (RFC 791,
 * 8200, 9293, 768).  Returns its length.
 */
size_t gso_segment(const struct virtio_net_hdr *h, const uint8_t *data,
                   size_t n, size_t headers, size_t at, uint8_t *to);

#endif
