/* SPDX-License-Identifier: BSD-2-Clause */
/* What a shard tells the world: entries it appends while it executes and that sim/check judges at
   the next barrier, in order of (time, host). World knowledge never flows the other way but through
   what the barrier has published. */
#ifndef SIM_CHECK_LOG_H
#define SIM_CHECK_LOG_H

#include "core/base/id.h"
#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum sim_log_kind {
    SIM_LOG_JOINING,    /* `id` is alive but not (or no longer) part of the ring */
    SIM_LOG_ADMITTED,   /* `id` is part of the ring (10.5 step 7) */
    SIM_LOG_LEAVING,    /* `id` has begun to leave */
    SIM_LOG_GONE,       /* `id` stopped: left or died */
    SIM_LOG_DELIVERED,  /* lookup `number` for `id` arrived at `host` after `hops` links */
    SIM_LOG_LOOKUP,     /* `host` has the answer to lookup `number` (ok), or has given up */
    SIM_LOG_STORED,     /* version `number` of `key`, asked for at `issued`, was acknowledged */
    SIM_LOG_INTRUDED,   /* a Store by `host` at another's `key` was answered (ok: let in) */
    SIM_LOG_REGISTERED, /* the registration of `host` for `id`, asked for at `issued`, was
                           acknowledged */
    SIM_LOG_FETCHED     /* `key` was answered with version `number` (ok: its bytes are right) */
};

struct sim_log_entry {
    relo_time time;
    relo_time issued;
    uint64_t number;
    struct relo_id id;
    struct relo_id self; /* DELIVERED: the Node-ID of `host`; STORED: of whoever acknowledged it */
    uint32_t host;
    uint32_t key;
    uint8_t kind; /* enum sim_log_kind */
    uint8_t hops;
    bool ok;
    bool alien; /* FETCHED: there was a value, but not one that was ever stored there */
};

/* One shard's log since the last barrier; owned arrays. */
struct sim_log {
    struct sim_log_entry *entry;
    uint32_t n, capacity;
};

#endif
