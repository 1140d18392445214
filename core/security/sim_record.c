/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the `sim` suite: the layout of DTLS 1.2 with AES-GCM (RFC 6347 section 4.1, RFC 5288),
   the frame in the clear, and a check value where the authentication tag would be.

     0  type, version fe fd, epoch 1, 48-bit number, length      13 bytes
    13  explicit nonce: split (16 bits), 48-bit number            8 bytes
    21  check value                                              16 bytes
    37  frame

   The check value is put together from the hash of the frame's first `split` bytes and that of the
   rest. Senders split at the shared body, whose hash is known, so that no hop reads the body. */
#include "core/security/sim.h"

#include "core/base/hash.h"

#include <string.h>

#define NONCE_AT RELO_SIM_RECORD_HEADER
#define NUMBER_AT 5 /* and the length behind it */
#define CHECK_AT 21
#define ALERT_BYTES 2

static const uint8_t version_epoch[4] = {0xfe, 0xfd, 0, 1};

/* The check value over the record's header and nonce and the two parts of its frame. The two
   directions have keys of their own, so that a record cannot be reflected. */
static void check_value(const struct relo_assoc *assoc, bool from_server, const uint8_t *record,
                        uint64_t front_hash, uint64_t rest_hash, uint64_t check[2])
{
    uint64_t key = relo_hash_mix(assoc->key, from_server ? 2 : 1);
    uint64_t head = relo_hash_mix(relo_sim_get64(record) ^ key, relo_sim_get64(record + 8));
    head = relo_hash_mix(head, relo_sim_get64(record + CHECK_AT - 8));
    uint64_t all = relo_hash_mix(head ^ front_hash, relo_hash_mix(key, rest_hash));
    check[0] = relo_hash_mix(all, key);
    check[1] = relo_hash_mix(all ^ head, ~key);
}

/* Header and nonce; the length counts what follows the header. */
static void write_head(uint8_t *p, uint8_t type, uint64_t number, uint32_t split,
                       uint32_t frame_bytes)
{
    uint64_t length = frame_bytes + RELO_SIM_OVERHEAD - RELO_SIM_RECORD_HEADER;
    p[0] = type;
    memcpy(p + 1, version_epoch, sizeof version_epoch);
    relo_sim_put64(p + NUMBER_AT, number << 16 | length);
    relo_sim_put64(p + NONCE_AT, (uint64_t)split << 48 | number);
}

static void seal(struct relo_assoc *assoc, uint8_t type, struct relo_view frame,
                 const struct relo_slice *body, struct relo_wr *w)
{
    uint32_t body_bytes = body->body ? body->n : 0;
    if (w->failed || (size_t)(w->end - w->p) < RELO_SIM_OVERHEAD + frame.n ||
        frame.n + body_bytes > UINT16_MAX - RELO_SIM_OVERHEAD) {
        w->failed = true;
        return;
    }
    uint8_t *p = w->p;
    uint64_t check[2];
    write_head(p, type, assoc->out_next++, frame.n, frame.n + body_bytes);
    check_value(assoc, (assoc->flags & RELO_SIM_SERVER) != 0, p, relo_hash(frame.p, frame.n, 0),
                relo_slice_hash(body), check);
    relo_sim_put64(p + CHECK_AT, check[0]);
    relo_sim_put64(p + CHECK_AT + 8, check[1]);
    memcpy(p + RELO_SIM_OVERHEAD, frame.p, frame.n);
    w->p += RELO_SIM_OVERHEAD + frame.n;
}

void relo_sim_seal(struct relo_env *env, struct relo_assoc *assoc, struct relo_view frame,
                   const struct relo_slice *body, struct relo_wr *datagram, struct relo_slice *rest,
                   uint16_t *frame_offset)
{
    (void)env;
    size_t before = relo_wr_size(datagram);
    seal(assoc, RELO_SIM_DATA, frame, body, datagram);
    *rest = *body;
    *frame_offset = (uint16_t)(before + RELO_SIM_OVERHEAD);
}

