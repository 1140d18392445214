/* SPDX-License-Identifier: BSD-2-Clause */
/* Open ports by host: few hosts have any, and those some dozens. */
#include "sim/world/ports.h"

#include <glib.h>

struct sim_ports {
    GHashTable *of;      /* host to GArray of uint16_t */
    GHashTable *relayed; /* host to uint64_t, bytes */
};

struct sim_ports *sim_ports_new(void)
{
    struct sim_ports *ports = g_new(struct sim_ports, 1);
    ports->of =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)g_array_unref);
    ports->relayed = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    return ports;
}

void sim_ports_free(struct sim_ports *ports)
{
    if (!ports)
        return;
    g_hash_table_destroy(ports->of);
    g_hash_table_destroy(ports->relayed);
    g_free(ports);
}

void sim_ports_relay(struct sim_ports *ports, uint32_t host, uint32_t bytes)
{
    uint64_t *sum = g_hash_table_lookup(ports->relayed, GUINT_TO_POINTER(host));
    if (!sum) {
        sum = g_new0(uint64_t, 1);
        g_hash_table_insert(ports->relayed, GUINT_TO_POINTER(host), sum);
    }
    *sum += bytes;
}

uint64_t sim_ports_relayed(const struct sim_ports *ports, uint32_t host)
{
    const uint64_t *sum = g_hash_table_lookup(ports->relayed, GUINT_TO_POINTER(host));
    return sum ? *sum : 0;
}

void sim_ports_reset(struct sim_ports *ports)
{
    g_hash_table_remove_all(ports->relayed);
}

static GArray *list_of(const struct sim_ports *ports, uint32_t host)
{
    return g_hash_table_lookup(ports->of, GUINT_TO_POINTER(host));
}

static int find(const GArray *list, uint16_t port)
{
    for (guint i = 0; list && i < list->len; i++)
        if (g_array_index(list, uint16_t, i) == port)
            return (int)i;
    return -1;
}

void sim_ports_open(struct sim_ports *ports, uint32_t host, uint16_t port)
{
    GArray *list = list_of(ports, host);
    if (!list) {
        list = g_array_new(FALSE, FALSE, sizeof port);
        g_hash_table_insert(ports->of, GUINT_TO_POINTER(host), list);
    }
    if (find(list, port) < 0)
        g_array_append_val(list, port);
}

void sim_ports_close(struct sim_ports *ports, uint32_t host, uint16_t port)
{
    GArray *list = list_of(ports, host);
    int at = find(list, port);
    if (at >= 0)
        g_array_remove_index_fast(list, (guint)at);
    if (list && list->len == 0)
        g_hash_table_remove(ports->of, GUINT_TO_POINTER(host));
}

void sim_ports_close_all(struct sim_ports *ports, uint32_t host)
{
    g_hash_table_remove(ports->of, GUINT_TO_POINTER(host));
    g_hash_table_remove(ports->relayed, GUINT_TO_POINTER(host));
}

bool sim_ports_is_open(const struct sim_ports *ports, uint32_t host, uint16_t port)
{
    return find(list_of(ports, host), port) >= 0;
}

uint32_t sim_ports_count(const struct sim_ports *ports, uint32_t host)
{
    const GArray *list = list_of(ports, host);
    return list ? list->len : 0;
}
