/* SPDX-License-Identifier: BSD-2-Clause */
/* Arbitrary datagrams to the STUN reader; what is well formed is walked and written again. */
#include "core/ice/stun.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both messages must say the same. */
static void expect(bool same)
{
    if (!same)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[1 << 17];
    struct relo_view bytes = {data, (uint32_t)size}, key = {(const uint8_t *)"key", 3}, value;
    struct relo_stun m, n;
    uint8_t long_term[16];
    uint16_t type;
    if (size > 65535 || !relo_stun_read(bytes, &m))
        return 0;
    (void)relo_stun_integrity_good(&m, key);
    (void)relo_stun_long_term_key(m.username, m.realm, m.nonce, long_term);
    struct relo_wr w = relo_wr_init(again, sizeof again, 0);
    struct relo_stun_writer s = relo_stun_open(&w, (enum relo_stun_method)m.method,
                                               (enum relo_stun_class)m.stun_class, m.transaction);
    struct relo_rd r = relo_stun_attributes(&m);
    while (relo_stun_next(&r, &type, &value)) {
        struct relo_addr addr;
        (void)relo_stun_address_read(value, true, m.transaction, &addr);
        if (type == RELO_STUN_MESSAGE_INTEGRITY || type == RELO_STUN_MESSAGE_INTEGRITY_SHA256 ||
            type == RELO_STUN_FINGERPRINT)
            break; /* what follows is ignored */
        relo_stun_write(&s, (enum relo_stun_type)type, value);
    }
    relo_stun_write_integrity(&s, key);
    relo_stun_write_fingerprint(&s);
    if (w.failed)
        return 0;
    expect(relo_stun_read(relo_wr_view(&w), &n));
    expect(relo_stun_integrity_good(&n, key));
    expect(n.method == m.method && n.stun_class == m.stun_class);
    expect(n.unknown_count == m.unknown_count);
    expect(n.priority == m.priority && n.tie_breaker == m.tie_breaker && n.error == m.error);
    expect(memcmp(&n.mapped, &m.mapped, sizeof n.mapped) == 0);
    expect(n.data.n == m.data.n && n.username.n == m.username.n);
    return 0;
}
