/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of two ICE agents with NATs between them (RFC 8445, RFC 6940 section 6.5.1). */
#include "tests/sim/support_ice.h"
#include "tests/sim/support_kind.h"

#include <string.h>

#define LONG (120 * RELO_S)

static void every_pair_of_nats_ends_as_the_theorem_says(void)
{
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++) {
            struct ice_net net;
            struct sim_nat_config a = nat_kind(i, SIM_NAT_RANDOM), b = nat_kind(j, SIM_NAT_RANDOM);
            ice_net_open(&net, (uint64_t)(i * 9 + j));
            ice_net_add_nat(&net, 0, &a);
            ice_net_add_nat(&net, 1, &b);
            ice_net_run(&net, NULL, NULL, LONG);
            bool direct = ice_net_connected(&net);
            if (direct != sim_nat_direct(&a, &b))
                g_error("%d x %d: direct %d", i, j, direct);
            for (unsigned s = 0; s < 2; s++)
                g_assert_cmpint(relo_ice_state(net.side[s].ice), ==,
                                direct ? RELO_ICE_COMPLETED : RELO_ICE_FAILED);
            ice_net_close(&net);
        }
}

static void every_pair_of_classes_ends_as_the_theorem_says(void)
{
    for (int i = 0; i < SIM_NAT_CLASSES; i++)
        for (int j = 0; j < SIM_NAT_CLASSES; j++) {
            struct ice_net net;
            struct sim_nat_config a = sim_nat_class_config((enum sim_nat_class)i);
            struct sim_nat_config b = sim_nat_class_config((enum sim_nat_class)j);
            ice_net_open(&net, (uint64_t)(i * 9 + j));
            ice_net_add_nat(&net, 0, &a);
            ice_net_add_nat(&net, 1, &b);
            ice_net_run(&net, NULL, NULL, LONG);
            if (ice_net_connected(&net) != sim_nat_direct(&a, &b))
                g_error("%s x %s", sim_nat_class_name((enum sim_nat_class)i),
                        sim_nat_class_name((enum sim_nat_class)j));
            ice_net_close(&net);
        }
}

static void public_hosts_connect_by_host_candidates(void)
{
    struct ice_net net;
    ice_net_open(&net, 1);
    ice_net_run(&net, NULL, NULL, LONG);
    g_assert_true(ice_net_connected(&net));
    const struct relo_ice_path *path = relo_ice_selected(net.side[0].ice);
    g_assert_cmpint(path->local_type, ==, RELO_ICE_HOST);
    g_assert_cmpint(path->remote_type, ==, RELO_ICE_HOST);
    g_assert_cmpint(path->rtt, ==, 40 * RELO_MS);
    /* The answerer's checks begin at 10 s; the offerer answers an early one at 10.02, starts
       at 10.05, and nominates when the answer to its own is in. */
    g_assert_cmpint(net.side[0].completed, <=, 10050 * RELO_MS + 2 * 40 * RELO_MS + 50 * RELO_MS);
    g_assert_cmpint(net.side[1].completed, <=, net.side[0].completed);
    g_assert_true(relo_ice_is_controlling(net.side[0].ice)); /* 6940 6.5.1.9 */
    g_assert_false(relo_ice_is_controlling(net.side[1].ice));
    ice_net_close(&net);
}

static void hosts_behind_one_nat_use_the_lan(void)
{
    struct ice_net net;
    struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_SYMMETRIC);
    ice_net_open(&net, 2);
    net.side[1].site = 0;
    ice_net_add_nat(&net, 0, &config);
    ice_net_run(&net, NULL, NULL, LONG);
    g_assert_true(ice_net_connected(&net));
    g_assert_cmpint(relo_ice_selected(net.side[0].ice)->remote_type, ==, RELO_ICE_HOST);
    g_assert_cmpuint(net.counters.hairpinned, ==, 0);
    ice_net_close(&net);
}

