/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of [nat] and [pairs], and what they resolve to. */
#ifndef SIM_SCENARIO_NATS_H
#define SIM_SCENARIO_NATS_H

#include "sim/scenario/literal.h"
#include "sim/scenario/params.h"

/* For the table of keys; NULL-terminated, the position is the value. */
extern const char *const sim_nat_preset_words[];
extern const char *const sim_nat_dependences[], *const sim_nat_port_words[];
extern const char *const sim_nat_collisions[], *const sim_nat_hairpins[];
extern const char *const sim_nat_refreshes[], *const sim_nat_fulls[], *const sim_pair_ends[];
extern const char *const sim_nat_no_ice[];

/* The keys of [nat] as the run needs them: the preset unfolded, every auto replaced. */
void sim_nats_resolve(const struct sim_literal *values, struct sim_params *params);

/* overlay.turn-density = auto: hosts per public host. */
uint8_t sim_nats_density(const struct sim_nat_mix *nat);

/* NULL, or a sentence (owned) on what is impossible. */
char *sim_nats_check(const struct sim_params *params);

#endif
