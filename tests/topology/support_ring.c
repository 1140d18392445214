/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ring of bare topology plug-ins should look like: who is whose neighbor. */
#include "support_fake.h"

static bool member(int i)
{
    return fake->node[i].alive && fake->node[i].chord.state == RELO_NODE_JOINED;
}

int fake_members(void)
{
    int n = 0;
    for (int i = 0; i < fake->n; i++)
        n += member(i);
    return n;
}

/* The member at the j'th place (from 1) after a node, clockwise or counterclockwise. */
static struct relo_id nth(int node, uint32_t j, bool clockwise)
{
    struct relo_id self = fake->node[node].env.self, at = self;
    for (uint32_t k = 0; k < j; k++) {
        struct relo_id best = self, distance = {UINT64_MAX, UINT64_MAX};
        for (int i = 0; i < fake->n; i++) {
            struct relo_id id = fake->node[i].env.self;
            struct relo_id d = clockwise ? relo_id_sub(id, at) : relo_id_sub(at, id);
            if ((member(i) || !fake->node[i].started) && !relo_id_equal(id, at) &&
                relo_id_compare(d, distance) < 0) {
                best = id;
                distance = d;
            }
        }
        at = best;
    }
    return at;
}

int fake_wrong(void)
{
    int wrong = 0, members = fake_members();
    for (int i = 0; i < fake->n; i++) {
        if (!member(i))
            continue;
        const struct relo_ring *ring = &fake->node[i].chord.ring;
        uint32_t side = MIN((uint32_t)members - 1, ring->neighbors);
        bool right = relo_ring_side(ring) == side;
        for (uint32_t j = 0; right && j < side; j++)
            right = relo_id_equal(relo_ring_id(ring, j), nth(i, j + 1, true)) &&
                    relo_id_equal(relo_ring_id(ring, relo_ring_predecessor(ring, j)),
                                  nth(i, j + 1, false));
        wrong += !right;
    }
    return wrong;
}

void fake_wire(void)
{
    for (int i = 0; i < fake->n; i++) {
        struct relo_wired_link wired[FAKE_NODES] = {0};
        uint32_t count = 0;
        struct relo_id self = fake->node[i].env.self;
        uint32_t all = (uint32_t)fake->n - 1;
        bool slots[RELO_FINGER_SLOTS + 1] = {false};
        for (int j = 0; j < fake->n; j++) {
            if (j == i)
                continue;
            struct relo_id id = fake->node[j].env.self;
            uint8_t roles = 0;
            for (uint32_t k = 1; k <= MIN(3u, all); k++)
                if (relo_id_equal(id, nth(i, k, true)) || relo_id_equal(id, nth(i, k, false)))
                    roles |= RELO_WIRED_NEIGHBOR;
            uint32_t slot = relo_fingers_slot(relo_id_sub(id, self));
            if (!slots[slot])
                roles |= RELO_WIRED_FINGER;
            slots[slot] = true;
            wired[count++] =
                (struct relo_wired_link){.id = id, .roles = roles ? roles : RELO_WIRED_LINK};
        }
        fake_start(i, wired, count);
        fake->node[i].started = false; /* counts as a place on the ring for the others */
    }
    for (int i = 0; i < fake->n; i++)
        fake->node[i].started = true;
}

int fake_route(int node, struct relo_id resource)
{
    relo_handle last;
    return fake_follow(node, &(struct relo_target){.id = resource, .resource = true}, 0, &last);
}

struct relo_id fake_random_id(uint64_t seed, uint64_t i)
{
    return (struct relo_id){relo_hash_draw(seed, 1, 2, i), relo_hash_draw(seed, 3, 4, i)};
}

void fake_crash(int node)
{
    fake->node[node].alive = false;
}
