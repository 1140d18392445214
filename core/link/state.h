/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the link layer: what a link is made of, and what its files offer each other.

   An idle link is one 128-byte object and an entry of the table's arrays. Whatever it waits for (an
   ACK, the end of a handshake, its turn to send) lives in its `busy` block, which exists only then
   and hangs in links->active. Streams keep theirs for good. */
#ifndef RELO_LINK_STATE_H
#define RELO_LINK_STATE_H

#include "core/link/link.h"

#include <stddef.h>

#define RELO_LINK_SENDS_MAX 5  /* transmissions of one message (6.6.3.1) */
#define RELO_LINK_SUSPECT_AT 3 /* silent retransmissions until the failure signal (6.6.3.1) */
#define RELO_LINK_SENT_TIMES 8 /* recent transmissions whose times are kept for the RTT */
#define RELO_LINK_SERVER_WAIT (15 * RELO_S)      /* for a ClientHello */
#define RELO_LINK_STREAM_RETENTION (30 * RELO_S) /* 6.6.5 */

/* Two cache lines; a keepalive needs the first alone. */
struct relo_link {
    struct relo_assoc assoc;
    struct relo_addr remote;
    uint8_t state;  /* enum relo_link_state */
    uint8_t use;    /* enum relo_link_use */
    uint8_t silent; /* retransmission timeouts since the last ACK */
    uint8_t flags;  /* enum relo_link_flag, and the local address's index << 4 */

    uint32_t out_next;           /* sequence of the next DATA frame */
    uint32_t srtt_us, rttvar_us; /* srtt 0: no measurement yet */
    uint32_t last_hash;          /* of the last message handed up */
    struct relo_id id;           /* zero while unknown */
    struct relo_link_busy *busy;
    relo_time gap_until; /* nothing new goes out before (6.6.3.1); also the last ACK's time */
    relo_time last_in;   /* when the last message was handed up */
    uint32_t in_high,
        in_mask; /* highest sequence received; bit i: in_high - 1 - i was received too */
};

enum relo_link_flag {
    RELO_LINK_SERVER = 1,   /* of the (D)TLS handshake */
    RELO_LINK_HAS_IN = 2,   /* in_high means something */
    RELO_LINK_HAS_LAST = 4, /* last_hash and last_in mean something */
    RELO_LINK_STREAM = 8,
    /* 16 and 32: the index of the local address */
    RELO_LINK_UNATTACHED = 64 /* by a certificate with several Node-IDs, and before an Attach */
};
/* Where the link's datagrams leave from. */
static inline const struct relo_addr *relo_link_local(const struct relo_links *links,
                                                      const struct relo_link *link)
{
    return &links->local[link->flags >> 4 & 3];
}

static inline bool relo_link_relayed(const struct relo_links *links, const struct relo_link *link)
{
    return links->relayed >> (link->flags >> 4 & 3) & 1;
}

/* 6.2.1: by then whoever sent a message has sent it again. What follows the first part of one waits
   until it has given up: that may have gone already, and would be of no use alone. */
#define RELO_LINK_QUEUE_TIME (3 * RELO_S)
#define RELO_LINK_REST_TIME (15 * RELO_S)

/* A message on a link's queue; `frame` is room for the framing header, then the forwarding header.
 */
struct relo_link_item {
    struct relo_link_item *next;
    struct relo_slice body; /* owns a reference */
    relo_time stale_at;     /* from then on its first transmission is of no use */
    uint64_t transaction_id;
    uint32_t sender_token;
    uint16_t frame_bytes;
    bool no_retransmit : 1, continues : 1;
    bool rerouted : 1; /* the failure signal has given a copy back already */
    uint8_t frame[];
};

/* Of a link that is not up yet. */
struct relo_link_opening {
    relo_time asked; /* when it was asked for */
    struct relo_id expected;
    bool has_expected;
};

/* Two cache lines. Each step looks at the first of all a node has: what it finds there must spare
   it their links, which are far. */
struct relo_link_busy {
    struct relo_link_busy *next; /* links->active or links->dead */
    relo_handle link;
    uint32_t key; /* relo_link_key */
    struct relo_link_item *first, *last;
    relo_time timer; /* of Simple Reliability: retransmission, or the end of the gap; of an opening
                        server: the end */
    struct relo_link_opening *opening; /* NULL: it is up */
    struct relo_link_stream *stream;
    uint32_t first_sequence; /* of the head's transmissions; they are consecutive */
    uint16_t queued;
    uint8_t known;      /* how many times `sent` holds, of the last transmissions */
    bool due : 1;       /* flush transmits the head of the queue */
    bool in_flight : 1; /* the head of the queue waits for its ACK */
    bool talk : 1;      /* the association may have datagrams to write */
    relo_time sent[RELO_LINK_SENT_TIMES]; /* by sequence modulo */
};
_Static_assert(sizeof(struct relo_link_busy) == 128, "a busy link fills two cache lines");

/* Bytes of a message's block on a queue. */
static inline size_t relo_item_bytes(uint32_t frame_bytes)
{
    return relo_pool_lines(offsetof(struct relo_link_item, frame) + frame_bytes);
}

struct relo_link_news {
    struct relo_link_news *next;
    struct relo_link_item *item; /* UNSENT: owned */
    struct relo_link_event event;
};

static inline struct relo_link *relo_link_get(const struct relo_links *links, relo_handle h)
{
    return relo_slab_get(&links->env->shard->slab[RELO_SLAB_LINK], h);
}

/* What tables are sorted by before they look at a link: the first bits of its Node-ID. */
static inline uint32_t relo_link_key(struct relo_id id)
{
    return (uint32_t)(id.hi >> 32);
}

