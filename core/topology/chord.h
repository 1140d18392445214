/* SPDX-License-Identifier: BSD-2-Clause */
/* CHORD-RELOAD (RFC 6940 section 10): one instance per node, behind the plug-in table.

   Protocol of use: as core/route/plugin.h says. The instance is `relo_chord_ops.bytes` of memory,
   aligned for 64-bit integers, in the node. Its tables come from the shard's pool. */
#ifndef RELO_TOPOLOGY_CHORD_H
#define RELO_TOPOLOGY_CHORD_H

#include "core/route/plugin.h"
#include "core/topology/prospects.h"
#include "core/topology/ring.h"

/* Steps of a join (10.5). */
enum relo_chord_step {
    RELO_CHORD_STEP_NONE,
    RELO_CHORD_STEP_CONNECT,   /* 1: to a bootstrap node */
    RELO_CHORD_STEP_DISCOVER,  /* Pings that look for our successors */
    RELO_CHORD_STEP_ATTACH,    /* 2: Attach to Resource-ID n+1 */
    RELO_CHORD_STEP_UPDATE,    /* 2: the Admitting Peer's Update is awaited */
    RELO_CHORD_STEP_NEIGHBORS, /* 3: Attaches to neighbors and fingers are under way */
    RELO_CHORD_STEP_ASK,       /* 5: Join sent */
    RELO_CHORD_STEP_ADMIT,     /* 6: answered; the Update that names us a predecessor is awaited */
    RELO_CHORD_STEP_WAIT       /* failed; until the next try */
};

struct relo_chord_blocked; /* a peer that has just failed: no Attach to it for a while */

/* What routing and every step read comes first: 128 bytes. */
struct relo_chord {
    struct relo_route *route;
    struct relo_env *env;
    struct relo_ring ring;
    relo_time deadline; /* the earliest of those below */
    relo_handle boot;   /* link to the bootstrap node, while joining */
    uint16_t events;    /* bits: what poll has still to report */
    uint8_t state;      /* enum relo_node_state */
    uint8_t step;       /* enum relo_chord_step */
    bool client;
    bool again;        /* was a member: joins again until it succeeds */
    bool replica_lost; /* since the last announcement: it may be back, without its data */
    bool boot_opened;  /* `boot` was opened for the join: closed afterwards, unless of use */
    bool check_opened; /* `check` was opened for the check: closed afterwards */
    uint16_t refused;  /* Error that this join's last attempt met for its configuration, else 0 */

    struct relo_prospects prospects;
    struct relo_chord_blocked *blocked;
    const struct relo_addr *bootstrap; /* borrowed: START's, bootstrap_count of them */
    uint8_t bootstrap_count;
    uint8_t bootstrap_first; /* where the turn of attempts began */
    uint8_t blocked_count;
    uint8_t dirty;           /* bits: who is to get an Update at update_at */
    uint8_t tries, asks;     /* of this join */
    uint8_t found;           /* successors that Pings of this join have found */
    uint8_t finger_next;     /* next slot of the initial Attaches (10.5), 0: done */
    uint8_t finger_attaches; /* under way */
    bool applied;            /* `ap` was sent a Join that it has not refused */
    uint16_t leaves;         /* Leaves not yet answered */
    uint16_t epoch;          /* of the join; answers to earlier ones are ignored */
    relo_handle check;       /* link to a bootstrap node, for the partition check */
    uint32_t cut_off_s;      /* when it had lost all successors, last; 0: never */
    relo_time started;
    relo_time join_at;       /* time limit of the step */
    relo_time fingers_until; /* the join waits for finger Attaches no longer */
    relo_time update_at;     /* batched reactive Updates */
    relo_time periodic_at;   /* 10.7.4.1 */
    relo_time search_at;     /* 10.7.4.2 */
    relo_time search_pause;  /* after the next search, while lost fingers are replaced; 0: none */
    relo_time check_at;      /* 10.7.4.4 */
    relo_time check_until;
    relo_time ping_at; /* neighbor-ping-interval */
    relo_time hold_at; /* end of the hold-down (10.7.1) */
    relo_time leave_at;
    relo_time finger_busy_until;  /* finger Attaches that were never heard of again */
    struct relo_id update_resume; /* Node-ID from which a flush goes on that ran over quota */
    struct relo_id doubted; /* the neighbor last pinged because another one does not list it */
    relo_time doubted_at;
    struct relo_id ap;     /* Admitting Peer */
    struct relo_id joiner; /* the peer we are admitting; zero: none */
    relo_time joiner_until;
    struct relo_id range_from; /* as last announced */
    struct relo_id sure_from;  /* where the range began when its predecessor was known as such */
    uint64_t neighbor_digest;  /* as last announced */
    uint64_t replica_digest;
};

_Static_assert(sizeof(struct relo_chord) <= 512, "embedded in every node");

extern const struct relo_topology_ops relo_chord_ops;

#endif
