/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate store usage at work (RFC 6940 section 8): a member keeps its certificate in the
   overlay, by its Node-ID and by its user name.

   Protocol of use, within a step: answers and failures with its contexts; then step until it
   returns false; then the deadline. */
#ifndef RELO_USAGE_PUBLICATION_H
#define RELO_USAGE_PUBLICATION_H

#include "core/storage/store.h"

struct relo_publication; /* publication.c */

/* The context of its requests, among those of RELO_OWNER_USAGE. */
#define RELO_PUBLICATION_CONTEXT (UINT64_C(1) << 63)

/* Owned by the caller until free; what it is given outlives it. */
struct relo_publication *relo_publication_new(struct relo_env *env, struct relo_store *store);
void relo_publication_free(struct relo_publication *publication); /* NULL is legal */

void relo_publication_answer(struct relo_publication *publication, const struct relo_inbound *in);
void relo_publication_failed(struct relo_publication *publication, const struct relo_done *done);
/* Begins what is due. `joined`: this node is a peer. True: it has sent something. */
bool relo_publication_step(struct relo_publication *publication, bool joined);
relo_time relo_publication_deadline(const struct relo_publication *publication, bool joined);

#endif
