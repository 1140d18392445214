/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDP ports that hosts have open beside their own one: relayed transport addresses of the TURN
   servers among them (RFC 8656), and what they relay. What comes to any other port is nobody's.

   Protocol of use: new; open and close as RELO_ACTION_UDP_OPEN and _CLOSE say; close_all when a
   host stops; free. Which ports there are is never iterated over, so no order can show. */
#ifndef SIM_WORLD_PORTS_H
#define SIM_WORLD_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct sim_ports; /* ports.c */

struct sim_ports *sim_ports_new(void);
void sim_ports_free(struct sim_ports *ports); /* NULL is legal */
void sim_ports_open(struct sim_ports *ports, uint32_t host, uint16_t port);
void sim_ports_close(struct sim_ports *ports, uint32_t host, uint16_t port);
void sim_ports_close_all(struct sim_ports *ports, uint32_t host);
bool sim_ports_is_open(const struct sim_ports *ports, uint32_t host, uint16_t port);
/* Counts bytes that the host has relayed; until close_all, or reset for all hosts. */
void sim_ports_relay(struct sim_ports *ports, uint32_t host, uint32_t bytes);
uint64_t sim_ports_relayed(const struct sim_ports *ports, uint32_t host);
void sim_ports_reset(struct sim_ports *ports);
/* How many ports of the host are open. */
uint32_t sim_ports_count(const struct sim_ports *ports, uint32_t host);

#endif
