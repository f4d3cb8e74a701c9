/* vxlan_map.h - which network a packet is of, and where its stations are. */
#ifndef NET_FN_VXLAN_VXLAN_MAP_H
#define NET_FN_VXLAN_VXLAN_MAP_H

#include "core/fn.h"
#include "vxlan_csr.h"

/* See open, prepare and close of struct fn. */
int vxlan_map_open(struct fn_state *s);
void vxlan_map_prepare(struct fn_state *s);
void vxlan_map_close(struct fn_state *s);

/* The entry of NETWORK for packets of a port and VLAN, or of a VNI; NULL when
 * there is none. */
const uint32_t *vxlan_map_access(const struct fn_state *s, uint8_t port,
                                 uint16_t vlan);
const uint32_t *vxlan_map_vni(const struct fn_state *s, uint32_t vni);

/* Address of the tunnel end that a station is behind, 0 when nobody knows. */
uint32_t vxlan_map_remote(const struct fn_state *s, uint32_t vni, uint64_t mac);

/* A packet of station 'mac' came from tunnel end 'remote'. */
void vxlan_map_learn(struct fn_state *s, uint32_t vni, uint64_t mac,
                     uint32_t remote);

/* Removes the station whose turn it is if it was gone too long. */
void vxlan_map_sweep(struct fn_state *s);

#endif
