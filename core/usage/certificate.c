/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate store usage (RFC 6940 section 8). */
#include "core/usage/certificate.h"

#include "core/base/sha1.h"

#include <string.h>

struct relo_id relo_certificate_resource_by_node(struct relo_id node_id)
{
    uint8_t name[RELO_ID_BYTES];
    relo_id_to_bytes(node_id, name);
    return relo_sha1_resource(name, sizeof name);
}

struct relo_id relo_certificate_resource_by_user(struct relo_view user)
{
    return relo_sha1_resource(user.p, user.n);
}

static bool store(const struct relo_env *env, struct relo_command *command, uint32_t kind,
                  struct relo_id resource, uint32_t lifetime_s, uint8_t *scratch, uint32_t size)
{
    struct relo_wr w = relo_wr_init(scratch, size, RELO_ID_BYTES);
    env->suite->certificate_write(env, &w);
    *command = (struct relo_command){
        .type = RELO_COMMAND_STORE,
        .target = {.id = resource, .resource = true},
        .kind = kind,
        .index = UINT32_MAX, /* 8: new certificates are stored at the end of the list */
        .value = relo_wr_view(&w),
        .exists = true,
        .lifetime_s = lifetime_s,
    };
    return !w.failed;
}

bool relo_certificate_by_node(const struct relo_env *env, struct relo_command *command,
                              uint32_t lifetime_s, uint8_t *scratch, uint32_t size)
{
    return store(env, command, RELO_KIND_CERTIFICATE_BY_NODE,
                 relo_certificate_resource_by_node(env->self), lifetime_s, scratch, size);
}

bool relo_certificate_by_user(const struct relo_env *env, struct relo_command *command,
                              uint32_t lifetime_s, uint8_t *scratch, uint32_t size)
{
    const char *user = env->identity->user;
    struct relo_view name = {(const uint8_t *)user, (uint32_t)strlen(user)};
    return store(env, command, RELO_KIND_CERTIFICATE_BY_USER,
                 relo_certificate_resource_by_user(name), lifetime_s, scratch, size);
}
