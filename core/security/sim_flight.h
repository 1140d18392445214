/* SPDX-License-Identifier: BSD-2-Clause */
/* The datagrams of the `sim` suite's handshakes: the six flights of DTLS 1.2 with cookie and client
   certificate (RFC 6347 section 4.2.4, figure 1), in real sizes. sim_handshake.c says when. */
#ifndef RELO_SECURITY_SIM_FLIGHT_H
#define RELO_SECURITY_SIM_FLIGHT_H

#include "core/security/sim.h"

enum relo_sim_flight {
    RELO_SIM_FLIGHT_NONE,
    RELO_SIM_FLIGHT_HELLO,        /* ClientHello */
    RELO_SIM_FLIGHT_VERIFY,       /* HelloVerifyRequest */
    RELO_SIM_FLIGHT_HELLO_COOKIE, /* ClientHello with the cookie */
    RELO_SIM_FLIGHT_SERVER,       /* ServerHello to ServerHelloDone */
    RELO_SIM_FLIGHT_CLIENT,       /* Certificate to Finished */
    RELO_SIM_FLIGHT_FINISHED      /* ChangeCipherSpec, Finished */
};

#define RELO_SIM_DATAGRAMS_MAX 60

struct relo_sim_datagram {
    enum relo_sim_flight flight;
    uint8_t index, count;
    uint32_t number;
    uint64_t key;    /* of the check value */
    uint64_t random; /* flight 2: the cookie */
    uint64_t cookie; /* flight 3 */
};

struct relo_sim_received {
    uint8_t flight, index, count;
    uint64_t check, random;
    size_t check_at;
    struct relo_rd payload; /* flight 3: the cookie; 4 and 5, first datagram: the identity */
};

/* How many datagrams a flight takes. */
uint8_t relo_sim_flight_datagrams(const struct relo_config *config, enum relo_sim_flight flight);

void relo_sim_datagram_write(const struct relo_env *env, const struct relo_sim_datagram *d,
                             struct relo_wr *w);
/* Whether these can be a datagram of a handshake; views into `in`. */
bool relo_sim_datagram_read(struct relo_view in, struct relo_sim_received *d);
/* Whether the check value is right under this key. */
bool relo_sim_datagram_checks(struct relo_view in, const struct relo_sim_received *d, uint64_t key);

#endif
