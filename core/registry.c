/* registry.c - expands the generated list; names no function itself. */
#include "core/registry.h"

#define FN(name, rtl) extern const struct fn name##_fn;
#include "fn_list.h"
#undef FN

const struct fn *const registry[] = {
#define FN(name, rtl) &name##_fn,
#include "fn_list.h"
#undef FN
    NULL,
};

const struct fn *registry_find(const char *name)
{
    for (size_t k = 0; registry[k] != NULL; k++) {
        if (strcmp(registry[k]->csr->name, name) == 0) {
            return registry[k];
        }
    }
    return NULL;
}

bool registry_has_rtl(const char *name)
{
    static const struct {
        const char *name;
        bool rtl;
    } list[] = {
#define FN(name, rtl) {#name, rtl},
#include "fn_list.h"
#undef FN
    };

    for (size_t k = 0; k < sizeof list / sizeof list[0]; k++) {
        if (strcmp(list[k].name, name) == 0) {
            return list[k].rtl;
        }
    }
    return false;
}
