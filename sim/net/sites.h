/* SPDX-License-Identifier: BSD-2-Clause */
/* Measured latencies from files: matrices of round-trip times (King, Meridian) and coordinates
   (OverSim's nodes_2d).

   Protocol of use: sim_sites_open gives the table of a file, or a sentence that names file and
   line; the table is shared and never changes. The last one opened is kept for the next that asks,
   so that a sweep reads its file once; a file that has changed since is read again.

   Matrix files, RTTs in microseconds; `#` begins a comment line, 0 or less is a pair without a
   measurement, which gets the median of the others (as in p2psim):
     N rows of N numbers                     the plain form
     i,j rtt   or   node i,j rtt             p2psim's E2EGraph; `node i`, `topology` and
                                             `failure_model` lines are passed over
     i j rtt                                 Meridian
   OverSim's XML: <node ...><coord>x</coord><coord>y</coord></node>; a unit is 1 ms one way. */
#ifndef SIM_NET_SITES_H
#define SIM_NET_SITES_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_SITES_MAX 8192 /* in a matrix: 256 MiB */

/* Where a site lies. Distances between places are round-trip times, in microseconds. */
struct sim_place {
    int32_t x_us, y_us;
    int32_t height_us; /* of the way from the site to the plane and back */
};

struct sim_sites {
    uint32_t n;
    uint32_t *rtt_us;         /* owned; n * n, symmetric; NULL: places */
    struct sim_place *places; /* owned; n; NULL: rtt_us */
    uint32_t missing;         /* pairs that got the median */
};

/* The table of a matrix file, or with `xml` of OverSim's. NULL and a sentence (owned, g_free). */
const struct sim_sites *sim_sites_open(const char *path, bool xml, char **error);

/* The same from a text, for tests; the caller frees with sim_sites_free. */
struct sim_sites *sim_sites_parse(const char *path, const char *text, bool xml, char **error);
void sim_sites_free(struct sim_sites *sites);

#endif
