/* SPDX-License-Identifier: BSD-2-Clause */
/* Malicious peers ([malicious] of a scenario).

   The core has no malice in it. A malicious peer runs the same core with another crypto suite: a
   copy of `sim` that looks at each message after its record has been opened, and at each before it
   is signed, which is where an attacker who owns a valid certificate sits. What others sign end to
   end it cannot change without being found out; forwarding headers (RFC 6940 6.3.2) are not signed,
   and what it answers itself it signs itself. Honest peers use the `sim` suite as it is: malice
   elsewhere costs them nothing.

   Whether a host is malicious is a pure function of its number and the time: it has a threshold,
   and is malicious while the share is above it. The share goes from `share` to `share-stop` by
   `ramp-step` every `ramp-interval` from `ramp-from` on. Bootstrap peers stay honest. */
#ifndef SIM_FAULT_MALICE_H
#define SIM_FAULT_MALICE_H

#include "core/relo.h"
#include "metrics/run.h"
#include "sim/scenario/params.h"

struct sim_malice;
struct sim_shard;

/* NULL where no host can become malicious. */
struct sim_malice *sim_malice_new(const struct sim_params *params, uint32_t hosts);
/* Before the shards' memory goes. NULL is legal. */
void sim_malice_free(struct sim_malice *malice);

/* The share of malicious peers at a time, in parts per billion. */
uint32_t sim_malice_share(const struct sim_params *params, relo_time now);

/* Whether the host is malicious at that time. */
bool sim_malice_is(const struct sim_malice *malice, uint32_t host, relo_time now);

/* The suite a host starts with. */
const struct relo_suite *sim_malice_suite(const struct sim_malice *malice, uint32_t host);

/* A host that may become malicious has started; and its next flooding request is due. */
void sim_malice_started(struct sim_shard *shard, uint32_t host);
void sim_malice_flood(struct sim_shard *shard, uint32_t host);

/* Zeroes the counters; and adds malicious.* to the run. */
void sim_malice_measure_begin(struct sim_malice *malice);
void sim_malice_measure_end(const struct sim_malice *malice, struct mx_run *run);

#endif
