/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the route layer share: the objects behind struct relo_route, and the steps a
   message takes between them (RFC 6940 sections 6.1, 6.2, 6.5.1 and 6.7). */
#ifndef RELO_ROUTE_INTERNAL_H
#define RELO_ROUTE_INTERNAL_H

#include "core/route/application.h"
#include "core/route/route.h"
#include "core/ice/agents.h"
#include "core/wire/attach.h"

#define RELO_ROUTE_HEADER_MAX 4096u /* bytes of a forwarding header this node writes */
#define RELO_ROUTE_LIST_MAX 2048u   /* bytes of a via or destination list it builds */
#define RELO_ROUTE_CACHE_MAX 64u    /* answers kept */
#define RELO_ROUTE_OPAQUE_MAX 256u  /* compressed via lists kept */
#define RELO_ROUTE_BUFFERS_MAX 16u  /* messages being reassembled */
#define RELO_ROUTE_BUFFER_BYTES_MAX (256u * 1024)
#define RELO_ROUTE_ATTACHES_MAX 128u
#define RELO_ROUTE_TRANSMISSIONS 5u /* 6.2.1 */

/* --- resolve.c: section 6.1's three cases ------------------------------------------------ */

enum relo_hop {
    RELO_HOP_LINK, /* goes down `link` */
    RELO_HOP_MINE, /* is for this node */
    RELO_HOP_NONE  /* nowhere: dropped, counted */
};

/* Where a header's message goes, and the destination list it goes with (popped, unpacked). */
struct relo_resolved {
    enum relo_hop hop;
    relo_handle link;
    struct relo_id target;
    bool target_resource;
    struct relo_view destination; /* into the header's, or into list */
    uint8_t list[RELO_ROUTE_LIST_MAX];
};

/* Examines the head of the destination list until one of the three cases of 6.1 applies. `avoid`: a
   link that has just failed, or 0. `own`: this node is the origin (so the wildcard is for the next
   node, and a client may). Counts what it drops. */
void relo_route_resolve(struct relo_route *route, struct relo_view destination, relo_handle avoid,
                        bool own, struct relo_resolved *resolved);

/* --- opaque.c: list compression (6.1.3) -------------------------------------------------- */

struct relo_opaque {
    struct relo_opaque *next;
    relo_time expires;
    uint16_t id; /* 15 bits */
    uint16_t n;
    uint8_t via[];
};

/* Replaces the via list in `w` by one opaque id that stands for it; leaves it alone if there are
   too many kept already. */
void relo_opaque_compress(struct relo_route *route, struct relo_wr *via);
/* The via list behind an opaque id; empty: unknown or stale. */
struct relo_view relo_opaque_find(const struct relo_route *route, struct relo_view id);
void relo_opaque_expire(struct relo_route *route, bool all);

/* --- emit.c: down a link, or to this node itself ----------------------------------------- */

struct relo_local {
    struct relo_local *next;
    struct relo_slice body; /* owned */
    struct relo_id target;
    bool target_resource;
    uint32_t n;
    uint8_t header[];
};

struct relo_emission {
    const struct relo_header *header; /* destination as resolved; length is computed */
    struct relo_slice body; /* borrowed; contents and security block, or a piece of them */
    uint32_t sender_token;
};

/* Queues one message on a link, in fragments where it does not fit a datagram (6.7). */
enum relo_send_result relo_emit_link(struct relo_route *route, relo_handle link,
                                     const struct relo_emission *emission);
/* Keeps one message for relo_route_local. */
void relo_emit_local(struct relo_route *route, const struct relo_emission *emission,
                     const struct relo_resolved *resolved);
/* Resolves and sends a message this node originates; `through` may name the first hop. True: it
   waits on a link, which will tell when it leaves. False: it found none, or is
   back here already. */
bool relo_emit_own(struct relo_route *route, const struct relo_emission *emission,
                   relo_handle through);
void relo_local_free(struct relo_route *route, struct relo_local *local);

/* --- origin.c: what a message of ours is made of ----------------------------------------- */

struct relo_composition {
    uint64_t transaction_id;
    uint16_t code;
    struct relo_view body, extensions;
    const struct relo_view *certificates;
    uint32_t certificate_count;
    enum relo_class traffic_class;
};
/* Contents and signed security block with one reference; NULL: over max-message-size. */
struct relo_body *relo_route_compose(struct relo_route *route, const struct relo_composition *c);
/* What traffic of this code most likely is for; where its origin cannot tell us. */
enum relo_class relo_route_class(uint16_t code);

