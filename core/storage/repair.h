/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies that should be where they are not: what a failed Store, a lost peer or a stale table left
   undone (RFC 6940 sections 6.4.2.3, 10.4, 10.7.3). Internal to storage.

   Call soon when something changed that may leave a copy missing; pass when it is due. */
#ifndef RELO_STORAGE_REPAIR_H
#define RELO_STORAGE_REPAIR_H

#include "core/storage/store.h"

#define RELO_REPAIR_PUSHES 3 /* of what is to be deleted, to whom it belongs now */

/* Looks some seconds from now: by then what is under way is through, mostly. */
void relo_repair_soon(struct relo_store *store);
/* If it is due: brings each resource where it is missing, and deletes what is kept in vain. */
void relo_repair_pass(struct relo_store *store);

#endif
