/* SPDX-License-Identifier: BSD-2-Clause */
/* Links over a stream: TLS/TCP with framing header, No-ICE (RFC 6940 section 6.6.5). The stream is
   reliable, so frames follow each other without waiting; ACKs measure the RTT, and the RTO is only
   a failure signal. Records carry their length, so they need no further delimiting. */
#include "core/link/state.h"

#include "core/wire/codes.h"
#include "core/wire/frame.h"

#include <string.h>

#define RECORD_HEADER 13u         /* type, version, epoch and number, length */
#define BUFFER_MAX (1024u * 1024) /* bytes one direction may hold */
#define OWN_STREAM                                                                                 \
    UINT32_C(0x80000000) /* our numbers; the driver's for accepted ones lie below                  \
                          */

struct buffer {
    uint8_t *p;
    uint32_t at, n, capacity; /* bytes at .. n are in use */
};

struct relo_link_stream {
    uint32_t number;
    bool connect; /* STREAM_CONNECT still to be asked for */
    bool open;
    bool closed; /* by the other side */
    struct buffer in, out;
    bool timing;           /* `timed` measures the RTT */
    uint32_t timed, acked; /* sequences: being measured; everything below is acknowledged */
    relo_time timed_at;
    relo_time end; /* opening, or silent: when it is given up */
};

static void buffer_free(struct relo_links *links, struct buffer *b)
{
    relo_env_free(links->env, b->p, b->capacity);
    *b = (struct buffer){.p = NULL};
}

/* Room for `more` bytes at b->p + b->n; false: too many. */
static bool buffer_reserve(struct relo_links *links, struct buffer *b, uint32_t more)
{
    uint32_t used = b->n - b->at;
    if (more > BUFFER_MAX || used + more > BUFFER_MAX)
        return false;
    if (b->n + more <= b->capacity)
        return true;
    uint32_t capacity = 1024;
    while (capacity < used + more)
        capacity *= 2;
    uint8_t *p = relo_env_alloc(links->env, capacity);
    if (used)
        memcpy(p, b->p + b->at, used);
    relo_env_free(links->env, b->p, b->capacity);
    *b = (struct buffer){p, 0, used, capacity};
    return true;
}

static void buffer_take(struct relo_links *links, struct buffer *b, uint32_t n)
{
    b->at += n;
    if (b->at == b->n)
        buffer_free(links, b);
}

void relo_stream_attach(struct relo_links *links, struct relo_link_busy *busy, uint32_t number,
                        bool connect)
{
    struct relo_link_stream *s = relo_pool_zalloc(&links->env->shard->pool, sizeof *s);
    s->number = number;
    s->connect = connect;
    s->open = !connect;
    s->end = RELO_NEVER;
    busy->stream = s;
}

relo_time relo_stream_end(const struct relo_link_stream *stream)
{
    return stream->end;
}

void relo_stream_free(struct relo_links *links, struct relo_link_busy *busy)
{
    buffer_free(links, &busy->stream->in);
    buffer_free(links, &busy->stream->out);
    relo_env_free(links->env, busy->stream, sizeof *busy->stream);
    busy->stream = NULL;
}

relo_handle relo_links_connect_stream(struct relo_links *links, const struct relo_id *expected,
                                      const struct relo_addr *remote)
{
    relo_handle up = expected ? relo_links_find(links, *expected) : 0;
    relo_handle h = up ? up : relo_link_open(links, expected, remote, false, true);
    if (h && !up) {
        struct relo_link_busy *busy = relo_busy_get(links, h);
        relo_stream_attach(links, busy, OWN_STREAM | links->next_stream++, true);
        busy->stream->end = links->env->now + RELO_LINK_STREAM_RETENTION;
    }
    return h;
}

/* --- out ------------------------------------------------------------------------------------ */

/* Seals a frame into the stream's buffer. */
static bool put_frame(struct relo_links *links, relo_handle h, struct relo_view frame,
                      const struct relo_slice *body)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, h);
    struct buffer *out = &link->busy->stream->out;
    struct relo_slice rest = {NULL, 0, 0};
    uint16_t offset = 0;
    uint32_t bytes = env->suite->record_overhead + frame.n + (body->body ? body->n : 0);
    if (!buffer_reserve(links, out, bytes))
        return false;
    struct relo_wr w = relo_wr_init(out->p + out->n, bytes, 16);
    env->suite->assoc_seal(env, &link->assoc, frame, body, &w, &rest, &offset);
    relo_wr_bytes(&w, relo_slice_bytes(&rest), rest.body ? rest.n : 0);
    if (w.failed)
        return false;
    out->n += (uint32_t)relo_wr_size(&w);
    return true;
}

