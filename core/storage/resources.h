/* SPDX-License-Identifier: BSD-2-Clause */
/* The resources of one node, sorted by Resource-ID, and their quotas. Internal to storage. */
#ifndef RELO_STORAGE_RESOURCES_H
#define RELO_STORAGE_RESOURCES_H

#include "core/storage/store.h"
#include "core/storage/value.h"

struct relo_resource *relo_resources_find(const struct relo_store *store, struct relo_id id);
/* Finds or creates. NULL: over quota. */
struct relo_resource *relo_resources_add(struct relo_store *store, struct relo_id id);
void relo_resources_remove(struct relo_store *store, struct relo_id id);
/* After a change: accounts for the bytes, which were `before`, lowers the expiry bound to that of
   the earliest value, and removes the resource where nothing is left. True: it is still there. */
bool relo_resources_changed(struct relo_store *store, struct relo_resource *resource,
                            uint32_t before);

#endif
