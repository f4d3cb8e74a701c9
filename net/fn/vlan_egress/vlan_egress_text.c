/* vlan_egress_text.c - settings of vlan_egress, turned into register writes. */
#include "net/fn/vlan_egress/vlan_egress_text.h"

#include "core/net_text.h"
#include "core/net_vlans.h"
#include "vlan_egress_csr.h"

int vlan_egress_parse_vlans(const struct fn_text *t, fn_emit *emit, void *ctx)
{
    struct net_vlans v;
    uint32_t untagged[VLAN_EGRESS_VLAN_DEPTH];
    int err = net_vlans_parse(t, &v);

    if (err < 0) {
        return err;
    }
    for (uint32_t k = 0; k < v.n; k++) {
        untagged[k] = v.untagged[k];
    }
    err = net_emit_words(VLAN_EGRESS_TABLE_VLAN, untagged, v.n, emit, ctx);
    return err < 0 ? err : emit(ctx, VLAN_EGRESS_N_VLANS, v.n);
}