static void nested_nats_are_crossed(void)
{
    for (int carrier = SIM_NAT_CLASS_EI_APD; carrier <= SIM_NAT_CLASS_SYMMETRIC; carrier++) {
        struct ice_net net;
        struct sim_nat_config home = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
        struct sim_nat_config outer = sim_nat_class_config((enum sim_nat_class)carrier);
        ice_net_open(&net, 3);
        ice_net_add_nat(&net, 0, &home);
        ice_net_add_nat(&net, 0, &outer);
        ice_net_add_nat(&net, 1, &home);
        ice_net_run(&net, NULL, NULL, LONG);
        /* Together they map as the more dependent one and filter as the stricter one. */
        g_assert_true(ice_net_connected(&net) == sim_nat_direct(&outer, &home));
        ice_net_close(&net);
    }
}

static void a_fifth_of_the_packets_may_be_lost(void)
{
    unsigned done = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct ice_net net;
        struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
        ice_net_open(&net, seed);
        net.loss = 200;
        net.servers = 2;
        ice_net_add_nat(&net, 0, &config);
        ice_net_add_nat(&net, 1, &config);
        ice_net_run(&net, NULL, NULL, LONG);
        done += ice_net_connected(&net);
        ice_net_close(&net);
    }
    g_assert_cmpuint(done, ==, 100);
}

static void roles_that_clash_are_settled(void)
{
    for (int both = 0; both < 2; both++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct ice_net net;
            struct relo_ice_options options = {.controlling = both};
            struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
            ice_net_open(&net, seed);
            net.loss = seed >= 10 ? 200 : 0;
            net.servers = 2;
            ice_net_add_nat(&net, 0, &config);
            ice_net_add_nat(&net, 1, &config);
            ice_net_run(&net, &options, &options, LONG);
            g_assert_true(ice_net_connected(&net));
            g_assert_true(relo_ice_is_controlling(net.side[0].ice) !=
                          relo_ice_is_controlling(net.side[1].ice));
            ice_net_close(&net);
        }
}

static void an_interface_that_leads_nowhere_does_not_matter(void)
{
    struct ice_net net;
    struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    ice_net_open(&net, 4);
    ice_net_add_nat(&net, 0, &config);
    ice_net_add_nat(&net, 1, &config);
    for (unsigned i = 0; i < 2; i++) { /* the preferred one, of the other family */
        struct ice_side *side = &net.side[i];
        side->local[1] = side->local[0];
        side->local[0] = (struct relo_addr){.family = 6, .port = 6084, .ip = {0xfd, (uint8_t)i}};
        side->local_count = 2;
    }
    ice_net_run(&net, NULL, NULL, LONG);
    g_assert_true(ice_net_connected(&net));
    g_assert_cmpint(relo_ice_selected(net.side[0].ice)->local.family, ==, 4);
    ice_net_close(&net);
}

static void without_a_stun_server_a_punching_side_is_found_by_its_checks(void)
{
    struct ice_net net;
    struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_SYMMETRIC);
    ice_net_open(&net, 5);
    net.servers = 0;
    ice_net_add_nat(&net, 0,
                    &config); /* gets no reflexive candidate worth having; side 1 is public */
    ice_net_run(&net, NULL, NULL, LONG);
    g_assert_true(ice_net_connected(&net));
    g_assert_cmpint(relo_ice_selected(net.side[1].ice)->remote_type, ==, RELO_ICE_PRFLX);
    ice_net_close(&net);
}

static void a_failure_takes_the_patience_of_rfc_8863(void)
{
    struct ice_net net;
    struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_BLOCKED);
    struct relo_ice_options options = {
        .patience = 20 * RELO_S, .transmissions = 3, .controlling = true};
    ice_net_open(&net, 6);
    ice_net_add_nat(&net, 0, &config);
    ice_net_run(&net, &options, NULL, 29 * RELO_S);
    g_assert_cmpint(relo_ice_state(net.side[0].ice), ==, RELO_ICE_CHECKING);
    ice_net_advance(&net, 10050 * RELO_MS + 20 * RELO_S);
    g_assert_cmpint(relo_ice_state(net.side[0].ice), ==, RELO_ICE_FAILED);
    ice_net_close(&net);
}

