/* scan_sib.h - what SIB2, SIB6 and SIB7 say, as JSON objects the caller owns.
 */
#ifndef HOST_RADIO_SCAN_SIB_H
#define HOST_RADIO_SCAN_SIB_H

#include "sdr/dsp/lte_rrc.h"

struct json_t;

struct json_t *scan_sib_common(const struct lte_common *c);
struct json_t *scan_sib_utra(const struct lte_utra *s);
struct json_t *scan_sib_geran(const struct lte_geran *s);

#endif
