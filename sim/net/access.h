/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of an access link: bandwidth and a finite drop-tail queue.

   Protocol of use: keep one `free_at` per link and direction, 0 at first; offer each packet in
   order of time. The uplink belongs to the sender, the downlink to the receiving site
   (docs/SIMULATION.md). */
#ifndef SIM_NET_ACCESS_H
#define SIM_NET_ACCESS_H

#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

/* The time it takes to put the bytes on the wire, rounded up to a nanosecond; 0 bit/s is infinitely
   fast. */
relo_time sim_access_serialise(uint64_t bps, uint32_t bytes);

/* Whether the packet fits the queue (0: no limit); if so *free_at, the time the link will be idle
   again, is when its last bit has passed. What waits or is being sent counts towards the queue. */
bool sim_access_offer(relo_time *free_at, relo_time now, uint64_t bps, uint32_t queue_bytes,
                      uint32_t bytes);

#endif
