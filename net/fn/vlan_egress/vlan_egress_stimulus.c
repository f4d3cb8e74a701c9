/* vlan_egress_stimulus.c - frames of few VLANs to all ports, for tests. */
#include "core/base/bytes.h"
#include "core/net_eth.h"
#include "net/fn/vlan_egress/vlan_egress_text.h"
#include "vlan_egress_csr.h"

enum {
    LOW = 7,                    /* VLANs 0..LOW - 1, ... */
    STEPS = 9,                  /* ... those around 8, 16 .. 2048, and 4095: */
    VLANS = LOW + 3 * STEPS + 1 /* in the stimulus */
};

/* VLAN 'k' of the stimulus, 0..4095 in ascending order: each bit of it decides
 * somewhere whether it is in use. */
static uint32_t vlan_of(uint32_t k)
{
    return k < LOW ? k : (8u << (k - LOW) / 3) + (k - LOW) % 3 - 1;
}

/* Entries that are not in use are lost in a move: they are 0 when used again.
 */
int vlan_egress_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = rng_below(r, 2) == 0 ? vlan_of(rng_below(r, VLANS))
                                      : VLAN_EGRESS_VLAN_DEPTH;
    int err = emit(ctx, VLAN_EGRESS_N_VLANS, n);

    for (uint32_t k = 0; err == 0 && k < VLANS; k++) {
        uint32_t vlan = vlan_of(k), ports = (uint32_t)rng_next(r) & 0xffff;
        err = emit(ctx, CSR_WINDOW_INDEX,
                   csr_window(VLAN_EGRESS_TABLE_VLAN, vlan));
        err = err < 0 ? err : emit(ctx, CSR_WINDOW_DATA, vlan < n ? ports : 0);
    }
    return err;
}

void vlan_egress_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t types[] = {0x88a8, 0x8101, 0x0081, 0x0800};
    uint16_t type = (uint16_t)(NET_ETH_TAG ^ 1 << rng_below(r, 16));
    uint8_t *d = p->data;

    /* Half of them are as short as frames get, so that they come at once. */
    p->len_bytes =
        rng_below(r, 2) == 0 ? 14 + rng_below(r, 9) : 14 + rng_below(r, 110);
    if (rng_below(r, 16) == 0) {
        p->len_bytes = rng_below(r, 20);
    }
    for (uint32_t k = 0; k < 128; k += 4) {
        be32_store(d + k, (uint32_t)rng_next(r));
    }
    if (rng_below(r, 16) > 0) { /* else a bit of it is wrong */
        type = rng_below(r, 16) > 0 ? NET_ETH_TAG : types[rng_below(r, 4)];
    }
    be16_store(d + 12, type);
    if (rng_below(r, 64) > 0) { /* else any VLAN there is */
        uint32_t vlan = vlan_of(rng_below(r, VLANS));
        be16_store(d + 14, (uint16_t)(rng_below(r, 16) << 12 | vlan));
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, 16);
    p->in_port |= rng_below(r, 8) == 0 ? 16 << rng_below(r, 4) : 0;
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 32) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_FLOOD : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
}
