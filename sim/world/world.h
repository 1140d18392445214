/* SPDX-License-Identifier: BSD-2-Clause */
/* The world of one run: hosts, shards, network, judge. Internal to sim/world, sim/churn and
   sim/workload; the way in is run.h.

   Host i is entity i + 1 and has one address for the whole run; a peer is an incarnation of it. A
   host belongs to one shard, and only that shard touches it while a window executes. */
#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include "core/base/counter.h"
#include "core/base/slab.h"
#include "core/relo.h"
#include "sim/check/invariants.h"
#include "sim/check/judge.h"
#include "sim/churn/agenda.h"
#include "sim/churn/population.h"
#include "sim/engine/calendar.h"
#include "sim/engine/draw.h"
#include "sim/fault/fault.h"
#include "sim/fault/malice.h"
#include "sim/net/network.h"
#include "sim/net/packet.h"
#include "sim/net/pcap.h"
#include "sim/workload/zipf.h"
#include "sim/world/boxes.h"
#include "sim/world/lazy.h"
#include "sim/world/ports.h"
#include "sim/world/run.h"

#define SIM_SHARDS_MAX 64
#define SIM_UNIX_OFFSET_NS                                                                         \
    INT64_C(1700000000000000000)        /* the wall clock at time zero, all hosts                  \
                                         */
#define SIM_LEAVE_GRACE_NS (5 * RELO_S) /* for a graceful leave; then the host stops anyway */
#define SIM_JOIN_RETRY_NS (10 * RELO_S)

enum sim_host_state { SIM_HOST_DEAD, SIM_HOST_JOINING, SIM_HOST_ADMITTED, SIM_HOST_LEAVING };

/* The processes of a host: each has at most one event under way per incarnation. */
enum sim_process {
    SIM_PROCESS_LOOKUP,
    SIM_PROCESS_STORE,
    SIM_PROCESS_FETCH,
    SIM_PROCESS_CALL,
    SIM_PROCESSES, /* the above come again after an interval */
    SIM_PROCESS_REFRESH = SIM_PROCESSES,
    SIM_PROCESS_JOIN,
    SIM_PROCESS_REGISTER,
};

/* What churn does to a host; the `what` of events of class world. */
enum sim_churn_what {
    SIM_CHURN_ARRIVE, /* starts, and joins */
    SIM_CHURN_DEPART, /* the session is over */
    SIM_CHURN_STOP,   /* the grace of a leave is over */
};

/* Three cache lines, of which most events read the first alone. Runs with churn have twice as many
   hosts as peers. */
struct sim_host {
    struct relo_node *node;     /* owned; NULL while dead */
    relo_time due;              /* when something is to be done for it; RELO_NEVER: nothing is */
    relo_time wake_at;          /* of the wake that counts; RELO_NEVER: none is queued */
    relo_time wake_next;        /* of the one known to be queued behind it; RELO_NEVER: none */
    uint64_t packets;           /* sent so far: the source sequence, never reset */
    uint64_t chain, wire_chain; /* fingerprints */
    uint32_t forwarded;         /* messages, by this incarnation, in the measurement phase */
    uint8_t state;              /* enum sim_host_state */
    uint8_t running;            /* bit per process: its event is queued */
    bool stop;                  /* stop once the step is over */
    bool was_admitted;          /* this incarnation, ever */

    relo_time up_free_at, down_free_at;
    relo_time deadline;  /* with lazy keepalives: of the node, for it does not know of theirs */
    uint64_t keepalives; /* sent so far: a sequence of their own */
    struct relo_id id;
    relo_time started;              /* this incarnation */
    relo_time returns_at;           /* LEAVING: when the next session begins */
    uint32_t incarnation;           /* sessions begun so far */
    uint32_t attempts;              /* to join, of all incarnations */
    uint32_t number[SIM_PROCESSES]; /* of intervals drawn, per process */
    uint32_t version;               /* of the value stored last */
    relo_handle pending;            /* commands under way, a list in the shard's slab */
    bool storing;                   /* a Store is under way */
    uint8_t refused;                /* joins that failed in the quiet part of a checked run */
} __attribute__((aligned(64)));

/* A command under way; its handle is the command's tag. */
struct sim_pending {
    relo_handle next, previous;
    uint32_t host, key;
    relo_time issued;
    uint64_t version;
    uint8_t type; /* enum relo_command_type */
    bool sip;     /* of kind SIP-REGISTRATION */
};

struct sim_mail {
    struct sim_packet **packet; /* owned */
    uint32_t n, capacity;
};

