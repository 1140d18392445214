/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzes the codec of core/wire: whatever decodes must encode to the same bytes. The first input
   byte chooses the length of Node-IDs and how the rest is read: as a message, a body or a frame. */
#include "core/wire/frame.h"
#include "core/wire/message.h"
#include "core/wire/node_id.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void message(struct relo_wr *w, struct relo_view in, const struct relo_config *config)
{
    struct relo_message m;
    if (relo_message_read(in, w->node_id_bytes, config, &m, NULL) != RELO_MESSAGE_OK)
        return;
    relo_message_write(w, config, &m);
    must(!w->failed && relo_view_equal(relo_wr_view(w), in));
}

/* Two bytes of message code, then the body: no header or signature in the fuzzer's way. */
static void body(struct relo_wr *w, struct relo_view in, const struct relo_config *config)
{
    union relo_message_body b;
    if (in.n < 2)
        return;
    uint16_t code = (uint16_t)(in.p[0] << 8 | in.p[1]);
    struct relo_view rest = {in.p + 2, in.n - 2};
    if (!relo_message_body_read(code, rest, w->node_id_bytes, config, &b))
        return;
    relo_message_body_write(w, code, config, &b, rest);
    must(!w->failed && relo_view_equal(relo_wr_view(w), rest));
}

static void frame(struct relo_wr *w, struct relo_view in)
{
    struct relo_rd r = relo_rd_init(in.p, in.n, w->node_id_bytes);
    struct relo_frame f;
    if (!relo_frame_read(&r, &f))
        return;
    struct relo_view used = {in.p, (uint32_t)(in.n - relo_rd_left(&r))};
    relo_frame_write(w, &f);
    must(!w->failed && relo_view_equal(relo_wr_view(w), used));
    must(relo_frame_need(in.p, in.n) == used.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct relo_config config;
    if (size == 0 || size > 1 << 20)
        return 0;
    struct relo_view in = {data + 1, (uint32_t)size - 1};
    uint8_t *out = malloc(size + 64);
    struct relo_wr w = relo_wr_init(out, size + 64, (uint8_t)(16 + (data[0] & 7) % 5));
    relo_config_init(&config, "overlay.example.org");
    switch (data[0] >> 6) {
    case 0:
    case 1:
        message(&w, in, &config);
        break;
    case 2:
        body(&w, in, &config);
        break;
    default:
        frame(&w, in);
        break;
    }
    free(out);
    return 0;
}
