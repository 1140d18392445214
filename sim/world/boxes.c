/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a packet on its way out of a site and into another, where there are NATs. */
#include "sim/world/boxes.h"

#include "core/base/check.h"
#include "core/base/fmath.h"
#include "sim/world/world.h"

struct sim_boxes *sim_boxes_new(const struct sim_params *params, uint32_t hosts)
{
    struct sim_boxes *boxes = g_new0(struct sim_boxes, 1);
    sim_layout_init(&boxes->layout, params, hosts);
    boxes->stats = g_new0(struct sim_boxes_stats, SIM_SHARDS_MAX);
    return boxes;
}

static void schedule_reboot(struct sim_shard *shard, uint32_t at)
{
    const struct sim_params *params = shard->world->params;
    struct sim_box *box = &shard->world->boxes->box[at];
    if (!params->nat.reboot_interval_ns)
        return;
    double u = relo_fmath_unit(
        relo_hash_draw(params->seed, SIM_DRAW_NAT_REBOOT, at, 2 * (uint64_t)box->reboots));
    relo_time wait = (relo_time)(-relo_fmath_log(u) * (double)params->nat.reboot_interval_ns);
    relo_time time = shard->now + 1 + wait;
    if (time < 0 || time >= shard->world->end)
        return;
    struct sim_event *event = relo_pool_alloc(shard->pool, sizeof *event);
    uint32_t entity = shard->world->host_count + 1 + at;
    *event = (struct sim_event){.time = time,
                                .sequence = box->reboots,
                                .entity = entity,
                                .class_source = sim_event_class_source(SIM_CLASS_WORLD, entity)};
    sim_calendar_push(&shard->calendar, event);
}

void sim_boxes_begin(struct sim_world *world)
{
    struct sim_boxes *boxes = world->boxes;
    const struct sim_layout *layout = &boxes->layout;
    size_t bytes = (layout->box_count ? layout->box_count : 1) * sizeof *boxes->box;
    boxes->box = memset(relo_chunk_new(bytes), 0, bytes);
    for (uint32_t i = 0; i < layout->box_count; i++) {
        const struct sim_layout_box *is = &layout->box[i];
        uint32_t shard = sim_world_shard_of(world, is->first_host);
        struct relo_addr external = is->carrier == SIM_NO_BOX
                                        ? sim_layout_public(layout, is->site, 0)
                                        : sim_layout_middle(layout, i);
        sim_nat_init(&boxes->box[i].nat, &layout->config[is->config], world->shards[shard]->pool,
                     &boxes->stats[shard].nat, &external, world->params->seed,
                     world->host_count + 1 + i);
        schedule_reboot(world->shards[shard], i);
    }
}

void sim_boxes_free(struct sim_boxes *boxes)
{
    if (!boxes)
        return;
    for (uint32_t i = 0; boxes->box && i < boxes->layout.box_count; i++)
        sim_nat_fini(&boxes->box[i].nat);
    sim_layout_fini(&boxes->layout);
    relo_chunk_free(boxes->box);
    g_free(boxes->stats);
    g_free(boxes);
}

void sim_boxes_event(struct sim_shard *shard, uint32_t entity)
{
    const struct sim_params *params = shard->world->params;
    const struct sim_check *check = shard->world->options.check;
    struct sim_boxes *boxes = shard->world->boxes;
    uint32_t at = entity - shard->world->host_count - 1;
    if (check && check->quiet)
        return;
    const struct sim_layout_box *is = &boxes->layout.box[at];
    struct sim_box *box = &boxes->box[at];
    uint64_t draw =
        relo_hash_draw(params->seed, SIM_DRAW_NAT_REBOOT, at, 2 * (uint64_t)box->reboots + 1);
    bool moves = is->carrier == SIM_NO_BOX && is->class != SIM_NAT_CLASS_FIREWALL &&
                 sim_draw_below(draw, SIM_PPB) < params->nat.reboot_moves_ppb;
    box->reboots++;
    box->moves += moves;
    boxes->stats[shard->index].reboots++;
    boxes->stats[shard->index].moves += moves;
    struct relo_addr external = sim_layout_public(&boxes->layout, is->site, box->moves);
    sim_nat_reboot(&box->nat, moves ? &external : NULL);
    schedule_reboot(shard, at);
}

#define TIDY_ROUND 300 /* seconds: no binding of UDP's lasts longer unused in most NATs */

