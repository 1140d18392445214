/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge: who is responsible, what was stored, how each lookup and fetch ended. */
#include "sim/check/judge.h"

#include "core/base/check.h"
#include "sim/check/invariants.h"

#include <string.h>

#define KEEP_DELIVERIES_NS (40 * RELO_S) /* longer than any request lives */

/* The first delivery of a lookup. */
struct delivery {
    uint64_t transaction; /* the table's key */
    relo_time time;
    uint32_t host;
    uint8_t hops;
    bool correct, handover;
};

struct sim_bin {
    int64_t ok, asked;
};

void sim_judge_init(struct sim_judge *judge, const struct sim_params *params, uint32_t hosts,
                    struct mx_run *run)
{
    *judge = (struct sim_judge){.params = params, .run = run};
    judge->from = params->build_up_ns + params->transition_ns;
    judge->to = judge->from + params->measurement_ns;
    judge->keys = params->keys < hosts && params->churn != SIM_CHURN_TRACE ? params->keys : hosts;
    judge->truth = g_new0(struct sim_truth, sim_params_stores(params) ? judge->keys : 1);
    judge->line = g_new0(struct sim_line, params->sip_lifetime_ns ? hosts : 1);
    judge->deliveries = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    judge->bins = g_array_new(FALSE, TRUE, sizeof(struct sim_bin));
    sim_ring_init(&judge->ring, hosts);
}

void sim_judge_fini(struct sim_judge *judge)
{
    sim_ring_fini(&judge->ring);
    g_free(judge->truth);
    g_free(judge->line);
    g_hash_table_destroy(judge->deliveries);
    g_array_unref(judge->bins);
    *judge = (struct sim_judge){0};
}

static bool is_before(const struct sim_log_entry *a, const struct sim_log_entry *b)
{
    return a->time != b->time ? a->time < b->time : a->host < b->host;
}

void sim_log_append(struct sim_log *log, const struct sim_log_entry *entry)
{
    if (log->n == log->capacity) {
        log->capacity = log->capacity ? log->capacity * 2 : 64;
        log->entry = g_renew(struct sim_log_entry, log->entry, log->capacity);
    }
    uint32_t at = log->n++;
    for (; at > 0 && is_before(entry, &log->entry[at - 1]); at--)
        log->entry[at] = log->entry[at - 1];
    log->entry[at] = *entry;
}

static bool measured(const struct sim_judge *judge, relo_time issued)
{
    return issued >= judge->from && issued < judge->to;
}

static void delivered(struct sim_judge *judge, const struct sim_log_entry *entry)
{
    if (g_hash_table_contains(judge->deliveries, &entry->number))
        return; /* a copy: the first delivery counts */
    struct delivery *delivery = g_new(struct delivery, 1);
    *delivery = (struct delivery){.transaction = entry->number,
                                  .time = entry->time,
                                  .host = entry->host,
                                  .hops = entry->hops};
    delivery->correct = sim_ring_responsible(&judge->ring, entry->id, entry->self, entry->time,
                                             &delivery->handover);
    g_hash_table_insert(judge->deliveries, &delivery->transaction, delivery);
}

static void count_bin(struct sim_judge *judge, relo_time issued, bool ok)
{
    uint32_t i = (uint32_t)((issued - judge->from) / judge->params->sample_interval_ns);
    if (i >= judge->bins->len)
        g_array_set_size(judge->bins, i + 1);
    struct sim_bin *bin = &g_array_index(judge->bins, struct sim_bin, i);
    bin->ok += ok;
    bin->asked++;
}

static void looked_up(struct sim_judge *judge, const struct sim_log_entry *entry)
{
    const struct delivery *delivery = g_hash_table_lookup(judge->deliveries, &entry->number);
    if (measured(judge, entry->issued)) {
        bool ok = entry->ok && entry->time - entry->issued <= SIM_LOOKUP_LIMIT_NS;
        mx_run_ratio(judge->run, MX_LOOKUP_SUCCESS, ok, 1);
        mx_run_count(judge->run, MX_LOOKUP_FAILED, !ok);
        count_bin(judge, entry->issued, ok);
        if (ok)
            mx_run_add(judge->run, MX_LOOKUP_LATENCY, entry->time - entry->issued);
        if (delivery) {
            mx_run_ratio(judge->run, MX_LOOKUP_CORRECT, delivery->correct, 1);
            mx_run_count(judge->run, MX_LOOKUP_AMBIGUOUS, delivery->handover);
            mx_run_add(judge->run, MX_LOOKUP_LATENCY_ONEWAY, delivery->time - entry->issued);
            if (ok)
                mx_run_add(judge->run, MX_LOOKUP_HOPS, delivery->hops);
        } else if (ok) { /* by somebody who claimed it and was never asked as the responsible peer
                          */
            mx_run_ratio(judge->run, MX_LOOKUP_CORRECT, 0, 1);
        }
    }
    if (judge->check)
        sim_check_lookup(judge->check, entry, delivery && delivery->correct,
                         delivery ? delivery->hops : 0);
    if (delivery)
        g_hash_table_remove(judge->deliveries, &entry->number);
}