void relo_sim_seal_alert(struct relo_assoc *assoc, struct relo_wr *datagram)
{
    static const uint8_t close_notify[ALERT_BYTES] = {1, 0}; /* warning, close_notify */
    seal(assoc, RELO_SIM_ALERT, (struct relo_view){close_notify, ALERT_BYTES},
         &(struct relo_slice){NULL, 0, 0}, datagram);
}

/* RFC 6347 4.1.2.6: whether the number is new, within a window of 64. */
static bool replayed(const struct relo_assoc *assoc, uint32_t number)
{
    if (number >= assoc->in_next)
        return false;
    uint32_t age = assoc->in_next - 1 - number;
    return age >= 64 || (assoc->replay >> age & 1);
}

static void note_received(struct relo_assoc *assoc, uint32_t number)
{
    if (number >= assoc->in_next) {
        uint32_t shift = number + 1 - assoc->in_next;
        assoc->replay = (shift >= 64 ? 0 : assoc->replay << shift) | 1;
        assoc->in_next = number + 1;
    } else {
        assoc->replay |= UINT64_C(1) << (assoc->in_next - 1 - number);
    }
}

/* Whether the header fits the bytes, and into what it splits them; *front is what `head` holds of
   the frame's first part. */
static bool read_head(const struct relo_datagram_view *in, uint64_t *number, uint32_t *split)
{
    const uint8_t *p = in->head.p;
    uint32_t body_bytes = in->body.body ? in->body.n : 0;
    if (in->head.n < RELO_SIM_OVERHEAD || memcmp(p + 1, version_epoch, sizeof version_epoch) != 0)
        return false;
    *number = relo_sim_get64(p + NUMBER_AT) >> 16;
    *split = (uint32_t)(relo_sim_get64(p + NONCE_AT) >> 48);
    uint32_t frame_bytes = in->head.n - RELO_SIM_OVERHEAD;
    if ((uint16_t)relo_sim_get64(p + NUMBER_AT) != in->head.n + body_bytes - RELO_SIM_RECORD_HEADER)
        return false;
    /* Either everything lies in the head, or the head ends where the sender's did. */
    return *number < UINT32_MAX && (body_bytes ? *split == frame_bytes : *split <= frame_bytes);
}

enum relo_assoc_status relo_sim_record_input(struct relo_assoc *assoc,
                                             const struct relo_datagram_view *in,
                                             struct relo_view *frame, struct relo_slice *rest)
{
    uint64_t number, check[2];
    uint32_t split;
    const uint8_t *p = in->head.p;
    if (!read_head(in, &number, &split))
        return RELO_ASSOC_BAD;
    if (!(assoc->flags & RELO_SIM_UP)) /* ahead of the peer's last flight; it will come again */
        return assoc->flags & RELO_SIM_CLOSED ? RELO_ASSOC_BAD : RELO_ASSOC_QUIET;
    if (replayed(assoc, (uint32_t)number)) /* 6940-6.4.2.1-4 */
        return RELO_ASSOC_BAD;
    uint32_t frame_bytes = in->head.n - RELO_SIM_OVERHEAD;
    const uint8_t *f = p + RELO_SIM_OVERHEAD;
    uint64_t rest_hash = split == frame_bytes ? relo_slice_hash(&in->body)
                                              : relo_hash(f + split, frame_bytes - split, 0);
    check_value(assoc, !(assoc->flags & RELO_SIM_SERVER), p, relo_hash(f, split, 0), rest_hash,
                check);
    if (relo_sim_get64(p + CHECK_AT) != check[0] || relo_sim_get64(p + CHECK_AT + 8) != check[1])
        return RELO_ASSOC_BAD;
    note_received(assoc, (uint32_t)number);
    if (p[0] == RELO_SIM_ALERT) {
        assoc->flags = (uint8_t)((assoc->flags | RELO_SIM_CLOSED) & ~RELO_SIM_UP);
        return RELO_ASSOC_CLOSED;
    }
    *frame = (struct relo_view){f, frame_bytes};
    *rest = in->body;
    return RELO_ASSOC_RECORD;
}
