/*
 * vlan_egress.c - tags of frames that leave a bridge (C body of vlan_egress.v).
 *
 * A frame leaves by the port it came in at, which the link before has set.
 */
#include "core/digest.h"
#include "core/fn.h"
#include "core/net_eth.h"
#include "net/fn/vlan_egress/vlan_egress_text.h"
#include "vlan_egress_csr.h"

enum { TAG_AT = 12, TAG_BYTES = 4 };

static void take_tag_out(struct pkt *p)
{
    p->len_bytes -= TAG_BYTES;
    memmove(p->data + TAG_AT, p->data + TAG_AT + TAG_BYTES,
            p->len_bytes - TAG_AT);
}

/* What is to become of the tag of 'p'; counts nothing. */
static enum vlan_egress_fate fate_of(const struct fn_state *s,
                                     const struct pkt *p, struct fn_taps *taps)
{
    const struct vlan_egress_regs *regs = s->regs;
    struct net_eth eth = net_eth_read(p);
    bool look = eth.has_eth && eth.vid != 0;
    bool listed = look && eth.vid < regs->n_vlans;
    uint32_t ports = listed ? s->table[VLAN_EGRESS_TABLE_VLAN][eth.vid] : 0;
    bool out = p->in_port < VLAN_EGRESS_PORTS && (ports >> p->in_port & 1) != 0;
    enum vlan_egress_fate fate = !look ? VLAN_EGRESS_PLAIN
                                 : out ? VLAN_EGRESS_UNTAGGED
                                       : VLAN_EGRESS_TAGGED;

    digest_tap(taps, VLAN_EGRESS_TAP_KEY,
               (uint32_t)look << 31 | (look ? (uint32_t)eth.vid << 16 : 0) |
                   p->in_port);
    digest_tap(taps, VLAN_EGRESS_TAP_LOOKUP,
               (uint32_t)listed << 31 | (uint32_t)fate << 16 | ports);
    return fate;
}

static inline void vlan_egress_each(struct fn_state *s,
                                    const struct fn_span *in,
                                    struct fn_span *out, struct fn_taps *taps)
{
    struct vlan_egress_regs *regs = s->regs;
    uint32_t *count[] = {NULL, &regs->n_plain, &regs->n_tagged,
                         &regs->n_untagged};
    const struct pkt *x = in->items;
    struct pkt *y = out->items;

    for (size_t k = 0; k < in->n; k++) {
        bool done = pkt_is_done(&x[k]);
        enum vlan_egress_fate fate = 0;
        if (!done || taps != NULL) {
            fate = fate_of(s, &x[k], taps);
        }
        pkt_pass(&y[k], &x[k]);
        if (done) {
            continue;
        }
        if (fate == VLAN_EGRESS_UNTAGGED) {
            take_tag_out(&y[k]);
        }
        y[k].out_port = y[k].in_port;
        y[k].mark = (uint16_t)fate;
        *count[fate] += 1;
    }
    out->n = in->n;
}

static void vlan_egress_run(struct fn_state *s, const struct fn_span *in,
                            struct fn_span *out)
{
    vlan_egress_each(s, in, out, NULL);
}

static void vlan_egress_run_taps(struct fn_state *s, const struct fn_span *in,
                                 struct fn_span *out, struct fn_taps *taps)
{
    vlan_egress_each(s, in, out, taps);
}

/* Those that came dropped or punted, then in the order of enum
 * vlan_egress_fate. */
static const char *const verdicts[] = {"done", "plain", "tagged", "untagged",
                                       NULL};

static const char *vlan_egress_verdict(const struct pkt *p)
{
    bool known = !pkt_is_done(p) && p->mark >= VLAN_EGRESS_PLAIN &&
                 p->mark <= VLAN_EGRESS_UNTAGGED;

    return verdicts[known ? p->mark : 0];
}

static const struct fn_key vlan_egress_keys[] = {
    {"vlans",
     "a file of lines VID: PORTS, as bridge's: 10: 0-3 untagged, 7 tagged",
     true, vlan_egress_parse_vlans},
};

const struct fn vlan_egress_fn = {
    .csr = &vlan_egress_csr,
    .summary = "takes VLAN tags out of frames as they leave a bridge's ports",
    .run = vlan_egress_run,
    .run_taps = vlan_egress_run_taps,
    .full_rate_bits = 256,
    .keys = vlan_egress_keys,
    .n_keys = sizeof vlan_egress_keys / sizeof vlan_egress_keys[0],
    .verdict = vlan_egress_verdict,
    .verdicts = verdicts,
    .setup = vlan_egress_stimulus_setup,
    .packet = vlan_egress_stimulus_packet,
};
