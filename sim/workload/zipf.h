/* SPDX-License-Identifier: BSD-2-Clause */
/* Zipf's law: the key of rank r is asked for in proportion to r^-s.

   Protocol of use: init, draw, fini. Exponent 0 is uniform. The ranks are dealt to the keys by an
   affine permutation, so that popularity has nothing to do with the order of the hosts. */
#ifndef SIM_WORKLOAD_ZIPF_H
#define SIM_WORKLOAD_ZIPF_H

#include <stdint.h>

struct sim_zipf {
    double exponent;
    uint32_t n;
    uint32_t stride;       /* of the permutation; coprime to n */
    double low, high, cut; /* of the inverted integral, see the source */
};

/* n >= 1 keys; exponent from 0 to 4. */
void sim_zipf_init(struct sim_zipf *zipf, double exponent, uint32_t n);
/* A rank from 1 to n. */
uint32_t sim_zipf_rank(const struct sim_zipf *zipf, uint64_t bits);
/* A key from 0 to n - 1. */
uint32_t sim_zipf_key(const struct sim_zipf *zipf, uint64_t bits);

#endif