struct sim_shard {
    struct sim_world *world;
    struct relo_shard *core;
    struct relo_pool *pool; /* the core shard's */
    struct sim_calendar calendar;
    struct relo_slab pending;
    uint32_t index;
    relo_time now, until;     /* `until` ends the window */
    struct sim_event current; /* the event under way: its place in the order */
    int64_t looked_at;        /* the slot of the calendar whose beginning is near */
    uint64_t events, datagrams, to_dead;
    struct sim_log log;
    struct sim_ports *ports;              /* owned */
    struct sim_packet *keepalive;         /* owned: what lazy ones look like; NULL: none so far */
    struct sim_mail mail[SIM_SHARDS_MAX]; /* for the other shards, until the window's end */
    struct sim_network_stats net;
    struct mx_run run;                                    /* what needs no judge */
    uint64_t bytes[RELO_CLASSES], messages[RELO_CLASSES]; /* in the measurement phase */
    uint64_t abandoned;                                   /* lookups whose asker died first */
    relo_u128 alive_ns; /* node-nanoseconds in the measurement phase */
    uint8_t *value, *scratch;
    struct relo_outbox outbox;
};

struct sim_world {
    const struct sim_params *params;
    struct sim_run_options options;
    struct relo_config config;
    struct sim_network network;
    struct sim_populations populations;
    struct sim_agenda agenda;
    struct sim_zipf zipf; /* popularity of the keys */
    struct sim_host *hosts;
    uint32_t host_count;
    struct sim_shard *shards[SIM_SHARDS_MAX];
    uint32_t shard_count;
    struct sim_judge judge;
    struct sim_pcap *pcap;
    struct sim_fault *fault;   /* owned; NULL: nothing goes wrong */
    struct sim_malice *malice; /* owned; NULL: everybody is honest */
    struct sim_boxes *boxes;   /* owned; NULL: there are no NATs */
    uint64_t relayed; /* bytes, by all TURN servers until `relayed_at` of the measurement */
    relo_time relayed_at;
    struct sim_lazy *lazy; /* owned, by site; NULL: keepalives are events */
    bool delays;           /* a datagram at a host's site is not yet at the host */
    struct mx_run *result;
    relo_time now; /* at barriers */
    relo_time measure_from, measure_to, end;
    relo_time churn_from;     /* residual lives begin here */
    bool measuring, measured; /* in the measurement phase; past it */
    uint64_t windows;
    uint64_t counters_before[RELO_COUNTER_COUNT]; /* the core's, when the measurement began */
};

static inline uint32_t sim_world_shard_of(const struct sim_world *world, uint32_t host)
{
    if (world->shard_count == 1)
        return 0;
    if (world->boxes) /* a site is never split */
        host = world->boxes->layout.host_place[host];
    return (uint32_t)((uint64_t)host * world->shard_count / world->host_count);
}

/* Where others send to, but for NATs; what the host takes for its own address. */
static inline struct relo_addr sim_world_addr(const struct sim_world *world, uint32_t host)
{
    return world->boxes ? sim_layout_host_addr(&world->boxes->layout, host)
                        : sim_network_addr(host);
}

/* The side of a partition a host is on; all of a site are on one. */
static inline uint32_t sim_world_group(const struct sim_world *world, uint32_t host)
{
    return sim_agenda_group(world, world->boxes ? world->boxes->layout.host_place[host] : host);
}

static inline bool sim_host_alive(const struct sim_host *host)
{
    return host->node != NULL;
}

/* world.c: memory and time. */
bool sim_world_init(struct sim_world *world, const struct sim_params *params,
                    const struct sim_run_options *options, struct mx_run *result, char **error);
void sim_world_fini(struct sim_world *world);
/* Executes everything before `until`, window by window, and judges the logs. */
void sim_world_run_until(struct sim_world *world, relo_time until);
/* After world events at a barrier: hands on what they sent and judges what they logged. */
void sim_world_settle(struct sim_world *world);
uint64_t sim_world_events(const struct sim_world *world);

/* shard.c: one shard's events. */
struct sim_shard *sim_shard_new(struct sim_world *world, uint32_t index);
void sim_shard_free(struct sim_shard *shard);
/* A packet in a downlink until `delivery`. If nothing else happens at `host` before, it is delivery
   already: the order between hosts never shows, for they meet by packets alone, and those take
   their time. False: it has been put on the calendar. UINT32_MAX: there are others who may be next.
 */
bool sim_shard_await(struct sim_shard *shard, struct sim_packet *packet, uint32_t host,
                     relo_time delivery);
/* Onto the calendar; but lazy keepalives wait where they go. */
void sim_shard_push(struct sim_shard *shard, struct sim_packet *packet);
/* A packet is at the site: through the downlink, then to the host. */
void sim_shard_arrive(struct sim_shard *shard, struct sim_packet *packet);
void sim_shard_run(struct sim_shard *shard, relo_time until);
/* Queues an event about a host: `what` (with the incarnation and a number of the caller's) comes
   back to sim_churn_event or sim_workload_event. Events at or after the end of the run are
   forgotten. */
