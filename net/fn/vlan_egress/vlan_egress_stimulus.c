/* vlan_egress_stimulus.c - frames of few VLANs to all ports, for tests. */
#include "core/base/bytes.h"
#include "core/net_eth.h"
#include "net/fn/vlan_egress/vlan_egress_text.h"
#include "vlan_egress_csr.h"

enum { VLANS = 6 }; /* in the stimulus: 0..VLANS - 1 */

/* Entries that are not in use are lost in a move: they are 0 when used again.
 */
int vlan_egress_stimulus_setup(struct rng *r, fn_emit *emit, void *ctx)
{
    uint32_t n = rng_below(r, 4) == 0 ? rng_below(r, VLANS) : (uint32_t)VLANS;
    int err =
        emit(ctx, CSR_WINDOW_INDEX, csr_window(VLAN_EGRESS_TABLE_VLAN, 0));

    for (uint32_t k = 0; err == 0 && k < VLANS; k++) {
        err = emit(ctx, CSR_WINDOW_DATA,
                   k < n ? (uint32_t)rng_next(r) & 0xffff : 0);
    }
    return err < 0 ? err : emit(ctx, VLAN_EGRESS_N_VLANS, n);
}

void vlan_egress_stimulus_packet(struct rng *r, struct pkt *p)
{
    static const uint16_t types[] = {0x88a8, 0x8101, 0x0081, 0x0800};
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
    be16_store(d + 12,
               rng_below(r, 8) > 0 ? NET_ETH_TAG : types[rng_below(r, 4)]);
    if (rng_below(r, 64) > 0) { /* else any VLAN there is */
        be16_store(d + 14,
                   (uint16_t)(rng_below(r, 16) << 12 | rng_below(r, VLANS)));
    }
    p->wire_bytes = p->len_bytes;
    p->in_port = (uint8_t)rng_below(r, rng_below(r, 16) == 0 ? 256 : 16);
    p->out_port = (uint8_t)rng_next(r);
    p->mark = (uint16_t)rng_next(r);
    p->flags = rng_below(r, 32) == 0 ? PKT_ERROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_MIRROR : 0;
    p->flags |= rng_below(r, 16) == 0 ? PKT_FLOOD : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_DROP : 0;
    p->flags |= rng_below(r, 32) == 0 ? PKT_PUNT : 0;
}