static void consent_lapses_when_a_nat_reboots(void)
{
    struct ice_net net;
    struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct relo_ice_options a = {.controlling = true, .consent = true}, b = {.consent = true};
    ice_net_open(&net, 7);
    ice_net_add_nat(&net, 0, &config);
    ice_net_add_nat(&net, 1, &config);
    ice_net_run(&net, &a, &b, LONG);
    g_assert_true(ice_net_connected(&net));
    for (unsigned i = 0; i < 2; i++)
        relo_ice_trim(net.side[i].ice);
    ice_net_advance(&net, net.now + 600 * RELO_S);
    g_assert_true(
        ice_net_connected(&net)); /* kept open by the checks: the NATs forget after 180 s */
    struct relo_addr moved = relo_addr_v4(0xc63364ff, 0);
    sim_nat_reboot(&net.site[0].nat[0], &moved);
    ice_net_advance(&net, net.now + 40 * RELO_S);
    g_assert_cmpint(relo_ice_state(net.side[0].ice), ==, RELO_ICE_FAILED);
    g_assert_cmpint(relo_ice_state(net.side[1].ice), ==, RELO_ICE_FAILED);
    ice_net_close(&net);
}

/* Asks side 0 in side 1's name; returns how many answers go out. */
static unsigned forged(struct ice_net *net, const char *password, bool fingerprint, uint16_t extra)
{
    uint8_t bytes[300], username[32], transaction[12] = {7};
    struct relo_ice *ice = net->side[0].ice;
    struct relo_wr name = relo_wr_init(username, sizeof username, 16);
    relo_wr_bytes(&name, relo_ice_ufrag(ice).p, relo_ice_ufrag(ice).n);
    relo_wr_bytes(&name, ":evil", 5);
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, transaction);
    relo_stun_write(&s, RELO_STUN_USERNAME, relo_wr_view(&name));
    relo_stun_write_u32(&s, RELO_STUN_PRIORITY, 1);
    if (extra)
        relo_stun_write_u32(&s, (enum relo_stun_type)extra, 0);
    relo_stun_write_integrity(
        &s, password ? (struct relo_view){(const uint8_t *)password, (uint32_t)strlen(password)}
                     : relo_ice_password(ice));
    if (fingerprint)
        relo_stun_write_fingerprint(&s);
    struct relo_stun m;
    g_assert_true(relo_stun_read(relo_wr_view(&w), &m));
    g_assert_true(relo_ice_receive(ice, &net->side[0].local[0], &net->server[0], &m));
    unsigned answers = 0;
    for (;;) {
        struct relo_ice_datagram d;
        struct relo_wr out = relo_wr_init(bytes, sizeof bytes, 16);
        if (!relo_ice_output(ice, &d, &out))
            return answers;
        g_assert_true(relo_stun_read(relo_wr_view(&out), &m));
        answers += m.stun_class == RELO_STUN_SUCCESS || m.error == 420;
        g_assert_true((m.stun_class == RELO_STUN_ERROR) == (extra != 0));
        if (m.stun_class == RELO_STUN_ERROR)
            g_assert_cmpint(m.error, ==, 420);
    }
}

static void forged_checks_are_dropped_and_counted(void)
{
    struct ice_net net;
    ice_net_open(&net, 8);
    ice_net_run(&net, NULL, NULL, LONG);
    uint64_t *dropped = &net.shard.counter[RELO_COUNT_drop_stun_integrity];
    g_assert_cmpuint(*dropped, ==, 0);
    g_assert_cmpuint(forged(&net, "not the password", true, 0), ==, 0);
    g_assert_cmpuint(forged(&net, NULL, false, 0), ==, 0);
    g_assert_cmpuint(*dropped, ==, 2);
    g_assert_cmpuint(forged(&net, NULL, true, 0), ==, 1);
    g_assert_cmpuint(forged(&net, NULL, true, 0x7fff), ==, 1); /* 420 */
    g_assert_cmpuint(*dropped, ==, 2);
    ice_net_close(&net);
}

