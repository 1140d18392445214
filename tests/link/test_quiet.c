/* SPDX-License-Identifier: BSD-2-Clause */
/* Which links want a keepalive, and when: link/quiet.c, RFC 6940 section 6.5.1.10.3. */
#include "support_pair.h"

#include "core/link/state.h"

#define INTERVAL (15 * RELO_S)

static struct pair *iced(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair->config.no_ice = false;
    pair->config.keepalive_interval = INTERVAL;
    return pair;
}

/* What end 0 has to send at `now`; RELO_NEVER as `due`: nothing is to come. */
static unsigned take(struct pair *pair, relo_time now, relo_time due)
{
    struct relo_links *links = &pair->end[0].links;
    struct relo_addr local, remote;
    unsigned n = 0;
    pair->end[0].env.now = now;
    while (relo_links_quiet_next(links, &local, &remote)) {
        g_assert_true(relo_addr_equal(&local, &pair->end[0].addr));
        n++;
    }
    g_assert_cmpint(relo_quiet_deadline(links, false), ==, due);
    return n;
}

static relo_handle wire(struct pair *pair, relo_time now, uint16_t port)
{
    struct pair_end *e = &pair->end[0];
    e->env.now = now;
    return relo_links_wire(&e->links,
                           &(struct relo_wired_link){.id = {port, 1},
                                                     .remote = relo_addr_v4(0x0a000009, port),
                                                     .secret = port,
                                                     .roles = RELO_WIRED_NEIGHBOR});
}

static void say(struct pair *pair, relo_handle link, relo_time now)
{
    pair->end[0].env.now = now;
    relo_quiet_sent(&pair->end[0].links, relo_link_get(&pair->end[0].links, link));
}

static void silent_link_is_due_every_interval(void)
{
    struct pair *pair = iced();
    wire(pair, 0, 1);
    g_assert_cmpuint(take(pair, INTERVAL - 1, INTERVAL), ==, 0);
    for (int i = 1; i < 100; i++)
        g_assert_cmpuint(take(pair, i * INTERVAL, (i + 1) * INTERVAL), ==, 1);
    pair_free(pair);
}

static void whoever_has_sent_is_put_off_from_that_moment(void)
{
    struct pair *pair = iced();
    relo_handle link = wire(pair, 0, 1);
    say(pair, link, 10 * RELO_S);
    g_assert_cmpuint(take(pair, INTERVAL, 10 * RELO_S + INTERVAL), ==, 0);
    say(pair, link, 24 * RELO_S);
    g_assert_cmpuint(take(pair, 25 * RELO_S, 24 * RELO_S + INTERVAL), ==, 0);
    g_assert_cmpuint(take(pair, 39 * RELO_S, 39 * RELO_S + INTERVAL), ==, 1);
    pair_free(pair);
}

/* Milliseconds are rounded up: not a nanosecond too early, and at most one of them late. */
static void parts_of_a_millisecond_never_make_it_early(void)
{
    struct pair *pair = iced();
    relo_handle link = wire(pair, 1, 1);
    g_assert_cmpuint(take(pair, INTERVAL, RELO_MS + INTERVAL), ==, 0);
    say(pair, link, RELO_MS + INTERVAL - 1); /* in the millisecond that is rounded up */
    g_assert_cmpuint(take(pair, RELO_MS + INTERVAL, RELO_MS + 2 * INTERVAL), ==, 0);
    pair_free(pair);
}

static void several_links_come_in_the_order_of_their_silence(void)
{
    struct pair *pair = iced();
    relo_handle link[20];
    for (uint16_t i = 0; i < 20; i++) /* more than the array begins with */
        link[i] = wire(pair, i * RELO_S / 2, (uint16_t)(i + 1));
    say(pair, link[0], 12 * RELO_S);
    g_assert_cmpuint(take(pair, INTERVAL + RELO_S, INTERVAL + 3 * RELO_S / 2), ==, 2);
    g_assert_cmpuint(take(pair, INTERVAL + 10 * RELO_S, 27 * RELO_S), ==, 17);
    g_assert_cmpuint(take(pair, 27 * RELO_S, INTERVAL + 16 * RELO_S), ==, 1);
    pair_free(pair);
}

static void closed_link_wants_nothing_any_more(void)
{
    struct pair *pair = iced();
    relo_handle first = wire(pair, 0, 1), second = wire(pair, RELO_S, 2);
    relo_links_close(&pair->end[0].links, first);
    g_assert_cmpuint(take(pair, INTERVAL, INTERVAL + RELO_S), ==, 0);
    relo_links_close(&pair->end[0].links, second);
    g_assert_cmpuint(take(pair, 2 * INTERVAL, RELO_NEVER), ==, 0);
    g_assert_null(pair->end[0].links.quiet); /* and no memory */
    pair_free(pair);
}

static void without_ice_nothing_is_kept(void)
{
    struct pair *pair = iced();
    pair->config.no_ice = true;
    wire(pair, 0, 1);
    g_assert_null(pair->end[0].links.quiet);
    g_assert_cmpuint(take(pair, INTERVAL, RELO_NEVER), ==, 0);
    pair_free(pair);
}

/* A link keeps 24 bits of milliseconds, 4.6 hours: neither their end nor that of 32 bits shows. */
static void clock_of_the_link_may_wrap(void)
{
    const relo_time wraps[] = {(relo_time)0x1000000 * RELO_MS, (relo_time)0x100000000 * RELO_MS};
    for (int i = 0; i < 2; i++) {
        struct pair *pair = iced();
        relo_handle link = wire(pair, wraps[i] - 20 * RELO_S, 1);
        say(pair, link, wraps[i] - 6 * RELO_S);
        relo_time due = wraps[i] - 6 * RELO_S + INTERVAL;
        g_assert_cmpuint(take(pair, wraps[i] - 5 * RELO_S, due), ==, 0);
        g_assert_cmpuint(take(pair, due, due + INTERVAL), ==, 1);
        pair_free(pair);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/link/quiet/" #name, name)
    ADD(silent_link_is_due_every_interval);
    ADD(whoever_has_sent_is_put_off_from_that_moment);
    ADD(parts_of_a_millisecond_never_make_it_early);
    ADD(several_links_come_in_the_order_of_their_silence);
    ADD(closed_link_wants_nothing_any_more);
    ADD(without_ice_nothing_is_kept);
    ADD(clock_of_the_link_may_wrap);
#undef ADD
    return g_test_run();
}