void sim_boxes_tidy(struct sim_world *world)
{
    struct sim_boxes *boxes = world->boxes;
    uint32_t n = (boxes->layout.box_count + TIDY_ROUND - 1) / TIDY_ROUND;
    for (uint32_t i = 0; i < n; i++) {
        sim_nat_tidy(&boxes->box[boxes->tidied].nat, world->now);
        boxes->tidied = (boxes->tidied + 1) % boxes->layout.box_count;
    }
}

/* --- out ----------------------------------------------------------------------------------- */

static uint32_t entity_of_box(const struct sim_world *world, uint32_t box)
{
    return world->host_count + 1 + box;
}

static void to_host(struct sim_route *route, uint32_t host, relo_time arrival)
{
    route->entity = host + 1;
    route->target = host;
    route->arrival = arrival;
}

/* To a home behind the same carrier: up one access link and down the other. */
static bool to_sibling(const struct sim_world *world, struct sim_route *route, uint32_t home,
                       relo_time leaves)
{
    route->entity = entity_of_box(world, home);
    route->target = world->boxes->layout.box[home].first_host;
    route->arrival = leaves + 2 * world->params->access_delay_ns + SIM_HOP_MIN_NS;
    return true;
}

/* To the site that the destination names: its outermost box, or its host. */
static bool to_site(struct sim_shard *shard, uint32_t source, uint64_t sequence, relo_time leaves,
                    const struct sim_nat_flow *flow, struct sim_route *route)
{
    const struct sim_world *world = shard->world;
    const struct sim_layout *layout = &world->boxes->layout;
    uint32_t at;
    if (!sim_layout_site(layout, &flow->destination, &at)) {
        world->boxes->stats[shard->index].private_destination++;
        return false;
    }
    const struct sim_layout_site *site = &layout->site[at];
    route->target = site->first_host;
    route->entity = site->box == SIM_NO_BOX ? route->target + 1 : entity_of_box(world, site->box);
    if (site->box == SIM_NO_BOX) { /* public hosts never move; which ports are open it knows */
        struct relo_addr addr = sim_layout_public(layout, at, 0);
        if (relo_addr_v4_ip(&addr) != relo_addr_v4_ip(&flow->destination))
            return false;
    }
    if (route->target == layout->host_place[source]) { /* to oneself, out and in again */
        route->arrival = leaves + SIM_HOP_MIN_NS;
        return true;
    }
    return sim_network_cross(&world->network, leaves, source, route->target, sequence, &shard->net,
                             &route->arrival);
}

static bool pass_carrier(struct sim_shard *shard, uint32_t carrier, struct sim_nat_flow *flow,
                         relo_time leaves, struct sim_route *route, bool *inside)
{
    struct sim_boxes *boxes = shard->world->boxes;
    uint32_t sibling;
    *inside = sim_layout_home(&boxes->layout, carrier, &flow->destination, &sibling);
    if (*inside)
        return to_sibling(shard->world, route, sibling, leaves);
    struct sim_nat_answer answer = sim_nat_outbound(&boxes->box[carrier].nat, shard->now, flow);
    if (answer.verdict == SIM_NAT_TURN) {
        *inside = true;
        return sim_layout_home(&boxes->layout, carrier, &flow->destination, &sibling) &&
               to_sibling(shard->world, route, sibling, leaves);
    }
    return answer.verdict == SIM_NAT_PASS;
}

static bool find_way(struct sim_shard *shard, uint32_t source, uint64_t sequence, uint32_t ip_bytes,
                     struct sim_nat_flow *flow, struct sim_route *route)
{
    struct sim_world *world = shard->world;
    struct sim_boxes *boxes = world->boxes;
    const struct sim_layout *layout = &boxes->layout;
    uint32_t home = layout->host_box[source], neighbor;
    relo_time *up_free_at = &world->hosts[source].up_free_at, leaves;
    if (relo_addr_equal(&flow->source, &flow->destination)) {
        to_host(route, source, shard->now + SIM_HOP_MIN_NS);
        return true;
    }
    if (home != SIM_NO_BOX) {
        up_free_at = &boxes->box[home].up_free_at;
        if (sim_layout_host(layout, home, &flow->destination, &neighbor)) { /* in the LAN */
            to_host(route, neighbor, shard->now + SIM_HOP_MIN_NS);
            return true;
        }
        switch (sim_nat_outbound(&boxes->box[home].nat, shard->now, flow).verdict) {
        case SIM_NAT_PASS:
            break;
        case SIM_NAT_TURN:
            if (!sim_layout_host(layout, home, &flow->destination, &neighbor))
                return false;
            to_host(route, neighbor, shard->now + SIM_HOP_MIN_NS);
            return true;
        case SIM_NAT_DROP:
        case SIM_NAT_RESET:
            return false;
        }
    }
    if (!sim_network_leave(&world->network, up_free_at, shard->now, ip_bytes, &shard->net, &leaves))
        return false;
    uint32_t carrier = home == SIM_NO_BOX ? SIM_NO_BOX : layout->box[home].carrier;
    bool inside = false;
    if (carrier != SIM_NO_BOX && !pass_carrier(shard, carrier, flow, leaves, route, &inside))
        return false;
    return inside || to_site(shard, source, sequence, leaves, flow, route);
}

