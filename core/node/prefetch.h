/* SPDX-License-Identifier: BSD-2-Clause */
/* A hint for drivers of many nodes: bring near what a coming step will read. With ten thousand
   nodes a step's cost is its cache misses, and a driver knows a few events ahead whom it will step.

   Protocol of use, per coming event: NODE some events ahead, TABLES an event or two later (it reads
   what NODE brought near), LINK after that. Changes nothing, and calling it never is right as well.
 */
#ifndef RELO_NODE_PREFETCH_H
#define RELO_NODE_PREFETCH_H

#include "core/relo.h"

enum relo_prefetch { RELO_PREFETCH_NODE, RELO_PREFETCH_TABLES, RELO_PREFETCH_LINK };

/* `remote`: whom the datagram is from; NULL for any other event. */
void relo_node_prefetch(const struct relo_node *node, enum relo_prefetch what,
                        const struct relo_addr *remote);

#endif
