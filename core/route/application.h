/* SPDX-License-Identifier: BSD-2-Clause */
/* AppAttach (RFC 6940 section 6.5.2): from "I want to speak SIP to this node" to a flow, which is a
   pair of addresses between which the application's datagrams pass, and the other side of it.

   Each flow has a UDP port of its own (UDP_OPEN), because a link to the same peer may well use the
   same pair of addresses otherwise. Under ICE the port's candidates are checked as an Attach's are;
   under No-ICE the addresses exchanged are the flow. What passes over it, its handshake and its
   keepalives are the application's (6.5.2.1).

   Protocol of use, within a step: start, receive, send, close, udp_closed as they come; poll until
   it is empty; flush before anybody else sends. */
#ifndef RELO_ROUTE_APPLICATION_H
#define RELO_ROUTE_APPLICATION_H

#include "core/route/route.h"

#define RELO_APPLICATIONS_MAX 16u /* flows of a node, those under way included */

struct relo_application_event {
    bool initiated;          /* by us: the answer to `context` */
    bool down;               /* the flow was open, and its port or relay is gone */
    enum relo_status status; /* RELO_OK: the flow is open */
    uint16_t error_code;
    uint16_t application;
    uint32_t flow;
    struct relo_id peer;
    uint64_t context;
    struct relo_addr local, remote;
    uint8_t path_local, path_remote; /* enum relo_path */
    bool active;                     /* RFC 4145: we begin the application's handshake */
};

enum relo_application_verdict {
    RELO_APPLICATION_OTHERS, /* no flow's */
    RELO_APPLICATION_TAKEN,
    RELO_APPLICATION_DATA /* of *flow */
};

/* False: over quota. */
bool relo_application_start(struct relo_route *route, const struct relo_target *target,
                            uint16_t application, uint64_t context);
bool relo_application_poll(struct relo_route *route, struct relo_application_event *event);
/* A datagram that came to one of our ports, or out of a relay. */
enum relo_application_verdict relo_application_receive(struct relo_route *route,
                                                       const struct relo_datagram *datagram,
                                                       uint32_t *flow);
/* False: there is no such flow, it is not open, or its queue is full. The bytes are copied. */
bool relo_application_send(struct relo_route *route, uint32_t flow, struct relo_view bytes);
/* Without a word to the other side: how it ends is the application's. False: no such flow. */
bool relo_application_close(struct relo_route *route, uint32_t flow);
/* The port could not be opened, or is lost. */
void relo_application_udp_closed(struct relo_route *route, const struct relo_addr *local);
/* Ports to open and to close, and datagrams. False: the outbox was full. */
bool relo_application_flush(struct relo_route *route, struct relo_outbox *out);

#endif