static inline bool relo_link_server(const struct relo_link *link)
{
    return (link->flags & RELO_LINK_SERVER) != 0;
}

/* --- table.c: the arrays, and finding links in them --- */
int relo_table_index(const struct relo_links *links,
                     relo_handle h); /* -1: not a link of this node */
void relo_table_insert(struct relo_links *links, relo_handle h, struct relo_id id,
                       uint16_t addr_hash);
void relo_table_remove(struct relo_links *links, relo_handle h);
/* Moves a link between the part that is up (id not zero) and the other (zero). */
void relo_table_move(struct relo_links *links, relo_handle h, struct relo_id id);

/* --- busy.c: the blocks of links that wait for something --- */
struct relo_link_busy *relo_busy_get(struct relo_links *links, relo_handle h); /* makes one */
void relo_busy_place(struct relo_links *links,
                     struct relo_link_busy *busy); /* its link's id changed */
void relo_busy_unlink(struct relo_links *links, struct relo_link_busy *busy);
/* Frees the block if its link waits for nothing any more. */
void relo_busy_release(struct relo_links *links, relo_handle h);
void relo_busy_opened(struct relo_links *links,
                      struct relo_link_busy *busy); /* it is up, or over */
void relo_busy_free(struct relo_links *links, struct relo_link_busy *busy);
relo_time relo_busy_deadline(const struct relo_links *links, const struct relo_link_busy *busy);
void relo_item_free(struct relo_links *links, struct relo_link_item *item);

/* --- news.c --- */
void relo_news_link(struct relo_links *links, relo_handle h, enum relo_link_event_type type);
void relo_news_unsent(struct relo_links *links, relo_handle h,
                      struct relo_link_item *item); /* takes it */
void relo_news_first_sent(struct relo_links *links, relo_handle h,
                          const struct relo_link_item *item);
void relo_news_drop(struct relo_links *links);

/* --- path.c --- */
void relo_link_bind(struct relo_links *links, relo_handle h, const struct relo_addr *local);

/* --- quiet.c: links that want a keepalive --- */
/* A link that is up; the last datagram on it was sent `ago`. */
void relo_quiet_add(struct relo_links *links, relo_handle h, relo_time ago);
void relo_quiet_remove(struct relo_links *links, relo_handle h);
void relo_quiet_sent(struct relo_links *links, struct relo_link *link); /* something, now */
/* When the next one is due; with `relayed`, of those over a relayed address only. */
relo_time relo_quiet_deadline(const struct relo_links *links, bool relayed);
void relo_quiet_fini(struct relo_links *links);
/* The array; or, if that is `near`, the links that are looked at next. Changes nothing. */
void relo_quiet_prefetch(const struct relo_links *links, bool near);

/* --- rtt.c: RFC 6298 --- */
void relo_rtt_measure(struct relo_link *link, relo_time rtt);
relo_time relo_rtt_rto(const struct relo_config *config, const struct relo_link *link);

/* --- link.c: life and death --- */
relo_handle relo_link_open(struct relo_links *links, const struct relo_id *expected,
                           const struct relo_addr *remote, bool server, bool stream);
void relo_link_up(struct relo_links *links, relo_handle h); /* the handshake is done */
/* Ends a link: news DOWN or FAILED, then its queue as UNSENT where `reroute`, else dropped. With
   `alert` the other side is told. */
void relo_link_end(struct relo_links *links, relo_handle h, bool alert, bool reroute);

/* --- sender.c: stop and wait (6.6.3.1) --- */
void relo_sender_start(struct relo_links *links,
                       relo_handle h); /* the queue's head, if it may go out */
void relo_sender_ack(struct relo_links *links, relo_handle h, uint32_t sequence);
void relo_sender_timeout(struct relo_links *links, relo_handle h);
void relo_sender_sent(struct relo_links *links,
                      struct relo_link *link); /* the head has gone out now */
void relo_sender_suspect(struct relo_links *links, relo_handle h);
void relo_sender_restore(struct relo_links *links, relo_handle h);

/* Frees the first of the dead while they have nothing more to say. */
void relo_link_bury(struct relo_links *links);

/* --- receive.c: datagrams --- */
/* A HelloVerifyRequest: the one thing said to an address without a link. */
struct relo_link_reply {
    struct relo_addr local, remote;
    uint32_t n;
    uint8_t bytes[256];
};
void relo_reply_drop(struct relo_links *links);
/* What an association made of its input; true: a new message is in *message. */
bool relo_link_input(struct relo_links *links, relo_handle h, enum relo_assoc_status status,
                     struct relo_view frame, const struct relo_slice *rest,
                     struct relo_incoming *message);

/* --- receiver.c: frames --- */
/* One frame, whole: true: a new message is in *message. */
bool relo_receiver_frame(struct relo_links *links, relo_handle h, struct relo_view frame,
                         const struct relo_slice *rest, struct relo_incoming *message);

/* --- stream.c --- */
void relo_stream_attach(struct relo_links *links, struct relo_link_busy *busy, uint32_t number,
                        bool connect);
/* When it is given up, opening or silent; RELO_NEVER: it is well. */
relo_time relo_stream_end(const struct relo_link_stream *stream);
void relo_stream_free(struct relo_links *links, struct relo_link_busy *busy);
void relo_stream_ack(struct relo_links *links, relo_handle h, uint32_t sequence, uint32_t received);
void relo_stream_acked(struct relo_links *links, relo_handle h, uint32_t sequence);
void relo_stream_timeout(struct relo_links *links, relo_handle h);
bool relo_stream_flush(struct relo_links *links, struct relo_link_busy *busy,
                       struct relo_outbox *out);
enum relo_send_result relo_stream_send(struct relo_links *links, relo_handle h,
                                       const struct relo_outgoing *message);

#endif