bool sim_boxes_send(struct sim_shard *shard, uint32_t source, uint64_t sequence, uint32_t ip_bytes,
                    const struct relo_send *send, struct sim_route *route)
{
    struct sim_nat_flow flow = {.source = send->local, .destination = send->remote};
    shard->net.sent++;
    shard->net.oversize += ip_bytes > shard->world->params->mtu;
    route->target = source;
    bool through = find_way(shard, source, sequence, ip_bytes, &flow, route);
    route->source = flow.source;
    route->destination = flow.destination;
    return through;
}

/* --- in ------------------------------------------------------------------------------------ */

static bool pass_in(struct sim_shard *shard, uint32_t box, struct sim_nat_flow *flow)
{
    struct sim_nat *nat = &shard->world->boxes->box[box].nat;
    return sim_nat_inbound(nat, shard->now, flow).verdict == SIM_NAT_PASS;
}

/* Through a carrier at once and down the access link to the home; false: dropped. *at is the home.
 */
static bool reach_home(struct sim_shard *shard, uint32_t *at, struct sim_packet *packet,
                       struct sim_nat_flow *flow, relo_time *delivery)
{
    struct sim_world *world = shard->world;
    struct sim_boxes *boxes = world->boxes;
    if (boxes->layout.box[*at].is_carrier) {
        uint32_t carrier = *at;
        if (!pass_in(shard, carrier, flow) ||
            !sim_layout_home(&boxes->layout, carrier, &flow->destination, at))
            return false;
        packet->event.entity = entity_of_box(world, *at);
        sim_packet_set_ends(packet, &flow->source, &flow->destination);
    }
    packet->arrived = true;
    return sim_network_receive(&world->network, &boxes->box[*at].down_free_at, shard->now,
                               packet->ip_bytes, &shard->net, delivery);
}

/* The host whose own this home is, with no carrier and nothing on its way in, be it from itself; or
   UINT32_MAX. */
static uint32_t sole_host(const struct sim_shard *shard, uint32_t at)
{
    const struct sim_boxes *boxes = shard->world->boxes;
    const struct sim_layout_box *is = &boxes->layout.box[at];
    bool sole = is->hosts == 1 && is->carrier == SIM_NO_BOX && !is->is_carrier &&
                boxes->box[at].down_free_at < shard->now &&
                shard->world->hosts[is->first_host].down_free_at < shard->now;
    return sole ? is->first_host : UINT32_MAX;
}

void sim_boxes_arrive(struct sim_shard *shard, struct sim_packet *packet)
{
    struct sim_world *world = shard->world;
    struct sim_nat_flow flow = {.protocol = SIM_NAT_UDP};
    uint32_t at = packet->event.entity - world->host_count - 1, host;
    uint32_t sole = sole_host(shard, at);
    relo_time delivery = shard->now;
    sim_packet_get_ends(packet, &flow.source, &flow.destination);
    if (!packet->arrived && !reach_home(shard, &at, packet, &flow, &delivery)) {
        sim_packet_free(shard->pool, packet);
        return;
    }
    if (delivery > shard->now && !sim_shard_await(shard, packet, sole, delivery))
        return;
    if (!pass_in(shard, at, &flow) ||
        !sim_layout_host(&world->boxes->layout, at, &flow.destination, &host) ||
        (sim_fault_slows(world->fault) && !sim_fault_process(shard, host, &delivery))) {
        sim_packet_free(shard->pool, packet);
        return;
    }
    packet->event.entity = host + 1;
    sim_packet_set_ends(packet, &flow.source, &flow.destination);
    if (delivery == shard->now) {
        sim_host_deliver(shard, packet);
        return;
    }
    packet->event.time = delivery;
    sim_shard_push(shard, packet);
}