enum relo_send_result relo_stream_send(struct relo_links *links, relo_handle h,
                                       const struct relo_outgoing *message)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    struct relo_link_stream *s = busy->stream;
    uint32_t n = RELO_FRAME_DATA_BYTES + message->header.n;
    uint8_t *frame = relo_env_alloc(env, n);
    struct relo_wr w = relo_wr_init(frame, n, 16);
    relo_frame_write_data_head(&w, link->out_next,
                               message->header.n + (message->body.body ? message->body.n : 0));
    relo_wr_bytes(&w, message->header.p, message->header.n);
    bool sent = put_frame(links, h, relo_wr_view(&w), &message->body);
    relo_env_free(env, frame, n);
    if (!sent) {
        relo_count(env, RELO_COUNT_drop_queue_full);
        return RELO_SEND_QUEUE_FULL;
    }
    if (!s->timing) {
        s->timing = true;
        s->timed = link->out_next;
        s->timed_at = env->now;
    }
    if (busy->timer == RELO_NEVER)
        busy->timer = env->now + relo_rtt_rto(env->config, link);
    link->out_next++;
    if (message->sender_token) {
        struct relo_link_item item = {.transaction_id = message->transaction_id,
                                      .sender_token = message->sender_token};
        relo_news_first_sent(links, h, &item);
    }
    return RELO_SENT;
}

void relo_stream_ack(struct relo_links *links, relo_handle h, uint32_t sequence, uint32_t received)
{
    uint8_t frame[RELO_FRAME_ACK_BYTES];
    struct relo_wr w = relo_wr_init(frame, sizeof frame, 16);
    relo_frame_write(&w, &(struct relo_frame){
                             .type = RELO_FRAME_ACK, .sequence = sequence, .received = received});
    if (!put_frame(links, h, relo_wr_view(&w), &(struct relo_slice){NULL, 0, 0}))
        relo_link_end(links, h, false, true); /* the other side sends and does not read */
}

/* Moves what the buffer holds into STREAM_SEND actions; false: the outbox is full. */
static bool flush_buffer(struct relo_links *links, struct relo_link *link,
                         struct relo_link_stream *s, struct relo_outbox *out)
{
    while (s->out.n > s->out.at) {
        uint32_t room = RELO_OUTBOX_BYTES - out->bytes_used, n = s->out.n - s->out.at;
        if (out->n == RELO_OUTBOX_ACTIONS || room == 0)
            return false;
        n = n < room ? n : room;
        memcpy(out->bytes + out->bytes_used, s->out.p + s->out.at, n);
        out->action[out->n++] =
            (struct relo_action){.type = RELO_ACTION_STREAM_SEND,
                                 .stream = {.stream = s->number,
                                            .local = *relo_link_local(links, link),
                                            .remote = link->remote,
                                            .data = {out->bytes + out->bytes_used, n}}};
        out->bytes_used += n;
        buffer_take(links, &s->out, n);
    }
    return true;
}

static bool flush_order(struct relo_links *links, struct relo_link *link,
                        struct relo_link_stream *s, enum relo_action_type type,
                        struct relo_outbox *out)
{
    if (out->n == RELO_OUTBOX_ACTIONS)
        return false;
    out->action[out->n++] = (struct relo_action){.type = type,
                                                 .stream = {.stream = s->number,
                                                            .local = *relo_link_local(links, link),
                                                            .remote = link->remote}};
    return true;
}

bool relo_stream_flush(struct relo_links *links, struct relo_link_busy *busy,
                       struct relo_outbox *out)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, busy->link);
    struct relo_link_stream *s = busy->stream;
    bool again = false, dead = link->state == RELO_LINK_CLOSING;
    if (s->connect && !dead) {
        if (!flush_order(links, link, s, RELO_ACTION_STREAM_CONNECT, out))
            return false;
        s->connect = false;
    }
    while (s->open && !s->closed && busy->talk) {
        if (!buffer_reserve(links, &s->out, 2048))
            break;
        struct relo_wr w = relo_wr_init(s->out.p + s->out.n, 2048, 16);
        busy->talk = env->suite->assoc_output(env, &link->assoc, &w, &again) && !w.failed;
        s->out.n += busy->talk ? (uint32_t)relo_wr_size(&w) : 0;
    }
    if (s->open && !s->closed && !flush_buffer(links, link, s, out))
        return false;
    if (dead && !s->closed && !s->connect)
        return flush_order(links, link, s, RELO_ACTION_STREAM_CLOSE, out);
    return true;
}

/* --- in ------------------------------------------------------------------------------------- */

static struct relo_link_busy *find(const struct relo_links *links, uint32_t number)
{
    struct relo_link_busy *busy = links->active;
    while (busy && !(busy->stream && busy->stream->number == number))
        busy = busy->next;
    return busy;
}

