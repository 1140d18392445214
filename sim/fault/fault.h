/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of packets, clocks and hosts ([fault] of a scenario). World.h's `fault` is NULL where none
   is asked for, and the functions here are then not called.

   Protocol of use: sim_fault_new once per world (NULL where nothing is to go wrong); the world
   calls the hooks below where their comments say; sim_fault_free before the shards' memory goes.
   All draws are stateless; what state there is belongs to one host, so that shards cannot matter.

   A crash with crash-storage = lost stops the node; it returns after restart-after with its old
   identity, an empty store and no links, as after a reboot of a peer that keeps only its
   certificate. With kept the node is frozen, as a suspended machine is: packets to it vanish, its
   timers stand still, and when it thaws it still believes in its links, its table and its data. */
#ifndef SIM_FAULT_FAULT_H
#define SIM_FAULT_FAULT_H

#include "sim/net/packet.h"
#include "sim/scenario/params.h"

struct relo_node;
struct sim_shard;
struct sim_world;
struct sim_fault;

/* The `what` of events of class world that are a fault's; churn's are below. */
enum sim_fault_what { SIM_FAULT_CRASH = 64, SIM_FAULT_THAW, SIM_FAULT_CLOCK, SIM_FAULT_FLOOD };

/* From now on packets, peers and hosts are well; frozen ones still thaw. NULL is legal. */
void sim_fault_quiet(struct sim_fault *fault);
struct sim_fault *sim_fault_new(const struct sim_params *params, uint32_t hosts);
void sim_fault_free(struct sim_fault *fault); /* NULL is legal */

/* A packet is on its way and will arrive at packet->event.time: its bits and that time may change.
   Returns a second copy to be sent too, or NULL. */
struct sim_packet *sim_fault_packet(struct sim_shard *shard, struct sim_packet *packet);

/* Whether any peer is slow; and when a datagram that is at the host will have been processed: false
   where too many wait already (counted as a drop of the downlink). */
bool sim_fault_slows(const struct sim_fault *fault);
bool sim_fault_process(struct sim_shard *shard, uint32_t host, relo_time *delivery);

/* How wrong the host's wall clock is at a time. */
relo_time sim_fault_clock(const struct sim_fault *fault, uint32_t host, relo_time now);

/* How many of the host's lives so far began with the identity of the one before. */
uint32_t sim_fault_restarts(const struct sim_fault *fault, uint32_t host);

/* A host has started: its crash and its clock are scheduled. */
void sim_fault_started(struct sim_shard *shard, uint32_t host);
void sim_fault_event(struct sim_shard *shard, uint32_t host, enum sim_fault_what what);
/* Whether it is frozen; and the session of a frozen host is over: it will not thaw. */
bool sim_fault_frozen(const struct sim_fault *fault, uint32_t host);
void sim_fault_departed(struct sim_shard *shard, uint32_t host);

#endif
