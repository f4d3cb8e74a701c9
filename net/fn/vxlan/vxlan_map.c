/* vxlan_map.c - see vxlan_map.h. */
#include "net/fn/vxlan/vxlan_map.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "net/table/session.h"

/* What s->own points to. */
struct map {
    struct session stations;
    struct flow networks; /* ports and VLANs, and VNIs, to entries of NETWORK */
    uint32_t n;           /* entries in it */
};

enum { BY_ACCESS, BY_VNI }; /* zones of keys in 'networks' */

static const uint32_t by_host = UINT32_C(1) << 31; /* of SEEN */

static const struct vxlan_regs *regs_of(const struct fn_state *s)
{
    return s->regs;
}

int vxlan_map_open(struct fn_state *s)
{
    struct vxlan_regs *regs = s->regs;
    struct map *m = calloc(1, sizeof *m);

    s->own = m;
    if (m == NULL || flow_open(&m->networks, 2 * VXLAN_NETWORK_DEPTH,
                               sizeof(uint32_t), 0) < 0) {
        return ERR_NO_MEM;
    }
    return session_open(&m->stations, s, &vxlan_csr, VXLAN_TABLE_STATION,
                        &regs->n_stations, 1);
}

void vxlan_map_close(struct fn_state *s)
{
    struct map *m = s->own;

    if (m != NULL) {
        session_close(&m->stations);
        flow_close(&m->networks);
        free(m);
        s->own = NULL;
    }
}

/* --- networks ------------------------------------------------------------- */

static struct flow_key access_key(uint8_t port, uint16_t vlan)
{
    return flow_key4(port, vlan, 0, 0, BY_ACCESS, 0);
}

static struct flow_key vni_key(uint32_t vni)
{
    return flow_key4(vni, 0, 0, 0, BY_VNI, 0);
}

static void add_network(struct map *m, struct flow_key key, uint32_t number)
{
    void *value;

    if (flow_add(&m->networks, key, &value) > 0) { /* there is room for all */
        memcpy(value, &number, sizeof number);
    }
}

void vxlan_map_prepare(struct fn_state *s)
{
    struct fn_range wrote = s->wrote[VXLAN_TABLE_NETWORK];
    struct map *m = s->own;
    uint32_t n = regs_of(s)->n_networks < VXLAN_NETWORK_DEPTH
                     ? regs_of(s)->n_networks
                     : VXLAN_NETWORK_DEPTH;

    session_prepare(&m->stations, s, regs_of(s)->seed);
    if (wrote.from >= wrote.to && n == m->n) {
        return;
    }
    flow_clear(&m->networks, 0);
    m->n = n;
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t *w =
            s->table[VXLAN_TABLE_NETWORK] + (size_t)k * VXLAN_NETWORK_WORDS;
        add_network(m, access_key((uint8_t)(w[0] >> 24), w[1] & 0xfff), k);
        add_network(m, vni_key(w[0] & 0xffffff), k);
    }
}

static const uint32_t *network_at(const struct fn_state *s, struct flow_key key)
{
    const struct map *m = s->own;
    const void *value = flow_find(&m->networks, key);
    uint32_t number;

    if (value == NULL) {
        return NULL;
    }
    memcpy(&number, value, sizeof number);
    return s->table[VXLAN_TABLE_NETWORK] + (size_t)number * VXLAN_NETWORK_WORDS;
}

const uint32_t *vxlan_map_access(const struct fn_state *s, uint8_t port,
                                 uint16_t vlan)
{
    return network_at(s, access_key(port, vlan));
}

const uint32_t *vxlan_map_vni(const struct fn_state *s, uint32_t vni)
{
    return network_at(s, vni_key(vni));
}

/* --- stations ------------------------------------------------------------- */

static struct flow_key station_key(uint32_t vni, uint64_t mac)
{
    return (struct flow_key){.addrs = mac, .rest = vni};
}

static bool is_fresh(const struct fn_state *s, const uint32_t *entry)
{
    const struct vxlan_regs *regs = regs_of(s);
    uint32_t age = (regs->tick - entry[5]) & 0xffff;

    return (entry[5] & by_host) != 0 || regs->max_age == 0 ||
           age <= regs->max_age;
}

uint32_t vxlan_map_remote(const struct fn_state *s, uint32_t vni, uint64_t mac)
{
    const struct map *m = s->own;
    uint32_t at = session_find(&m->stations, station_key(vni, mac));

    if (at == SESSION_NONE) {
        return 0;
    }
    const uint32_t *entry = session_entry(&m->stations, at);
    return is_fresh(s, entry) ? entry[4] : 0;
}

void vxlan_map_learn(struct fn_state *s, uint32_t vni, uint64_t mac,
                     uint32_t remote)
{
    struct vxlan_regs *regs = s->regs;
    struct map *m = s->own;
    struct flow_key key = station_key(vni, mac);
    uint32_t at = session_find(&m->stations, key);

    if ((mac >> 40 & 1) != 0 || mac == 0) {
        return;
    }
    if (at == SESSION_NONE) {
        at = session_add(&m->stations, &key);
        if (at == SESSION_NONE) {
            regs->n_full++;
            return;
        }
        regs->n_learned++;
    }
    uint32_t *entry = session_entry(&m->stations, at);
    if ((entry[5] & by_host) == 0) {
        entry[4] = remote;
        entry[5] = regs->tick & 0xffff;
    }
}

void vxlan_map_sweep(struct fn_state *s)
{
    struct vxlan_regs *regs = s->regs;
    struct map *m = s->own;
    uint32_t n = regs->n_stations < VXLAN_STATION_DEPTH ? regs->n_stations
                                                        : VXLAN_STATION_DEPTH;

    if (n == 0) {
        return;
    }
    uint32_t at = regs->sweep++ % n;
    if (!is_fresh(s, session_entry(&m->stations, at))) {
        session_remove(&m->stations, at);
        regs->n_aged++;
    }
}
