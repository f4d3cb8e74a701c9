/* sip_location.c - see sip_location.h. */
#include "net/fn/sip_proxy/sip_location.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "net/table/session.h"

enum { EXPIRES = 4, CALL, CSEQ, USER = 8, CONTACT = 24 }; /* words */

uint64_t sip_hash(uint64_t h, struct sip_text t)
{
    for (size_t k = 0; k < t.n; k++) {
        h = (h ^ (uint8_t)t.s[k]) * 0x100000001b3;
    }
    return h;
}

static struct session *bindings(const struct fn_state *s)
{
    return s->own;
}

int sip_location_open(struct fn_state *s)
{
    struct sip_proxy_regs *regs = s->regs;

    s->own = calloc(1, sizeof(struct session));
    return s->own == NULL
               ? ERR_NO_MEM
               : session_open(s->own, s, &sip_proxy_csr,
                              SIP_PROXY_TABLE_BINDING, &regs->n_bindings, 1);
}

void sip_location_close(struct fn_state *s)
{
    if (s->own != NULL) {
        session_close(s->own);
        free(s->own);
        s->own = NULL;
    }
}

void sip_location_prepare(struct fn_state *s)
{
    session_prepare(s->own, s, ((struct sip_proxy_regs *)s->regs)->seed);
}

/* --- text in words ---------------------------------------------------------
 */

static void store_text(uint32_t *w, size_t bytes, struct sip_text t)
{
    char text[SIP_CONTACT_BYTES] = {0};

    memcpy(text, t.s, t.n < bytes ? t.n : bytes);
    for (size_t k = 0; k < bytes / 4; k++) {
        w[k] = be32_load((const uint8_t *)text + 4 * k);
    }
}

/* The byte at 'k' of the text in words. */
static char byte_at(const uint32_t *w, size_t k)
{
    return (char)(w[k / 4] >> (24 - 8 * (k % 4)));
}

static size_t load_text(const uint32_t *w, size_t bytes, char *text)
{
    size_t n = 0;

    for (; n < bytes && byte_at(w, n) != '\0'; n++) {
        text[n] = byte_at(w, n);
    }
    return n;
}

/* --- domains and users ------------------------------------------------------
 */

bool sip_location_serves(const struct fn_state *s, struct sip_text host)
{
    const struct sip_proxy_regs *regs = s->regs;
    uint32_t n = regs->n_domains < SIP_PROXY_DOMAIN_DEPTH
                     ? regs->n_domains
                     : SIP_PROXY_DOMAIN_DEPTH;
    uint32_t addr;

    if (sip_ip4(host, &addr)) {
        return addr == regs->local;
    }
    for (uint32_t k = 0; k < n; k++) {
        char name[SIP_PROXY_DOMAIN_WORDS * 4 + 1] = {0};
        load_text(s->table[SIP_PROXY_TABLE_DOMAIN] +
                      (size_t)k * SIP_PROXY_DOMAIN_WORDS,
                  sizeof name - 1, name);
        if (sip_is(host, name)) {
            return true;
        }
    }
    return false;
}

bool sip_location_user(const struct sip_uri *uri, struct sip_user *user)
{
    size_t n = uri->user.n;

    *user = (struct sip_user){.text = {0}};
    if (n == 0 || n + 1 + uri->host.n > sizeof user->text) {
        return false;
    }
    memcpy(user->text, uri->user.s, n);
    user->text[n++] = '@';
    for (size_t k = 0; k < uri->host.n; k++) { /* hosts know no case */
        user->text[n + k] = (char)tolower((unsigned char)uri->host.s[k]);
    }
    return true;
}

/* --- bindings ----------------------------------------------------------------
 */

/* Of users with one key only one has a place. */
static struct flow_key key_of(const struct sip_user *user)
{
    struct sip_text t = {user->text, sizeof user->text};

    return (struct flow_key){.addrs = sip_hash(SIP_HASH, t),
                             .rest = sip_hash(~SIP_HASH, t)};
}

static bool is_user(const uint32_t *w, const struct sip_user *user)
{
    for (size_t k = 0; k < SIP_USER_BYTES; k++) {
        if (byte_at(w + USER, k) != user->text[k]) {
            return false;
        }
    }
    return true;
}

static bool is_over(const struct fn_state *s, const uint32_t *w)
{
    const struct sip_proxy_regs *regs = s->regs;

    return (int32_t)(w[EXPIRES] - regs->tick) <= 0;
}

/* The entry of a user, also one that ran out, or SESSION_NONE. */
static uint32_t entry_of(const struct fn_state *s, const struct sip_user *user)
{
    const struct session *t = bindings(s);
    uint32_t at = session_find(t, key_of(user));

    return at != SESSION_NONE && is_user(session_entry(t, at), user)
               ? at
               : SESSION_NONE;
}

bool sip_location_find(const struct fn_state *s, const struct sip_user *user,
                       struct sip_binding *b)
{
    const struct sip_proxy_regs *regs = s->regs;
    uint32_t at = entry_of(s, user);

    if (at == SESSION_NONE) {
        return false;
    }
    const uint32_t *w = session_entry(bindings(s), at);
    b->expires = w[EXPIRES] - regs->tick;
    b->call = w[CALL];
    b->cseq = w[CSEQ];
    b->n_contact = load_text(w + CONTACT, SIP_CONTACT_BYTES, b->contact);
    return !is_over(s, w);
}

int sip_location_set(struct fn_state *s, const struct sip_user *user,
                     const struct sip_binding *b)
{
    const struct sip_proxy_regs *regs = s->regs;
    struct flow_key key = key_of(user);
    struct session *t = bindings(s);
    uint32_t at = session_find(t, key);

    bool is_new = at == SESSION_NONE;
    at = is_new ? session_add(t, &key) : at;
    if (at == SESSION_NONE ||
        (!is_new && !is_user(session_entry(t, at), user))) {
        return ERR_CAPACITY; /* its place is another's */
    }
    uint32_t *w = session_entry(t, at);
    w[EXPIRES] = regs->tick + b->expires;
    w[CALL] = b->call;
    w[CSEQ] = b->cseq;
    store_text(w + USER, SIP_USER_BYTES,
               (struct sip_text){user->text, sizeof user->text});
    store_text(w + CONTACT, SIP_CONTACT_BYTES,
               (struct sip_text){b->contact, b->n_contact});
    return 0;
}

void sip_location_clear(struct fn_state *s, const struct sip_user *user)
{
    uint32_t at = entry_of(s, user);

    if (at != SESSION_NONE) {
        session_remove(bindings(s), at);
    }
}

void sip_location_sweep(struct fn_state *s)
{
    struct sip_proxy_regs *regs = s->regs;
    struct session *t = bindings(s);
    uint32_t n = regs->n_bindings < SIP_PROXY_BINDING_DEPTH
                     ? regs->n_bindings
                     : SIP_PROXY_BINDING_DEPTH;

    if (n > 0 && is_over(s, session_entry(t, regs->sweep++ % n))) {
        session_remove(t, (regs->sweep - 1) % n);
        regs->n_expired++;
    }
}