/* An RFC 5245 peer, played by hand: its address, and what it signalled. */
struct peer {
    struct ice_net net;
    struct relo_ice *ice; /* ours, controlled */
    struct relo_addr host, reflexive;
};

static const char peer_password[] = "a password of 22 and more";

static struct relo_view text(const char *t)
{
    return (struct relo_view){(const uint8_t *)t, (uint32_t)strlen(t)};
}

static void deliver(struct peer *p, const struct relo_addr *from, const struct relo_wr *w)
{
    struct relo_stun m;
    g_assert_false(w->failed);
    g_assert_true(relo_stun_read(relo_wr_view(w), &m));
    g_assert_true(relo_ice_receive(p->ice, &p->net.side[0].local[0], from, &m));
}

/* Nominates from `from` as aggressive nomination does, in a first check. */
static void nominate(struct peer *p, const struct relo_addr *from)
{
    uint8_t bytes[300], name[32], transaction[12] = {9};
    struct relo_wr n = relo_wr_init(name, sizeof name, 16),
                   w = relo_wr_init(bytes, sizeof bytes, 16);
    relo_wr_bytes(&n, relo_ice_ufrag(p->ice).p, relo_ice_ufrag(p->ice).n);
    relo_wr_bytes(&n, ":peer", 5);
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, transaction);
    relo_stun_write(&s, RELO_STUN_USERNAME, relo_wr_view(&n));
    relo_stun_write_u32(&s, RELO_STUN_PRIORITY, relo_ice_priority(RELO_ICE_PRFLX, 65535));
    relo_stun_write_u64(&s, RELO_STUN_ICE_CONTROLLING, 1);
    relo_stun_write(&s, RELO_STUN_USE_CANDIDATE, text(""));
    relo_stun_write_integrity(&s, relo_ice_password(p->ice));
    relo_stun_write_fingerprint(&s);
    deliver(p, from, &w);
}

/* Answers our agent's checks for `for_ns`, from where they went to, or from `elsewhere`. */
static void play(struct peer *p, relo_time for_ns, const struct relo_addr *elsewhere)
{
    struct relo_env *env = &p->net.side[0].env;
    for (relo_time until = env->now + for_ns; env->now < until; env->now += 10 * RELO_MS)
        for (;;) {
            uint8_t bytes[600], back[200];
            struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
            struct relo_wr answer = relo_wr_init(back, sizeof back, 16);
            struct relo_ice_datagram d;
            struct relo_stun m;
            if (!relo_ice_output(p->ice, &d, &w))
                break;
            g_assert_true(relo_stun_read(relo_wr_view(&w), &m));
            if (m.stun_class != RELO_STUN_REQUEST)
                continue;
            g_assert_true(m.has & RELO_STUN_HAS_CONTROLLED); /* RFC 6940 6.5.1.9 */
            struct relo_stun_writer s =
                relo_stun_open(&answer, RELO_STUN_BINDING, RELO_STUN_SUCCESS, m.transaction);
            relo_stun_write_address(&s, RELO_STUN_XOR_MAPPED_ADDRESS, &d.local);
            relo_stun_write_integrity(&s, text(peer_password));
            relo_stun_write_fingerprint(&s);
            deliver(p, elsewhere ? elsewhere : &d.remote, &answer);
        }
}

static void open_peer(struct peer *p)
{
    ice_net_open(&p->net, 10);
    struct ice_side *side = &p->net.side[0];
    struct relo_ice_options options = {.local = side->local, .local_count = 1};
    p->host = relo_addr_v4(0xcb007109, 1);
    p->reflexive = relo_addr_v4(0xcb00710a, 1);
    struct relo_ice_candidate remote[2] = {
        {.addr = p->host, .priority = relo_ice_priority(RELO_ICE_HOST, 65535), .foundation = 1},
        {.addr = p->reflexive,
         .priority = relo_ice_priority(RELO_ICE_SRFLX, 65535),
         .foundation = 2,
         .type = RELO_ICE_SRFLX}};
    p->ice = side->ice = relo_ice_new(&side->env, &options);
    g_assert_cmpint(relo_ice_state(p->ice), ==, RELO_ICE_GATHERED); /* nobody to ask */
    g_assert_false(relo_ice_start(p->ice, text("abc"), text(peer_password), remote, 2));
    g_assert_true(relo_ice_start(p->ice, text("peer"), text(peer_password), remote, 2));
}