/* --- transaction.c ----------------------------------------------------------------------- */

struct relo_transaction {
    relo_handle prev, next;
    uint64_t id;
    uint64_t context;
    struct relo_id asked;
    struct relo_body *body;
    uint8_t *lists;  /* destination list, then options; NULL: made from `asked`, no options */
    relo_time due;   /* next timeout */
    relo_time until; /* of the request; 0: no limit */
    uint32_t max_response_length;
    relo_handle through;
    uint16_t destination_bytes, options_bytes;
    uint16_t code;
    uint8_t owner; /* enum relo_owner */
    uint8_t transmissions, transmissions_max;
    bool asked_resource;
    bool waiting;     /* in the list of unsent ones */
    bool gone;        /* of no use any more: no more transmissions */
    uint32_t written; /* second of env->now in which the body was made */
};
_Static_assert(sizeof(struct relo_transaction) <= 128, "a transaction is small");

struct relo_transaction *relo_transaction_at(const struct relo_route *route, relo_handle h);
relo_handle relo_transaction_find(const struct relo_route *route, uint64_t id);
void relo_transaction_free(struct relo_route *route, relo_handle h);
/* This link is gone: its handle may come to name another, and is nobody's first hop any more. */
void relo_transaction_forget(struct relo_route *route, relo_handle link);
/* Like relo_route_request, to a destination list as it is on the wire (its last element is
   request->target.id). */
relo_handle relo_route_request_list(struct relo_route *route, const struct relo_request *request,
                                    struct relo_view destination);
/* A message of transaction `h` never left: the timer decides. */
void relo_transaction_lost(struct relo_route *route, relo_handle h, uint64_t id);
/* Whether `h` is maintenance for the very peer whose link has failed: by another way it would end
   at the peer responsible for that one's place. If so it ends, with RELO_CANCELLED, at its timer.
 */
bool relo_transaction_pointless(struct relo_route *route, relo_handle h, struct relo_id peer);

/* --- answer.c ---------------------------------------------------------------------------- */

/* One answer. They lie in a row, so that a request that is in none of them is told from them
   without waiting for each in turn. */
struct relo_answer_cache {
    uint64_t transaction_id;
    struct relo_id requester;
    relo_time expires;
    uint8_t *body; /* n bytes, pool-allocated; NULL: n = 0 */
    uint32_t n;
    uint16_t code;
};

/* Error without a place in the answer cache: for requests that were not processed. False: it could
   not be sent. */
bool relo_route_refuse(struct relo_route *route, const struct relo_inbound *in, uint16_t error_code,
                       const char *text);
/* The way back (6.1.2, 6.2.2): previous hop, then the via list reversed. */
void relo_answer_destination(const struct relo_route *route, const struct relo_inbound *in,
                             struct relo_wr *w);
void relo_answer_expire(struct relo_route *route);
void relo_answer_fini(struct relo_route *route);

/* 6.3.2.1: whether sequence number a is greater than b: "as in TCP", but modulo 65535. */
bool relo_config_sequence_newer(uint16_t a, uint16_t b);
/* own.c: ConfigUpdate to a node with an old configuration: of a request, or of an Error (6.3.2.1).
 */
void relo_config_update_send(struct relo_route *route, const struct relo_inbound *in);
/* ConfigUpdate to whoever answered Error_Unknown_Kind, with the kinds' definitions (7.4.1.2). */
void relo_config_kinds_send(struct relo_route *route, const struct relo_inbound *in);

/* --- reassembly.c (6.7) ---------------------------------------------------------------- */

/* Adds a piece; the whole message (one reference, the caller's) once it is complete, else NULL. Of
   an answer to each piece from then on: until one is accepted they may be of several copies. */
struct relo_body *relo_reassembly_add(struct relo_route *route, const struct relo_header *header,
                                      struct relo_view piece, enum relo_class traffic_class);
void relo_reassembly_end(struct relo_route *route, uint64_t transaction_id); /* of its answer */
void relo_reassembly_expire(struct relo_route *route, bool all);
relo_time relo_reassembly_deadline(const struct relo_route *route);

/* --- attach.c, negotiate.c, candidate.c (6.5.1) --------------------------------------- */