void sim_shard_schedule(struct sim_shard *shard, uint32_t host, enum sim_class class,
                        relo_time time, uint8_t what, uint32_t number);

/* ahead.c: an event has been popped; brings near what those that come after it will touch. */
void sim_shard_look_ahead(struct sim_shard *shard);

/* host.c: one host's node. */
void sim_host_step(struct sim_shard *shard, uint32_t host, const struct relo_event *event);
/* Sends the keepalives that are due, without stepping the node (keepalives = lazy). */
void sim_host_keepalives(struct sim_shard *shard, uint32_t host);
void sim_host_wake_by(struct sim_shard *shard, uint32_t host);
void sim_host_command(struct sim_shard *shard, uint32_t host, struct relo_command *command,
                      uint32_t key, uint64_t version);
void sim_host_deliver(struct sim_shard *shard, struct sim_packet *packet);
void sim_host_log(struct sim_shard *shard, enum sim_log_kind kind, uint32_t host);

/* life.c: starting and stopping peers. `wired` has the members of START that say what it is wired
   with; NULL: nothing. */
void sim_life_start(struct sim_shard *shard, uint32_t host, const struct relo_start *wired);
void sim_life_join(struct sim_shard *shard, uint32_t host);
void sim_life_join_later(struct sim_shard *shard, uint32_t host); /* the last one failed */
void sim_life_stop(struct sim_shard *shard, uint32_t host);
/* The Node-ID of the incarnation that host begins next. */
struct relo_id sim_life_node_id(const struct sim_world *world, uint32_t host);
void sim_life_user(uint32_t host, char *user, size_t n);

/* wiring.c: a converged ring at time zero. */
void sim_wiring_start(struct sim_world *world);

/* results.c: what a step reports. */
void sim_results_take(struct sim_shard *shard, uint32_t host, const struct relo_result *result);

/* measure.c: samples and totals, at barriers. */
void sim_measure_begin(struct sim_world *world);
void sim_measure_sample(struct sim_world *world);
void sim_measure_end(struct sim_world *world);
void sim_measure_facts(struct sim_world *world);
/* The storage time of a key's newest acknowledged value, and of what a host holds (0: nothing, or
   it has expired); whether that is the former or newer. */
uint64_t sim_measure_stored_ms(const struct sim_world *world, uint32_t key);
uint64_t sim_measure_stored(const struct sim_world *world, uint32_t host, struct relo_id resource);
bool sim_measure_holds(const struct sim_world *world, uint32_t host, struct relo_id resource,
                       uint64_t stored_ms);

/* sim/churn/churn.c */
void sim_churn_begin(struct sim_world *world);
void sim_churn_event(struct sim_shard *shard, uint32_t host, enum sim_churn_what what);
/* The host has stopped; when it comes back is decided here. */
void sim_churn_stopped(struct sim_shard *shard, uint32_t host);

/* sim/workload/workload.c */
void sim_workload_admitted(struct sim_shard *shard, uint32_t host);
void sim_workload_event(struct sim_shard *shard, uint32_t host, enum sim_process process,
                        uint32_t number);
/* The swarm's checks: a host tries to store where only another one may (RFC 6940 7.3.1); it fetches
   a key, whatever is known of it; it pings a peer. */
void sim_workload_intrude(struct sim_shard *shard, uint32_t host, uint32_t key);
void sim_workload_ask(struct sim_shard *shard, uint32_t host, uint32_t key);
void sim_workload_ping(struct sim_shard *shard, uint32_t host, struct relo_id peer);
/* What a trace asks for: the host stores its own key, or fetches that of another. */
void sim_workload_put(struct sim_shard *shard, uint32_t host);
void sim_workload_get(struct sim_shard *shard, uint32_t host, uint32_t key);
void sim_workload_stored(struct sim_shard *shard, const struct sim_pending *pending,
                         const struct relo_result *result);
void sim_workload_fetched(struct sim_shard *shard, const struct sim_pending *pending,
                          const struct relo_result *result);

/* sim/workload/sip.c: registrations and calls (RFC 7904) */
void sim_sip_register(struct sim_shard *shard, uint32_t host);
void sim_sip_call(struct sim_shard *shard, uint32_t host);
void sim_sip_registered(struct sim_shard *shard, const struct sim_pending *pending,
                        const struct relo_result *result);
void sim_sip_found(struct sim_shard *shard, const struct sim_pending *pending,
                   const struct relo_result *result);

#endif
