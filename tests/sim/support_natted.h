/* SPDX-License-Identifier: BSD-2-Clause */
/* A handful of whole nodes with NATs between them, in virtual time: the driver of the ICE stories.

   natted_new; natted_box for each NAT or firewall, outermost first; natted_add for each node; then
   commands and natted_run in turns; natted_free checks that nothing leaked. */
#ifndef TESTS_SIM_SUPPORT_NATTED_H
#define TESTS_SIM_SUPPORT_NATTED_H

#include "core/relo.h"
#include "sim/nat/preset.h"

#include <glib.h>

#define NATTED_NODES 10
#define NATTED_BOXES 8
#define NATTED_LINKS 1024
#define NATTED_PORTS 64
#define NATTED_PUBLIC (-1)

struct natted_packet;

struct natted_box {
    struct sim_nat nat;
    struct sim_nat_config config;
    int parent; /* NATTED_PUBLIC: the Internet */
};

/* A port that a TURN server has opened. */
struct natted_port {
    struct relo_addr addr;
    unsigned node;
};

struct natted_node {
    struct relo_node *node;
    struct relo_id id;
    struct relo_addr local;
    int box;
    relo_time deadline;
};

/* A LINK_UP, LINK_DOWN or LINK_FAILED. */
struct natted_link {
    relo_time at;
    unsigned node;
    struct relo_result result;
};

/* What a node's application has heard of its flows. */
struct natted_flow {
    struct relo_result up; /* the last APP_LINK */
    uint32_t down;         /* of the last APP_DOWN */
    unsigned data;         /* datagrams */
    uint32_t data_flow;    /* of the last */
    uint32_t bytes_n;
    uint8_t bytes[64];
};

struct natted {
    struct relo_config config;
    struct relo_shard *shard;
    struct relo_outbox *out;
    struct sim_nat_counters counters;
    relo_time now, latency;
    unsigned loss;    /* per mille */
    bool relay_only;  /* of nodes added from now on: START's */
    bool says_public; /* of nodes added from now on, whatever they are behind: START says so */
    uint64_t seed, drawn;
    unsigned boxes, nodes;
    struct natted_box box[NATTED_BOXES];
    struct natted_node node[NATTED_NODES];
    struct natted_port port[NATTED_PORTS];
    unsigned ports;
    struct natted_packet *flying; /* in order of arrival */
    struct natted_link link[NATTED_LINKS];
    unsigned links;
    struct natted_flow flow[NATTED_NODES];
    struct relo_result result;   /* the last of a command */
    uint64_t sent[RELO_CLASSES]; /* datagrams, by class */
    uint64_t lost_bad;           /* sent where nothing can be */
    uint64_t indications;        /* Binding indications among the keepalives */
    uint64_t checks, checks_without_role;
    uint64_t offers;          /* AttachReqs, at each hop */
    struct relo_addr watched; /* set by a test */
    uint64_t asked_watched;   /* Binding requests to it, as to a STUN server */
    uint8_t last[256];        /* the head of the last datagram sent */
    uint32_t last_n;
};

struct natted *natted_new(uint64_t seed);
void natted_free(struct natted *world);
/* A box inside `parent`; hosts inside have 10.<box>.0.<node>. Its index. */
int natted_box(struct natted *world, int parent, const struct sim_nat_config *config);
/* A node with Node-ID `top` << 56 behind a box, or 192.0.2.<node>; node 0 bootstraps the others. */
unsigned natted_add(struct natted *world, int box, unsigned top);
void natted_run(struct natted *world, relo_time duration);
/* Steps a node with a command, at once; its tag. */
uint64_t natted_ask(struct natted *world, unsigned node, struct relo_command command);
/* The same, and runs until its RESULT; NULL: it took longer than `patience`. */
const struct relo_result *natted_command(struct natted *world, unsigned node,
                                         struct relo_command command, relo_time patience);
/* Joins it, and fails the test unless it is admitted within two minutes. */
void natted_join(struct natted *world, unsigned node);
void natted_restart(struct natted *world, unsigned node); /* a crash; and joins at once */
bool natted_joined(const struct natted *world, unsigned node);
/* Attach from a to b by Node-ID. */
enum relo_status natted_attach(struct natted *world, unsigned a, unsigned b);
/* The newest LINK_UP at `node` to `peer`; NULL: none. */
const struct natted_link *natted_link(const struct natted *world, unsigned node, unsigned peer);
/* The newest event of a type at `node` with `peer`; NULL: none. */
const struct natted_link *natted_find(const struct natted *world, unsigned node, unsigned peer,
                                      enum relo_result_type type);
/* Both ends hear in the same instant that the other's address cannot be reached (hard ICMP). */
void natted_break(struct natted *world, unsigned a, unsigned b);
void natted_stop(struct natted *world, unsigned node); /* a crash */
/* Puts a datagram on the wire that arrives at a node as if from `source`. */
void natted_inject(struct natted *world, unsigned node, const struct relo_addr *source,
                   struct relo_view bytes);
/* The same to an address of the Internet. */
void natted_inject_to(struct natted *world, const struct relo_addr *source,
                      const struct relo_addr *destination, struct relo_view bytes);
uint64_t natted_count(const struct natted *world, const char *counter);

#endif
