/* The tracepoint: what a record of ttmem says. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER ttmem_peer

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./lttng_peer_tp.h"

#if !defined(LTTNG_PEER_TP_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LTTNG_PEER_TP_H

#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT(
    ttmem_peer, event,
    LTTNG_UST_TP_ARGS(uint8_t, kind, uint8_t, type, uint16_t, pool, uint16_t, banks, uint64_t, address,
                      uint64_t, requested, uint64_t, per_bank, uint64_t, id),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_integer(uint8_t, kind, kind)
        lttng_ust_field_integer(uint8_t, type, type)
        lttng_ust_field_integer(uint16_t, pool, pool)
        lttng_ust_field_integer(uint16_t, banks, banks)
        lttng_ust_field_integer_hex(uint64_t, address, address)
        lttng_ust_field_integer(uint64_t, requested, requested)
        lttng_ust_field_integer(uint64_t, per_bank, per_bank)
        lttng_ust_field_integer(uint64_t, id, id)))

#endif

#include <lttng/tracepoint-event.h>