static void an_aggressive_peer_may_move_the_selection_up(void)
{
    struct peer p;
    open_peer(&p);
    nominate(&p, &p.reflexive);
    play(&p, RELO_S, NULL);
    g_assert_cmpint(relo_ice_state(p.ice), ==, RELO_ICE_COMPLETED);
    g_assert_true(relo_addr_equal(&relo_ice_selected(p.ice)->remote, &p.reflexive));
    nominate(&p, &p.host);
    play(&p, RELO_S, NULL);
    g_assert_true(relo_addr_equal(&relo_ice_selected(p.ice)->remote, &p.host));
    nominate(&p, &p.reflexive);
    play(&p, RELO_S, NULL);
    g_assert_true(relo_addr_equal(&relo_ice_selected(p.ice)->remote, &p.host));
    relo_ice_trim(p.ice);
    nominate(&p, &p.host); /* still answered */
    play(&p, RELO_S, NULL);
    ice_net_close(&p.net);
}

static void an_answer_from_elsewhere_makes_no_pair(void)
{
    struct peer p;
    struct relo_addr elsewhere = relo_addr_v4(0xcb00710b, 1);
    open_peer(&p);
    play(&p, RELO_S, &elsewhere); /* 8445 7.2.5.2.1 */
    for (uint32_t i = 0; i < relo_ice_pair_count(p.ice); i++)
        g_assert_cmpint(relo_ice_pair_at(p.ice, i)->state, ==, RELO_ICE_PAIR_FAILED);
    g_assert_cmpint(relo_ice_state(p.ice), ==, RELO_ICE_CHECKING);
    nominate(&p, &p.host); /* a check of theirs gives it another chance */
    play(&p, RELO_S, NULL);
    g_assert_cmpint(relo_ice_state(p.ice), ==, RELO_ICE_COMPLETED);
    ice_net_close(&p.net);
}

/* The difference between RELO_NO_PATH and RELO_NO_RELAY. */
static void a_failed_agent_knows_whether_anybody_had_a_relay(void)
{
    for (int who = 0; who < 3; who++) { /* nobody, the other side, this one */
        struct ice_net net;
        ice_net_open(&net, 11);
        struct ice_side *side = &net.side[0];
        struct relo_ice_options options = {.local = side->local, .local_count = 1, .relays = 1};
        struct relo_addr relayed = relo_addr_v4(0xcb007120, 50000);
        struct relo_ice_candidate remote = {
            .addr = relo_addr_v4(0xcb007109, 1),
            .priority = 1,
            .foundation = 1,
            .type = (uint8_t)(who == 1 ? RELO_ICE_RELAY : RELO_ICE_HOST)};
        side->ice = relo_ice_new(&side->env, &options);
        relo_ice_relayed(side->ice, who == 2 ? &relayed : NULL, &side->local[0]);
        g_assert_true(relo_ice_start(side->ice, text("peer"), text(peer_password), &remote, 1));
        while (relo_ice_state(side->ice) == RELO_ICE_CHECKING) {
            uint8_t bytes[600];
            struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
            struct relo_ice_datagram d;
            if (!relo_ice_output(side->ice, &d, &w)) /* nobody answers */
                side->env.now += RELO_S;
            g_assert_cmpint(side->env.now, <, 100 * RELO_S);
        }
        g_assert_cmpint(relo_ice_state(side->ice), ==, RELO_ICE_FAILED);
        g_assert_cmpint(relo_ice_has_relay(side->ice), ==, who > 0);
        ice_net_close(&net);
    }
}

/* Kinds, loss, roles and servers from a seed. Nothing connects against the theorem; without loss
   everything does that can; every agent comes to rest. */
