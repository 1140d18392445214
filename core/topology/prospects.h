/* SPDX-License-Identifier: BSD-2-Clause */
/* Peers heard of in Updates that would be neighbors if they were connected (RFC 6940
   section 10.7.3), and a few that come next, in case a neighbor fails.

   learn what an Update lists; then, while next gives one, begin to Attach to it (through its
   informer, 10.6) and call busy; remove it when it has entered the ring or failed. */
#ifndef RELO_TOPOLOGY_PROSPECTS_H
#define RELO_TOPOLOGY_PROSPECTS_H

#include "core/base/time.h"
#include "core/topology/ring.h"

#define RELO_PROSPECTS_MAX 40
#define RELO_PROSPECTS_SPARE 2 /* kept beyond the neighbors on either side */

struct relo_prospect {
    struct relo_id id;
    struct relo_id informer; /* who told us of it; zero: nobody that is still there */
    relo_time not_before;    /* not to be tried earlier; busy: when to give up waiting */
    relo_time expiry;        /* forgotten then, unless busy */
    relo_time since;         /* when it was first tried; 0: not yet */
    bool busy;               /* an Attach, or the wait for its Update, is under way */
    uint8_t tries;
};

struct relo_prospects {
    struct relo_prospect *list; /* clockwise from this peer; pool block */
    uint8_t count, capacity;
};

void relo_prospects_fini(struct relo_prospects *prospects, struct relo_pool *pool);
/* Remembers (or refreshes) a peer that is not in the ring and is not this peer. What is too far
   from this peer to be of use is forgotten. heard->not_before is now. */
void relo_prospects_learn(struct relo_prospects *prospects, struct relo_pool *pool,
                          const struct relo_ring *ring, const struct relo_prospect *heard);
/* Forgets what is far, or not heard of since its expiry. */
void relo_prospects_prune(struct relo_prospects *prospects, const struct relo_ring *ring,
                          relo_time now);
/* Whether entry i would be a neighbor, all other prospects counted as present. */
bool relo_prospects_wanted(const struct relo_prospects *prospects, const struct relo_ring *ring,
                           uint32_t i);
/* The next one to try now, -1: none. */
int relo_prospects_next(const struct relo_prospects *prospects, const struct relo_ring *ring,
                        relo_time now);
/* Until when the wanted ones are worth waiting for, each for `patience` from its first try;
   RELO_NEVER: one was not tried yet. 0: there is none. While none of the nearest predecessors is
   in the ring, those under way are waited for to their end: the ring would take a successor for the
   predecessor, and so this peer nearly the whole overlay for its range. */
relo_time relo_prospects_pending(const struct relo_prospects *prospects,
                                 const struct relo_ring *ring, relo_time patience);
uint32_t relo_prospects_busy(const struct relo_prospects *prospects);
int relo_prospects_find(const struct relo_prospects *prospects, struct relo_id id);
void relo_prospects_remove(struct relo_prospects *prospects, uint32_t i);
/* The earliest not_before of those that are busy and, if more may be tried, of those that are
 * wanted. */
relo_time relo_prospects_deadline(const struct relo_prospects *prospects,
                                  const struct relo_ring *ring, bool more);

#endif