void sim_boxes_prefetch(const struct sim_world *world, uint32_t entity,
                        const struct sim_packet_ends *ends, enum sim_nat_near what)
{
    if (entity <= world->host_count)
        return;
    struct relo_addr from = relo_addr_v4(ends->source_ip, ends->source_port);
    struct relo_addr to = relo_addr_v4(ends->destination_ip, ends->destination_port);
    sim_nat_prefetch_inbound(&world->boxes->box[entity - world->host_count - 1].nat, &from, &to,
                             what);
}

/* --- the wired ring ------------------------------------------------------------------------ */

/* Out of a site at time zero, without the network. *home: the flow has been turned back to it.
 *host: it is there already. False: dropped. */
static bool carry_out(struct sim_world *world, uint32_t from, struct sim_nat_flow *flow,
                      uint32_t *home, uint32_t *host)
{
    struct sim_boxes *boxes = world->boxes;
    const struct sim_layout *layout = &boxes->layout;
    uint32_t at = layout->host_box[from];
    *home = SIM_NO_BOX;
    *host = UINT32_MAX;
    if (at != SIM_NO_BOX && sim_layout_host(layout, at, &flow->destination, host))
        return true;
    *host = UINT32_MAX;
    for (; at != SIM_NO_BOX; at = layout->box[at].carrier) {
        switch (sim_nat_outbound(&boxes->box[at].nat, world->now, flow).verdict) {
        case SIM_NAT_PASS:
            break;
        case SIM_NAT_TURN:
            return layout->box[at].is_carrier
                       ? sim_layout_home(layout, at, &flow->destination, home)
                       : sim_layout_host(layout, at, &flow->destination, host);
        case SIM_NAT_DROP:
        case SIM_NAT_RESET:
            return false;
        }
    }
    return true;
}

/* The host that gets what `from` sends from its address `source`, or UINT32_MAX. */
static uint32_t carry_from(struct sim_world *world, uint32_t from, const struct relo_addr *source,
                           const struct relo_addr *to, struct sim_nat_flow *flow)
{
    struct sim_boxes *boxes = world->boxes;
    const struct sim_layout *layout = &boxes->layout;
    uint32_t home, host, site;
    *flow = (struct sim_nat_flow){.source = *source, .destination = *to};
    if (!carry_out(world, from, flow, &home, &host) || host != UINT32_MAX)
        return host;
    if (home == SIM_NO_BOX) {
        if (!sim_layout_site(layout, &flow->destination, &site))
            return UINT32_MAX;
        home = layout->site[site].box;
        if (home == SIM_NO_BOX)
            return layout->site[site].first_host;
        if (layout->box[home].is_carrier &&
            (sim_nat_inbound(&boxes->box[home].nat, world->now, flow).verdict != SIM_NAT_PASS ||
             !sim_layout_home(layout, home, &flow->destination, &home)))
            return UINT32_MAX;
    }
    if (sim_nat_inbound(&boxes->box[home].nat, world->now, flow).verdict != SIM_NAT_PASS ||
        !sim_layout_host(layout, home, &flow->destination, &host))
        return UINT32_MAX;
    return host;
}

static uint32_t carry(struct sim_world *world, uint32_t from, const struct relo_addr *to,
                      struct sim_nat_flow *flow)
{
    struct relo_addr source = sim_layout_host_addr(&world->boxes->layout, from);
    return carry_from(world, from, &source, to, flow);
}

bool sim_boxes_reach(struct sim_world *world, uint32_t host, uint32_t server,
                     const struct relo_addr *to, struct relo_addr *source)
{
    struct sim_nat_flow there, back;
    if (carry(world, host, to, &there) != server)
        return false;
    *source = there.source;
    return carry_from(world, server, to, source, &back) == host;
}

#define REMOTES_MAX 8
#define ROUNDS 3

struct known {
    struct relo_addr remote[REMOTES_MAX];
    uint32_t n;
};

static void learn(struct known *known, const struct relo_addr *remote)
{
    for (uint32_t i = 0; i < known->n; i++)
        if (relo_addr_equal(&known->remote[i], remote))
            return;
    if (known->n < REMOTES_MAX)
        known->remote[known->n++] = *remote;
}

/* x checks all it knows of y; a path is found where the answer comes from where the check went to
   (RFC 8445 7.2.5.2.1). */