static void swarm(void)
{
    for (uint64_t seed = 1000; seed < 1300; seed++) {
        struct ice_net net;
        struct relo_prng prng = {seed, 0};
        struct sim_nat_config config[2];
        struct relo_ice_options options[2] = {{.controlling = true}, {.controlling = false}};
        ice_net_open(&net, seed);
        for (unsigned i = 0; i < 2; i++) {
            config[i] = nat_kind((int)relo_prng_below(&prng, 9), SIM_NAT_RANDOM);
            config[i].ports = (enum sim_nat_ports)relo_prng_below(&prng, 3);
            ice_net_add_nat(&net, i, &config[i]);
            options[i].controlling = relo_prng_below(&prng, 2);
            options[i].pace = (relo_time)(5 + relo_prng_below(&prng, 100)) * RELO_MS;
        }
        net.servers = 1 + (unsigned)relo_prng_below(&prng, 2);
        net.delay = (relo_time)(1 + relo_prng_below(&prng, 300)) * RELO_MS;
        net.loss = relo_prng_below(&prng, 2) ? (unsigned)relo_prng_below(&prng, 300) : 0;
        ice_net_run(&net, &options[0], &options[1], 300 * RELO_S);
        bool connected = ice_net_connected(&net), direct = sim_nat_direct(&config[0], &config[1]);
        if ((connected && !direct) || (direct && !connected && net.loss == 0))
            g_error("seed %u: connected %d, theorem %d", (unsigned)seed, connected, direct);
        for (unsigned i = 0; i < 2; i++)
            g_assert_cmpint(relo_ice_state(net.side[i].ice), >=, RELO_ICE_COMPLETED);
        ice_net_close(&net);
    }
}

static void priorities_are_those_of_the_rfc(void)
{
    g_assert_cmphex(relo_ice_priority(RELO_ICE_HOST, 65535), ==, 2130706431);
    g_assert_cmphex(relo_ice_priority(RELO_ICE_SRFLX, 65535), ==, 1694498815);
    g_assert_cmphex(relo_ice_priority(RELO_ICE_PRFLX, 65535), ==, 1862270975);
    g_assert_cmphex(relo_ice_priority(RELO_ICE_RELAY, 65535), ==, 16777215);
    g_assert_cmphex(relo_ice_pair_priority(2, 1), ==, (1ull << 32) + 5);
    g_assert_cmphex(relo_ice_pair_priority(1, 2), ==, (1ull << 32) + 4);
}

static void same_seed_same_packets(void)
{
    unsigned sent[2];
    for (int run = 0; run < 2; run++) {
        struct ice_net net;
        struct sim_nat_config config = sim_nat_class_config(SIM_NAT_CLASS_EI_AD);
        ice_net_open(&net, 9);
        net.loss = 200;
        ice_net_add_nat(&net, 0, &config);
        ice_net_add_nat(&net, 1, &config);
        ice_net_run(&net, NULL, NULL, LONG);
        sent[run] = net.side[0].sent * 1000 + net.side[1].sent;
        ice_net_close(&net);
    }
    g_assert_cmpuint(sent[0], ==, sent[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(name) g_test_add_func("/ice/" #name, name)
    T(priorities_are_those_of_the_rfc);
    T(public_hosts_connect_by_host_candidates);
    T(hosts_behind_one_nat_use_the_lan);
    T(nested_nats_are_crossed);
    T(every_pair_of_nats_ends_as_the_theorem_says);
    T(every_pair_of_classes_ends_as_the_theorem_says);
    T(a_fifth_of_the_packets_may_be_lost);
    T(roles_that_clash_are_settled);
    T(an_interface_that_leads_nowhere_does_not_matter);
    T(without_a_stun_server_a_punching_side_is_found_by_its_checks);
    T(a_failure_takes_the_patience_of_rfc_8863);
    T(consent_lapses_when_a_nat_reboots);
    T(forged_checks_are_dropped_and_counted);
    T(an_aggressive_peer_may_move_the_selection_up);
    T(an_answer_from_elsewhere_makes_no_pair);
    T(a_failed_agent_knows_whether_anybody_had_a_relay);
    T(swarm);
    T(same_seed_same_packets);
#undef T
    return g_test_run();
}
