/* SPDX-License-Identifier: BSD-2-Clause */
/* What peers ask of each other, written down: for tests of whom a peer tells what, and in which
   order. log_begin or log_wired, then the fake network as ever, look at logbook, log_end. */
#ifndef SUPPORT_LOG_H
#define SUPPORT_LOG_H

#include "support_fake.h"

struct entry {
    int node;
    uint16_t code; /* 0: an Attach */
    struct relo_id target;
    bool resource;
    int through; /* node at the other end; -1: routed */
    relo_time at;
    bool body_ok;
};

extern struct entry *logbook;
extern int logged;
extern void (*on_join)(int node); /* called as a node sends its JoinReq; NULL: nobody */

void log_begin(void);
void log_end(void);
void log_wired(int n); /* a converged ring of n */
int by_id(struct relo_id id);
struct relo_ring *ring_of(int node);
/* Entries of a node with that code from number `first` on; Attaches are code 0. */
int count(int node, uint16_t code, int first);
/* Its first entry with that code; there must be one. */
int first_of(int node, uint16_t code);
int links_up(int node);
/* Gives a peer a request as if it came over its link to `from`. */
void deliver(int to, struct relo_id signer, struct relo_id from, uint16_t code,
             const struct relo_wr *body);

#endif
