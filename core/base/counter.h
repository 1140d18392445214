/* SPDX-License-Identifier: BSD-2-Clause */
/* What a shard counts: what the world did wrong, by reason, and a few sums of normal work. */
#ifndef RELO_BASE_COUNTER_H
#define RELO_BASE_COUNTER_H

#define RELO_COUNTERS(X)                                                                           \
    X(drop_unknown_address, "dropped.unknown-address") /* no link, not a ClientHello */            \
    X(drop_bad_record, "dropped.bad-record")           /* record malformed, MAC or replay */       \
    X(drop_bad_frame, "dropped.bad-frame")             /* framing, 6.6.2 */                        \
    X(drop_bad_header, "dropped.bad-header")           /* forwarding header, 6.3.2 */              \
    X(drop_bad_version, "dropped.bad-version")                                                     \
    X(drop_bad_overlay, "dropped.bad-overlay")                                                     \
    X(drop_ttl, "dropped.ttl")                                                                     \
    X(drop_bad_contents, "dropped.bad-contents")                                                   \
    X(drop_bad_signature, "dropped.bad-signature")                                                 \
    X(drop_bad_certificate, "dropped.bad-certificate")                                             \
    X(drop_wrong_responder, "dropped.wrong-responder") /* 6.3.4 */                                 \
    X(drop_no_transaction, "dropped.no-transaction")                                               \
    X(drop_not_responsible, "dropped.not-responsible")     /* Node-ID in my range, 6.1.1 */        \
    X(drop_resource_not_last, "dropped.resource-not-last") /* 6.1.1 */                             \
    X(drop_opaque, "dropped.stale-opaque-id")                                                      \
    X(drop_no_route, "dropped.no-route")                                                           \
    X(drop_not_peer, "dropped.not-a-peer")                                                         \
    X(drop_queue_full, "dropped.link-queue-full")                                                  \
    X(drop_queue_stale, "dropped.link-queue-stale") /* its origin has sent it again */             \
    X(drop_queued_copy, "dropped.queued-copy")      /* the same message waits already */           \
    X(drop_link_failed, "dropped.link-failed")                                                     \
    X(drop_too_large, "dropped.too-large")                                                         \
    X(drop_reassembly, "dropped.reassembly") /* timed out, inconsistent, full */                   \
    X(drop_quota, "dropped.quota")                                                                 \
    X(drop_stun_malformed, "dropped.stun.malformed")                                               \
    X(drop_stun_integrity, "dropped.stun.integrity")                                               \
    X(drop_stun_address, "dropped.stun.wrong-address") /* an answer from elsewhere */              \
    X(drop_stun_unknown, "dropped.stun.unknown")       /* of no agent: late, replayed, forged */   \
    X(drop_turn_permission, "dropped.turn-permission") /* RFC 8656 9, either way */                \
    X(drop_turn_malformed, "dropped.turn-malformed")   /* no allocation, channel or sense */       \
    X(drop_turn_overflow, "dropped.turn-overflow")     /* more in one step than is queued */       \
    X(drop_application, "dropped.application") /* at a flow's port, and not from its other end */  \
    X(drop_handshake, "dropped.handshake")                                                         \
    X(frames_data_in, "frames.data.received") /* accepted, duplicates not counted */               \
    X(frames_duplicate, "frames.data.duplicate")                                                   \
    X(frames_ack_in, "frames.ack.received")                                                        \
    X(frames_retransmitted, "frames.retransmitted")                                                \
    X(messages_forwarded, "messages.forwarded")                                                    \
    X(messages_rerouted, "messages.rerouted")                                                      \
    X(messages_originated, "messages.originated")                                                  \
    X(messages_delivered, "messages.delivered")                                                    \
    X(messages_sent, "messages.sent")      /* down a link, at every hop */                         \
    X(pieces_sent, "messages.pieces.sent") /* whole messages and fragments */                      \
    X(fragments_sent, "fragments.sent")                                                            \
    X(requests_retransmitted, "requests.retransmitted")                                            \
    X(answers_from_cache, "answers.from-cache")                                                    \
    X(attach_started, "attach.started")                                                            \
    X(attach_failed, "attach.failed")                                                              \
    X(attach_no_path, "attach.no-path")   /* ICE failed */                                         \
    X(attach_no_relay, "attach.no-relay") /* the same, and neither side had a relay */             \
    X(attach_glare, "attach.glare")                                                                \
    X(handshakes_started, "handshakes.started")                                                    \
    X(handshakes_done, "handshakes.done")                                                          \
    X(handshakes_failed, "handshakes.failed")                                                      \
    X(turn_allocations, "turn.allocations")       /* made as server */                             \
    X(turn_unauthorized, "turn.unauthorized")     /* 401 */                                        \
    X(turn_stale, "turn.stale-nonce")             /* 438 */                                        \
    X(turn_refused, "turn.refused")               /* other errors answered as server */            \
    X(turn_to_peers, "turn.relayed.to-peers")     /* datagrams */                                  \
    X(turn_to_clients, "turn.relayed.to-clients") /* datagrams */                                  \
    X(links_failed, "links.failed")                                                                \
    X(links_restored, "links.restored")                                                            \
    X(links_closed_idle, "links.closed-idle")                                                      \
    X(stores_accepted, "stores.accepted")                                                          \
    X(stores_refused, "stores.refused")                                                            \
    X(replicas_sent, "replicas.sent")                                                              \
    X(values_expired, "values.expired")                                                            \
    X(partitions_seen, "partitions.seen")

enum relo_counter {
#define RELO_COUNTER_ENUM(name, text) RELO_COUNT_##name,
    RELO_COUNTERS(RELO_COUNTER_ENUM)
#undef RELO_COUNTER_ENUM
        RELO_COUNTER_COUNT
};

#endif
