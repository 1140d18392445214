/* SPDX-License-Identifier: BSD-2-Clause */
/* MessageContents, RFC 6940 section 6.3.3. */
#include "core/wire/contents.h"

#include "core/wire/option.h"

bool relo_contents_read(struct relo_rd *r, struct relo_contents *c)
{
    const uint8_t *start = r->p;
    c->code = relo_rd_u16(r);
    c->body = relo_rd_opaque32(r);
    c->extensions = relo_rd_opaque32(r);
    if (!relo_extension_list_check(c->extensions))
        r->failed = true;
    c->bytes = (struct relo_view){start, r->failed ? 0 : (uint32_t)(r->p - start)};
    return !r->failed;
}

void relo_contents_write(struct relo_wr *w, const struct relo_contents *c)
{
    relo_wr_u16(w, c->code);
    relo_wr_opaque32(w, c->body);
    relo_wr_opaque32(w, c->extensions);
}

size_t relo_contents_open(struct relo_wr *w, uint16_t code)
{
    relo_wr_u16(w, code);
    return relo_wr_open32(w);
}

void relo_contents_close(struct relo_wr *w, size_t at, struct relo_view extensions)
{
    relo_wr_close32(w, at);
    relo_wr_opaque32(w, extensions);
}
