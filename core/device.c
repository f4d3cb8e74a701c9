/* device.c - see device.h. */
#include "core/device.h"

int device_load(struct device *d, uint32_t slot, const struct fn *fn,
                struct body **out)
{
    return d->ops->load(d, slot, fn, out);
}

int device_counters(struct device *d, uint32_t slot, struct slot_counters *out)
{
    return d->ops->counters(d, slot, out);
}

int device_flip(struct device *d, uint32_t slot, const char *where)
{
    return d->ops->flip(d, slot, where);
}

int device_stalls(struct device *d, const struct device_stalls *s)
{
    return d->ops->stalls(d, s);
}

void device_close(struct device *d)
{
    if (d != NULL) {
        d->ops->close(d);
    }
}
