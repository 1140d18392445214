/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of the simulator: parameters in, a result out. The same parameters and seed give the same
   result, fingerprints included, whatever the number of shards and the order they execute in.

   Protocol of use: mx_run_init the result, sim_run, read it, mx_run_fini. sim_run keeps nothing. */
#ifndef SIM_WORLD_RUN_H
#define SIM_WORLD_RUN_H

#include "core/base/time.h"
#include "metrics/run.h"
#include "sim/scenario/params.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_check;

/* All zero is a good default. Strings and `user` are borrowed for the call. */
struct sim_run_options {
    /* Called about once per simulated second, with the time reached and the events worked on so
       far; NULL: nobody looks. The end of the run is sim_run_end(). */
    void (*progress)(void *user, relo_time now, uint64_t events);
    void *user;
    const char *pcap_path; /* frames in the clear, UDP port 6084; NULL: none. Implies one shard */
    bool pcap_all;         /* handshake datagrams too, on UDP port 6085 */
    uint32_t shards;       /* 0: as the parameters say */
    struct sim_check *check; /* the swarm's invariants (sim/check/invariants.h); NULL: none */
    uint64_t shuffle; /* test aid: not 0 shuffles the order in which a window's shards execute */
};

/* Runs build-up, transition, measurement and the 15 s in which the last lookups may still be
   answered. On success *result (initialised and empty before) holds the metrics of the measurement
   phase and the facts, but for mx_facts.host and start_unix_ns, which are the caller's. On failure
   returns false and *error is a sentence, owned by the caller (g_free). */
bool sim_run(const struct sim_params *params, const struct sim_run_options *options,
             struct mx_run *result, char **error);

/* How far the clock of a run goes. */
relo_time sim_run_end(const struct sim_params *params);

#endif