static void stored(struct sim_judge *judge, const struct sim_log_entry *entry)
{
    struct sim_truth *truth = &judge->truth[entry->key];
    if (truth->expires && entry->number <= truth->version[truth->last])
        return;
    truth->last = (truth->last + 1) % SIM_TRUTH_HISTORY;
    truth->version[truth->last] = entry->number;
    truth->acknowledged[truth->last] = entry->time;
    truth->issued = entry->issued;
    truth->owner = entry->self;
    /* The lifetime counts from receipt, which lies between the two (RFC 6940 7). */
    truth->expires = entry->issued + judge->params->lifetime_ns;
}

/* The version that was acknowledged last at a time; 0 where none was or it is forgotten. */
static uint64_t version_at(const struct sim_truth *truth, relo_time time)
{
    for (uint32_t i = 0; i < SIM_TRUTH_HISTORY; i++) {
        uint32_t at = (truth->last + SIM_TRUTH_HISTORY - i) % SIM_TRUTH_HISTORY;
        if (truth->version[at] != 0 && truth->acknowledged[at] <= time)
            return truth->version[at];
    }
    return 0;
}

/* The lifetime counts from receipt (7.4.1.1): that of the first copy was before the
   acknowledgement, and each one made of it may live as much longer as it was on its way, a minute
   on links that carry too much. Who hands on a value with its lifetime renewed is found out all the
   same. Who serves stale values goes by the clock of who stored them and by its own. */
static relo_time ends_after(const struct sim_judge *judge, relo_time acknowledged)
{
    const struct sim_params *params = judge->params;
    relo_time skew = params->stale_ppb ? 2 * params->clock_skew_ns : 0;
    return acknowledged + params->lifetime_ns + params->lifetime_ns / 2 + skew;
}

relo_time sim_judge_ends(const struct sim_judge *judge, uint32_t key)
{
    const struct sim_truth *truth = &judge->truth[key];
    return ends_after(judge, truth->acknowledged[truth->last]);
}

/* The same of any version: a host stores one after the other, so that what was never acknowledged
   itself was received before the next that was. RELO_NEVER: there is none. */
static relo_time version_ends(const struct sim_judge *judge, const struct sim_truth *truth,
                              uint64_t version)
{
    uint64_t next = UINT64_MAX;
    relo_time ends = RELO_NEVER;
    if (judge->params->value_bytes < 8) /* its low bytes only are known */
        return RELO_NEVER;
    for (uint32_t i = 0; i < SIM_TRUTH_HISTORY; i++)
        if (truth->version[i] >= version && truth->version[i] < next) {
            next = truth->version[i];
            ends = ends_after(judge, truth->acknowledged[i]);
        }
    return ends;
}

static void fetched(struct sim_judge *judge, const struct sim_log_entry *entry)
{
    if (judge->check)
        sim_check_fetch(judge->check, entry, judge->truth[entry->key].expires > entry->time,
                        version_ends(judge, &judge->truth[entry->key], entry->number));
    if (!measured(judge, entry->issued))
        return;
    const struct sim_truth *truth = &judge->truth[entry->key];
    uint64_t wanted = version_at(truth, entry->issued), found = entry->number;
    if (judge->params->value_bytes < 8) { /* short values carry the low bytes of the version only */
        uint64_t mask = (UINT64_C(1) << 8 * judge->params->value_bytes) - 1;
        found = wanted + ((entry->number - wanted) & mask);
    }
    bool ok = entry->ok && found >= wanted;
    mx_run_ratio(judge->run, MX_FETCH_SUCCESS, ok, 1);
    if (ok)
        mx_run_add(judge->run, MX_FETCH_LATENCY, entry->time - entry->issued);
}

