/* SPDX-License-Identifier: BSD-2-Clause */
/* Join, Leave, Update, RouteQuery and Probe (RFC 6940 section 6.4.2) with the bodies of
   CHORD-RELOAD (10.7 to 10.9). LeaveAns and UpdateAns are empty. */
#ifndef RELO_WIRE_TOPOLOGY_H
#define RELO_WIRE_TOPOLOGY_H

#include "core/base/bytes.h"
#include "core/wire/destination.h"

struct relo_join_req {
    struct relo_view joining_peer_id;
    struct relo_view overlay_specific_data; /* empty for CHORD-RELOAD, its length still there */
};
struct relo_join_ans {
    struct relo_view overlay_specific_data;
};
struct relo_leave_req {
    struct relo_view leaving_peer_id;
    struct relo_view overlay_specific_data; /* a ChordLeaveData, to be read by its own reader */
};
/* ChordLeaveData, 10.9: lives inside LeaveReq's overlay_specific_data. */
struct relo_chord_leave {
    uint8_t type;               /* enum relo_chord_leave_type; others fail */
    struct relo_view neighbors; /* from_succ: successors; from_pred: predecessors; Node-IDs */
};
/* ChordUpdate, 10.7: the whole body of UpdateReq, without a length of its own. */
struct relo_chord_update {
    uint32_t uptime;               /* seconds */
    uint8_t type;                  /* enum relo_chord_update_type; others fail */
    struct relo_view predecessors; /* neighbors and full; Node-IDs end to end */
    struct relo_view successors;   /* neighbors and full */
    struct relo_view fingers;      /* full */
};
struct relo_route_query_req {
    bool send_update;
    struct relo_destination destination;
    struct relo_view overlay_specific_data;
};
/* ChordRouteQueryAns, 10.8: a bare Node-ID. */
struct relo_route_query_ans {
    struct relo_view next_peer;
};
struct relo_probe_req {
    struct relo_view requested_info; /* bytes of enum relo_probe_type */
};
struct relo_probe_ans {
    struct relo_view probe_info; /* ProbeInformation elements */
};
/* ProbeInformation, 6.4.2.5.2: extensible; of the three known types the value is 32 bits. */
struct relo_probe_info {
    uint8_t type;            /* enum relo_probe_type */
    uint32_t number;         /* responsible_ppb, num_resources or uptime (seconds) */
    struct relo_view opaque; /* the value of any other type */
};

bool relo_join_req_read(struct relo_rd *r, struct relo_join_req *j);
void relo_join_req_write(struct relo_wr *w, const struct relo_join_req *j);
bool relo_join_ans_read(struct relo_rd *r, struct relo_join_ans *j);
void relo_join_ans_write(struct relo_wr *w, const struct relo_join_ans *j);
/* Reads overlay_specific_data as opaque; relo_chord_leave_read takes a reader over it. */
bool relo_leave_req_read(struct relo_rd *r, struct relo_leave_req *l);
void relo_leave_req_write(struct relo_wr *w, const struct relo_leave_req *l);
bool relo_chord_leave_read(struct relo_rd *r, struct relo_chord_leave *l);
void relo_chord_leave_write(struct relo_wr *w, const struct relo_chord_leave *l);
bool relo_chord_update_read(struct relo_rd *r, struct relo_chord_update *u);
void relo_chord_update_write(struct relo_wr *w, const struct relo_chord_update *u);
bool relo_route_query_req_read(struct relo_rd *r, struct relo_route_query_req *q);
void relo_route_query_req_write(struct relo_wr *w, const struct relo_route_query_req *q);
bool relo_route_query_ans_read(struct relo_rd *r, struct relo_route_query_ans *q);
void relo_route_query_ans_write(struct relo_wr *w, const struct relo_route_query_ans *q);
bool relo_probe_req_read(struct relo_rd *r, struct relo_probe_req *p);
void relo_probe_req_write(struct relo_wr *w, const struct relo_probe_req *p);
bool relo_probe_ans_read(struct relo_rd *r, struct relo_probe_ans *p);
void relo_probe_ans_write(struct relo_wr *w, const struct relo_probe_ans *p);
bool relo_probe_info_next(struct relo_rd *list, struct relo_probe_info *i);
void relo_probe_info_write(struct relo_wr *w, const struct relo_probe_info *i);

#endif