static void opened(struct relo_links *links, const struct relo_stream_event *event)
{
    struct relo_link_busy *busy = find(links, event->stream);
    if (busy) {
        busy->stream->open = true;
        busy->stream->end = RELO_NEVER; /* the handshake has its own timer */
        return;
    }
    if (!event->accepted)
        return;
    relo_handle h = relo_link_open(links, NULL, &event->remote, true, true);
    if (h)
        relo_stream_attach(links, relo_busy_get(links, h), event->stream, false);
}

void relo_links_stream(struct relo_links *links, const struct relo_event *event)
{
    const struct relo_stream_event *e = &event->stream;
    if (event->type == RELO_EVENT_STREAM_OPENED) {
        opened(links, e);
        return;
    }
    struct relo_link_busy *busy = find(links, e->stream);
    if (!busy)
        return;
    struct relo_link_stream *s = busy->stream;
    if (event->type == RELO_EVENT_STREAM_CLOSED) {
        s->closed = true;
        relo_link_end(links, busy->link, false, true);
    } else if (event->type == RELO_EVENT_STREAM_DATA && e->data.n) {
        if (!buffer_reserve(links, &s->in, e->data.n)) {
            relo_link_end(links, busy->link, false, true);
            return;
        }
        memcpy(s->in.p + s->in.n, e->data.p, e->data.n);
        s->in.n += e->data.n;
    }
}

/* The next whole record in a buffer; empty: none yet. */
static struct relo_view next_record(const struct buffer *in)
{
    uint32_t left = in->n - in->at;
    if (left < RECORD_HEADER)
        return (struct relo_view){NULL, 0};
    const uint8_t *p = in->p + in->at;
    uint32_t n = RECORD_HEADER + ((uint32_t)p[11] << 8 | p[12]);
    return n <= left ? (struct relo_view){p, n} : (struct relo_view){NULL, 0};
}

/* Takes records of one stream until one holds a new message (true) or none is whole. */
static bool take_records(struct relo_links *links, relo_handle h, struct relo_incoming *message)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, h);
    struct buffer *in = &link->busy->stream->in;
    while (link->state != RELO_LINK_CLOSING) {
        struct relo_datagram_view record = {next_record(in), {NULL, 0, 0}};
        struct relo_view frame = {NULL, 0};
        struct relo_slice rest = {NULL, 0, 0};
        if (!record.head.n) {
            if (in->at == in->n)
                buffer_free(links, in);
            return false;
        }
        in->at += record.head.n; /* the bytes stay where they are until the next call */
        enum relo_assoc_status status =
            env->suite->assoc_input(env, &link->assoc, &record, &frame, &rest);
        if (status == RELO_ASSOC_BAD) { /* on a stream nothing is lost or overtaken: fatal */
            relo_count(env, RELO_COUNT_drop_bad_record);
            relo_link_end(links, h, false, true);
        } else if (relo_link_input(links, h, status, frame, &rest, message)) {
            return true;
        }
    }
    return false;
}

bool relo_links_stream_next(struct relo_links *links, struct relo_incoming *message)
{
    /* Taking records may move or end links: begin again until no stream has a whole one. */
    struct relo_link_busy *busy = links->active;
    while (busy) {
        if (busy->stream && next_record(&busy->stream->in).n) {
            if (take_records(links, busy->link, message))
                return true;
            busy = links->active;
        } else {
            busy = busy->next;
        }
    }
    return false;
}

/* --- RTT and failure ------------------------------------------------------------------------ */

void relo_stream_acked(struct relo_links *links, relo_handle h, uint32_t sequence)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    struct relo_link_stream *s = busy->stream;
    if ((int32_t)(link->out_next - 1 - sequence) < 0 || (int32_t)(sequence - s->acked) < 0)
        return;
    s->acked = sequence + 1;
    link->gap_until = env->now; /* idleness counts from here */
    if (s->timing && (int32_t)(sequence - s->timed) >= 0) {
        relo_rtt_measure(link, env->now - s->timed_at); /* 6940-6.6.5-1 */
        s->timing = false;
    }
    s->end = RELO_NEVER;
    busy->timer =
        s->acked == link->out_next ? RELO_NEVER : env->now + relo_rtt_rto(env->config, link);
    if (link->state == RELO_LINK_SUSPECT)
        relo_sender_restore(links, h);
}

void relo_stream_timeout(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    link->busy->timer = RELO_NEVER;
    if (link->state != RELO_LINK_UP)
        return;
    /* 6.6.5: out of the Routing Table, but kept for 30 s to see whether it recovers. */
    relo_sender_suspect(links, h);                                          /* 6940-6.6.5-2 */
    link->busy->stream->end = links->env->now + RELO_LINK_STREAM_RETENTION; /* 6940-6.6.5-3 */
}