enum relo_attach_state {
    RELO_ATTACH_GATHERING,  /* ICE: our candidates are not final; a request or answer waits for them
                             */
    RELO_ATTACH_ASKED,      /* our AttachReq is out */
    RELO_ATTACH_CHECKING,   /* ICE: candidates are exchanged */
    RELO_ATTACH_CONNECTING, /* candidates are exchanged; `link` is opening */
    RELO_ATTACH_PROBING, /* `link` is up already, but they attach: a Ping tells if it still lives */
    RELO_ATTACH_JOINED   /* another attach to `peer`, ours or theirs, decides; waits for that until
                            due */
};

struct relo_attachment {
    struct relo_attachment *next;
    enum relo_attach_state state;
    bool initiated;
    bool send_update; /* the other side wants one */
    bool asked_resource;
    enum relo_owner owner;
    struct relo_id asked, peer; /* peer: zero while unknown */
    uint64_t context;
    relo_handle transaction; /* ASKED: the AttachReq; PROBING: the Ping */
    relo_handle link;
    struct relo_addr remote; /* PROBING */
    relo_time started, due;  /* JOINED: gives up at due */
    relo_time since;         /* of the step it is in */
    struct relo_link_setup setup;
    struct relo_ice_agent *agent;          /* NULL: No-ICE, or no more needed */
    struct relo_attach_question *question; /* GATHERING: ours */
    struct relo_attach_waiting *waiting;   /* GATHERING: theirs */
    uint8_t path_local, path_remote;       /* enum relo_path */
};

struct relo_attach_news {
    struct relo_attach_news *next;
    struct relo_attach_event event;
};

void relo_attach_request(struct relo_route *route, struct relo_inbound *in);
/* A request of an attach ended without an answer. */
void relo_attach_failed(struct relo_route *route, relo_handle transaction);
void relo_attach_expire(struct relo_route *route);
relo_time relo_attach_deadline(const struct relo_route *route);
void relo_attach_fini(struct relo_route *route);

/* attachment.c */
struct relo_outcome {
    enum relo_status status;
    uint16_t error_code;
    relo_handle link;
};
struct relo_attachment *relo_attachment_new(struct relo_route *route); /* NULL: over quota */
void relo_attachment_free(struct relo_route *route, struct relo_attachment *a);
/* This one only; frees it. */
void relo_attachment_end(struct relo_route *route, struct relo_attachment *a,
                         const struct relo_outcome *o);
/* From now on it waits for the attach, ours or theirs, that leads to `peer`. */
void relo_attachment_join(struct relo_route *route, struct relo_attachment *a, struct relo_id peer,
                          relo_time timeout);

/* attach.c */
/* An attach that waits for another one gives up in the end. */
#define RELO_ATTACH_JOINED_MAX(route) (20 * (route)->env->config->overlay_reliability_timer)
#define RELO_ATTACH_BODY_MAX 2048u
/* AttachReqAns with the agent's candidates (NULL: No-ICE's); false: it did not fit. */
bool relo_attach_write_body(struct relo_route *route, const struct relo_ice_agent *agent, bool asks,
                            bool send_update, struct relo_wr *w);
relo_handle relo_attach_ask(struct relo_route *route, const struct relo_attachment *a,
                            const struct relo_attach_options *options);
/* Ends an attach and those that waited for it. */
void relo_attach_end(struct relo_route *route, struct relo_attachment *a, enum relo_status status,
                     uint16_t error_code, relo_handle link);
void relo_attach_probe(struct relo_route *route, struct relo_attachment *a);

/* negotiate.c. Each may end the attach. */
void relo_negotiate_begin(struct relo_route *route, struct relo_attachment *a,
                          const struct relo_attach_options *options);
void relo_negotiate_answered(struct relo_route *route, struct relo_attachment *a,
                             const struct relo_attach *answer);
/* The same where a link to the peer is up already: that one may not know it, and wants checks. */
void relo_negotiate_connected(struct relo_route *route, struct relo_attachment *a,
                              const struct relo_attach *answer);
void relo_negotiate_request(struct relo_route *route, const struct relo_inbound *in,
                            bool send_update);
/* Whether this very request has come before and is still in hand. */
bool relo_negotiate_waits(const struct relo_route *route, const struct relo_inbound *in);
void relo_negotiate_check(struct relo_route *route, struct relo_attachment *a);
void relo_negotiate_advance(struct relo_route *route, struct relo_attachment *a);
void relo_negotiate_expire(struct relo_route *route);
/* Which error it is that an agent's checks have failed; counted. */
enum relo_status relo_negotiate_failure(struct relo_route *route,
                                        const struct relo_ice_agent *agent);
