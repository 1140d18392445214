/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN server usage (RFC 6940 section 9). */
#include "core/usage/turn.h"

#include "core/base/sha1.h"
#include "core/turn/relay.h"
#include "core/wire/kinds.h"

struct relo_id relo_turn_resource(struct relo_id node_id, uint8_t d)
{
    uint8_t name[RELO_ID_BYTES + 1];
    relo_id_to_bytes(node_id, name);
    name[RELO_ID_BYTES] = d;
    return relo_sha1_resource(name, sizeof name);
}

bool relo_turn_candidate(const struct relo_addr *address)
{
    return address->family && !relo_addr_is_private(address);
}

bool relo_turn_advertise(struct relo_command *command, struct relo_id self, uint8_t d,
                         const struct relo_addr *address, uint32_t lifetime_s, uint8_t *scratch,
                         uint32_t size)
{
    if (d == 0 || d > RELO_TURN_ITERATION_MAX)
        return false;
    struct relo_turn_server server = {.iteration = d, .server_address = relo_address_of(address)};
    struct relo_wr w = relo_wr_init(scratch, size, RELO_ID_BYTES);
    relo_turn_server_write(&w, &server);
    *command = (struct relo_command){
        .type = RELO_COMMAND_STORE,
        .target = {.id = relo_turn_resource(self, d), .resource = true},
        .kind = RELO_KIND_TURN_SERVICE,
        .value = relo_wr_view(&w),
        .exists = true,
        .lifetime_s = lifetime_s,
    };
    return !w.failed;
}
