/* SPDX-License-Identifier: BSD-2-Clause */
/* Registration and contacts of the SIP usage (RFC 7904 sections 3 and 4). */
#include "core/usage/sip.h"

#include "core/base/sha1.h"
#include "core/wire/codes.h"
#include "core/wire/destination.h"
#include "core/wire/node_id.h"

#include <string.h>

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool has_prefix(struct relo_view v, const char *prefix)
{
    uint32_t n = (uint32_t)strlen(prefix);
    if (v.n < n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (lower(v.p[i]) != (uint8_t)prefix[i])
            return false;
    return true;
}

bool relo_sip_resource(struct relo_view aor, struct relo_id *resource)
{
    uint8_t name[RELO_SIP_AOR_MAX];
    uint32_t begin = has_prefix(aor, "sips:") ? 5 : has_prefix(aor, "sip:") ? 4 : 0, n = 0;
    bool host = false;
    for (uint32_t i = begin; i < aor.n; i++) {
        uint8_t c = aor.p[i];
        if (host && (c == ';' || c == '?'))
            break; /* parameters and headers are no part of an address of record */
        if (n == sizeof name || (host && c == '@') || (c == '@' && n == 0))
            return false;
        name[n++] = host ? lower(c) : c;
        host |= c == '@';
    }
    if (!host || name[n - 1] == '@')
        return false;
    *resource = relo_sha1_resource(name, n);
    return true;
}

bool relo_sip_register(struct relo_command *command, struct relo_view aor, struct relo_id self,
                       const struct relo_sip_registration *contact, uint32_t lifetime_s,
                       uint8_t *scratch, uint32_t size)
{
    struct relo_wr w = relo_wr_init(scratch, size, RELO_ID_BYTES);
    relo_wr_id(&w, self);
    if (contact)
        relo_sip_registration_write(&w, contact);
    *command = (struct relo_command){
        .type = RELO_COMMAND_STORE,
        .target = {.resource = true},
        .kind = RELO_KIND_SIP_REGISTRATION,
        .key = {scratch, RELO_ID_BYTES}, /* RFC 7904: the Node-ID of the UA */
        .exists = contact != NULL,
        .lifetime_s = lifetime_s,
    };
    if (w.failed || !relo_sip_resource(aor, &command->target.id))
        return false;
    command->value =
        (struct relo_view){scratch + RELO_ID_BYTES, (uint32_t)relo_wr_size(&w) - RELO_ID_BYTES};
    return true;
}

bool relo_sip_contact_route(struct relo_sip_registration *contact, struct relo_id node,
                            uint8_t *scratch, uint32_t size)
{
    struct relo_wr w = relo_wr_init(scratch, size, RELO_ID_BYTES);
    relo_destination_write_node(&w, node);
    *contact = (struct relo_sip_registration){.type = RELO_SIP_ROUTE,
                                              .destination_list = relo_wr_view(&w)};
    return !w.failed;
}

bool relo_sip_contact_read(struct relo_view value, struct relo_sip_registration *contact)
{
    struct relo_rd r = relo_rd_init(value.p, value.n, RELO_ID_BYTES);
    return relo_sip_registration_read(&r, contact) && !r.failed && relo_rd_left(&r) == 0;
}

bool relo_sip_contact_target(const struct relo_sip_registration *contact, struct relo_id *ids,
                             uint32_t max, struct relo_target *target)
{
    if (contact->type != RELO_SIP_ROUTE)
        return false;
    struct relo_rd list = relo_rd_init(contact->destination_list.p, contact->destination_list.n,
                                       RELO_ID_BYTES);
    struct relo_destination d;
    uint32_t n = 0;
    while (relo_destination_next(&list, &d)) {
        if (d.type != RELO_DESTINATION_NODE || n == max || !relo_view_to_id(d.id, &ids[n]))
            return false;
        n++;
    }
    if (list.failed || n == 0 || n > UINT8_MAX)
        return false;
    *target = (struct relo_target){.id = ids[n - 1], .via_count = (uint8_t)(n - 1), .via = ids};
    return true;
}