static bool check_all(struct sim_world *world, uint32_t x, uint32_t y, struct known *of_x,
                      struct known *of_y, struct relo_addr *to_x, struct relo_addr *to_y)
{
    uint32_t n = of_y->n;
    for (uint32_t i = 0; i < n; i++) {
        struct sim_nat_flow check, answer;
        struct relo_addr to = of_y->remote[i];
        if (carry(world, x, &to, &check) != y)
            continue;
        learn(of_x, &check.source);
        if (carry(world, y, &check.source, &answer) != x || !relo_addr_equal(&answer.source, &to))
            continue;
        *to_x = check.source;
        *to_y = to;
        return true;
    }
    return false;
}

bool sim_boxes_punch(struct sim_world *world, uint32_t a, uint32_t b, struct relo_addr *to_a,
                     struct relo_addr *to_b)
{
    const struct sim_layout *layout = &world->boxes->layout;
    struct relo_addr server = sim_layout_public(layout, 0, 0); /* bootstrap peer 0 */
    struct known of_a = {.n = 0}, of_b = {.n = 0};
    struct sim_nat_flow flow;
    if (sim_layout_blocked(layout, a) || sim_layout_blocked(layout, b))
        return false;
    if (layout->host_box[a] == layout->host_box[b]) { /* in one LAN, or both public */
        *to_a = sim_layout_host_addr(layout, a);
        *to_b = sim_layout_host_addr(layout, b);
        return true;
    }
    if (a == 0 || carry(world, a, &server, &flow) == 0)
        learn(&of_a, a == 0 ? &server : &flow.source);
    if (b == 0 || carry(world, b, &server, &flow) == 0)
        learn(&of_b, b == 0 ? &server : &flow.source);
    for (uint32_t round = 0; round < ROUNDS; round++)
        if (check_all(world, a, b, &of_a, &of_b, to_a, to_b) ||
            check_all(world, b, a, &of_b, &of_a, to_b, to_a))
            return true;
    return false;
}

/* --- measuring ----------------------------------------------------------------------------- */

void sim_boxes_measure_begin(struct sim_boxes *boxes, uint32_t shards)
{
    for (uint32_t i = 0; i < shards; i++)
        boxes->stats[i] = (struct sim_boxes_stats){.reboots = 0};
}

static void add_counters(struct sim_nat_counters *sum, const struct sim_nat_counters *more)
{
    sum->outbound += more->outbound;
    sum->inbound += more->inbound;
    sum->hairpinned += more->hairpinned;
    sum->mapped += more->mapped;
    sum->expired += more->expired;
    sum->evicted += more->evicted;
    for (int i = 0; i < SIM_NAT_REASONS; i++)
        sum->dropped[i] += more->dropped[i];
}

void sim_boxes_measure_end(struct sim_world *world)
{
    struct sim_boxes *boxes = world->boxes;
    struct sim_boxes_stats sum = {.reboots = 0};
    for (uint32_t i = 0; i < world->shard_count; i++) {
        const struct sim_boxes_stats *s = &boxes->stats[i];
        add_counters(&sum.nat, &s->nat);
        sum.reboots += s->reboots;
        sum.moves += s->moves;
        sum.private_destination += s->private_destination;
        sum.blocked_joins += s->blocked_joins;
    }
    for (uint32_t i = 0; i < boxes->layout.box_count; i++)
        mx_run_add(world->result, MX_NAT_BINDINGS,
                   sim_nat_bindings(&boxes->box[i].nat, world->now));
    mx_run_count(world->result, MX_JOIN_BLOCKED, (int64_t)sum.blocked_joins);
    mx_run_counter(world->result, "nat.outbound", (int64_t)sum.nat.outbound);
    mx_run_counter(world->result, "nat.inbound", (int64_t)sum.nat.inbound);
    mx_run_counter(world->result, "nat.hairpinned", (int64_t)sum.nat.hairpinned);
    mx_run_counter(world->result, "nat.mapped", (int64_t)sum.nat.mapped);
    mx_run_counter(world->result, "nat.expired", (int64_t)sum.nat.expired);
    mx_run_counter(world->result, "nat.evicted", (int64_t)sum.nat.evicted);
    mx_run_counter(world->result, "nat.reboots", (int64_t)sum.reboots);
    mx_run_counter(world->result, "nat.moves", (int64_t)sum.moves);
    mx_run_counter(world->result, "nat.private-destination", (int64_t)sum.private_destination);
    for (int i = SIM_NAT_FINE + 1; i < SIM_NAT_REASONS; i++) {
        const char *reason = sim_nat_reason_name((enum sim_nat_reason)i);
        char *name = g_strconcat("nat.dropped.", reason, NULL);
        mx_run_counter(world->result, name, (int64_t)sum.nat.dropped[i]);
        g_free(name);
    }
}
