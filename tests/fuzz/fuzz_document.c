/* SPDX-License-Identifier: BSD-2-Clause */
/* Arbitrary bytes as a configuration document: a configuration that is sound, or a sentence. */
#include "live/document.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *error;
    struct live_document *d =
        live_document_parse("x", (const char *)data, size, "overlay.example.org", 0, &error);
    if (!d == !error || (d && relo_config_check(&d->config)))
        abort();
    for (uint32_t i = 0; d && i < d->config.kind_count; i++) {
        struct relo_view block = d->config.kinds[i].block;
        if (block.n && (block.p[0] != '<' || block.p[block.n - 1] != '>'))
            abort();
    }
    live_document_free(d);
    g_free(error);
    return 0;
}