void relo_negotiate_path(struct relo_route *route, struct relo_attachment *a, relo_handle link);
/* Lets go of all it has: nothing came of it; or the link is up. */
void relo_negotiate_cancel(struct relo_route *route, struct relo_attachment *a);
void relo_negotiate_done(struct relo_route *route, struct relo_attachment *a, relo_handle link);

/* --- application.c, flow.c (6.5.2) ------------------------------------------------------- */

#define RELO_APPLICATION_BASES 4u

enum relo_application_state {
    RELO_APPLICATION_GATHERING, /* ICE: our candidates are not final */
    RELO_APPLICATION_ASKED,     /* our AppAttachReq is out */
    RELO_APPLICATION_CHECKING,  /* ICE: candidates are exchanged */
    RELO_APPLICATION_OPEN,
    RELO_APPLICATION_OVER /* its ports are to be closed */
};

struct relo_application_item;

struct relo_application {
    struct relo_application *next;
    enum relo_application_state state;
    bool initiated, active;
    bool ports_open; /* UDP_OPEN has gone out */
    bool told;       /* of the state it is in */
    bool was_open;
    bool relayed; /* `local` is */
    uint8_t base_count;
    uint8_t path_local, path_remote;
    uint8_t queued;
    enum relo_status status;
    uint16_t error_code;
    uint16_t application;
    uint32_t flow;
    struct relo_id peer; /* zero while unknown */
    uint64_t context;
    relo_handle transaction;
    struct relo_target target; /* ours; its via list is the next member */
    struct relo_id via[8];
    struct relo_addr base[RELO_APPLICATION_BASES]; /* one port, at each of our addresses */
    struct relo_addr local, remote;                /* OPEN */
    struct relo_ice_agent *agent;                  /* NULL: No-ICE, or no more needed */
    struct relo_attach_waiting *waiting;           /* GATHERING: theirs */
    struct relo_application_item *first, *last;    /* datagrams to send */
};

/* NULL: over quota. Its ports are chosen. */
struct relo_application *relo_application_new(struct relo_route *route);
void relo_application_over(struct relo_route *route, struct relo_application *a,
                           enum relo_status status, uint16_t error_code);
void relo_application_fini(struct relo_route *route);

void relo_application_request(struct relo_route *route, struct relo_inbound *in);
/* Whether this is the answer to one of ours. */
bool relo_application_answer(struct relo_route *route, const struct relo_inbound *in);
bool relo_application_failed(struct relo_route *route, relo_handle transaction);
void relo_application_expire(struct relo_route *route);
relo_time relo_application_deadline(const struct relo_route *route);

/* A request that waits for our candidates: what an answer needs of it. negotiate.c */
struct relo_attach_waiting {
    uint32_t bytes; /* of this block */
    struct relo_inbound in;
    uint8_t data[]; /* body, via list, options */
};
struct relo_attach_waiting *relo_waiting_new(struct relo_route *route,
                                             const struct relo_inbound *in);
void relo_waiting_free(struct relo_route *route, struct relo_attach_waiting *w); /* NULL: legal */

/* candidate.c. Writes our candidates for a request or an answer. */
void relo_candidates_write_ice(const struct relo_ice *ice, struct relo_wr *w);
/* Under ICE: the usable ones of a list; 0: none, or *mixed. */
uint32_t relo_candidates_read(const struct relo_route *route, struct relo_view candidates,
                              struct relo_ice_candidate *out, uint32_t max, bool *mixed);
/* Under No-ICE: these addresses, the best first. */
void relo_candidates_write(const struct relo_addr *local, uint32_t count, struct relo_wr *w);
/* Picks the address to connect to among the other side's candidates; false: none is usable. *mixed:
   ICE and No-ICE candidates together, which 6.5.1.1 forbids. */
bool relo_candidates_choose(const struct relo_route *route, struct relo_view candidates,
                            struct relo_addr *remote, bool *mixed);
/* ufrag and password: present, random, and without a function under No-ICE (6.5.1.11). */
#define RELO_UFRAG_BYTES 8u
#define RELO_PASSWORD_BYTES 24u
void relo_candidates_secret(struct relo_route *route, uint8_t *text, uint32_t n);

#endif