static void registered(struct sim_judge *judge, const struct sim_log_entry *entry)
{
    struct sim_line *line = &judge->line[entry->host];
    if (line->expires == 0 || !relo_id_equal(line->id, entry->id))
        line->since = entry->time;
    line->id = entry->id;
    line->expires = entry->issued + judge->params->sip_lifetime_ns;
}

bool sim_judge_callable(const struct sim_judge *judge, uint32_t host, relo_time now)
{
    const struct sim_line *line = &judge->line[host];
    return line->expires > now + SIM_LOOKUP_LIMIT_NS && line->since <= now - 5 * RELO_S;
}

static bool is_member(const struct sim_judge *judge, struct relo_id id)
{
    const struct sim_ring_peer *peer = sim_ring_find(&judge->ring, id);
    return peer && peer->state != SIM_RING_JOINING;
}

static void judge_entry(struct sim_judge *judge, const struct sim_log_entry *entry)
{
    switch ((enum sim_log_kind)entry->kind) {
    case SIM_LOG_JOINING:
        if (judge->check && is_member(judge, entry->id)) /* 10.7.1: as if it had failed */
            sim_check_gone(judge->check, entry->id, entry->host, entry->time);
        sim_ring_put(&judge->ring, entry->id, entry->host, SIM_RING_JOINING, entry->time);
        break;
    case SIM_LOG_ADMITTED:
        sim_ring_put(&judge->ring, entry->id, entry->host, SIM_RING_ADMITTED, entry->time);
        break;
    case SIM_LOG_LEAVING:
        sim_ring_put(&judge->ring, entry->id, entry->host, SIM_RING_LEAVING, entry->time);
        break;
    case SIM_LOG_GONE:
        if (judge->check)
            sim_check_gone(judge->check, entry->id, entry->host, entry->time);
        sim_ring_remove(&judge->ring, entry->id);
        if (judge->params->sip_lifetime_ns)
            judge->line[entry->host].expires = 0;
        break;
    case SIM_LOG_DELIVERED:
        delivered(judge, entry);
        break;
    case SIM_LOG_LOOKUP:
        looked_up(judge, entry);
        break;
    case SIM_LOG_STORED:
        stored(judge, entry);
        break;
    case SIM_LOG_INTRUDED:
        if (judge->check)
            sim_check_intruded(judge->check, entry);
        break;
    case SIM_LOG_REGISTERED:
        registered(judge, entry);
        break;
    case SIM_LOG_FETCHED:
        fetched(judge, entry);
        break;
    }
}

static gboolean is_old(gpointer key, gpointer value, gpointer user)
{
    (void)key;
    return ((const struct delivery *)value)->time < *(const relo_time *)user;
}

void sim_judge_logs(struct sim_judge *judge, struct sim_log *logs, uint32_t n, relo_time now)
{
    /* Each log is in order already, a shard's events being so: merge. */
    uint32_t at[64] = {0};
    RELO_CHECK(n <= G_N_ELEMENTS(at));
    for (;;) {
        const struct sim_log_entry *first = NULL;
        uint32_t from = 0;
        for (uint32_t i = 0; i < n; i++) {
            if (at[i] == logs[i].n)
                continue;
            const struct sim_log_entry *entry = &logs[i].entry[at[i]];
            if (!first || entry->time < first->time ||
                (entry->time == first->time && entry->host < first->host)) {
                first = entry;
                from = i;
            }
        }
        if (!first)
            break;
        at[from]++;
        judge_entry(judge, first);
    }
    for (uint32_t i = 0; i < n; i++)
        logs[i].n = 0;
    if (now - judge->purged >= KEEP_DELIVERIES_NS) {
        relo_time before = now - KEEP_DELIVERIES_NS;
        g_hash_table_foreach_remove(judge->deliveries, is_old, &before);
        judge->purged = now;
    }
}

void sim_judge_finish(struct sim_judge *judge)
{
    for (uint32_t i = 0; i < judge->bins->len; i++) {
        const struct sim_bin *bin = &g_array_index(judge->bins, struct sim_bin, i);
        if (bin->asked)
            mx_run_series_add(judge->run, MX_LOOKUP_SUCCESS,
                              (int64_t)i * judge->params->sample_interval_ns, bin->ok, bin->asked);
    }
}

bool sim_judge_fetchable(const struct sim_judge *judge, uint32_t key, relo_time now)
{
    const struct sim_truth *truth = &judge->truth[key];
    return truth->expires > now + SIM_LOOKUP_LIMIT_NS + 5 * RELO_S &&
           truth->acknowledged[truth->last] <= now - 5 * RELO_S;
}
