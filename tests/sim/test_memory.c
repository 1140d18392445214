/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/MEMORY.md says what a peer is made of; its table of sizes is compared with the code. */
#include "core/link/state.h"
#include "core/node/node.h"
#include "core/route/internal.h"
#include "core/storage/value.h"
#include "core/topology/chord.h"
#include "sim/net/packet.h"
#include "sim/world/world.h"

#include <glib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
} sizes[] = {
    {"struct relo_node", sizeof(struct relo_node)},
    {"struct relo_chord", sizeof(struct relo_chord)},
    {"struct relo_link", sizeof(struct relo_link)},
    {"struct relo_link_busy", sizeof(struct relo_link_busy)},
    {"struct relo_link_item", sizeof(struct relo_link_item)},
    {"struct relo_transaction", sizeof(struct relo_transaction)},
    {"struct relo_body", sizeof(struct relo_body)},
    {"struct relo_resource", sizeof(struct relo_resource)},
    {"struct relo_stored_kind", sizeof(struct relo_stored_kind)},
    {"struct relo_value", sizeof(struct relo_value)},
    {"struct sim_host", sizeof(struct sim_host)},
    {"struct sim_place", sizeof(struct sim_place)},
    {"struct sim_pending", sizeof(struct sim_pending)},
    {"struct sim_packet", sizeof(struct sim_packet)},
    {"struct sim_event", sizeof(struct sim_event)},
};

static void test_sizes(void)
{
    char *text = NULL;
    int wrong = 0;
    g_assert_true(g_file_get_contents(SOURCE_DIR "/docs/MEMORY.md", &text, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        char *row = g_strdup_printf("| `%s` | %zu |", sizes[i].name, sizes[i].bytes);
        if (strstr(text, row) == NULL) {
            g_printerr("docs/MEMORY.md lacks: %s\n", row);
            wrong++;
        }
        g_free(row);
    }
    g_assert_cmpint(wrong, ==, 0);
    g_free(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory/table_in_docs_is_true", test_sizes);
    return g_test_run();
}
