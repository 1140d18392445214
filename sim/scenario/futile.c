/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that do nothing on their own. */
#include "sim/scenario/futile.h"

#include <string.h>

#define BEHAVIOURS                                                                                 \
    "drop-requests", "drop-answers", "misroute", "claim", "replay", "tamper", "stale",             \
        "flood-interval"

/* A key, and what it belongs to: any one of these in the same section is enough. */
static const struct {
    const char *section, *name, *needs[9];
} rules[] = {
    {"network", "burst-leave", {"burst-enter"}},
    {"network", "burst-loss", {"burst-enter"}},
    {"fault", "reorder-delay", {"reorder", "duplicate"}},
    {"fault", "processing-delay", {"slow-peers"}},
    {"fault", "clock-interval", {"clock-skew"}},
    {"fault", "restart-after", {"crash-interval"}},
    {"fault", "crash-storage", {"crash-interval"}},
    {"malicious", "share", {BEHAVIOURS}},
    {"malicious", "share-stop", {BEHAVIOURS}},
    {"malicious", "ramp-from", {"share-stop"}},
    {"malicious", "ramp-interval", {"share-stop"}},
    {"malicious", "ramp-step", {"share-stop"}},
    {"malicious", "drop-requests", {"share", "share-stop"}},
    {"malicious", "drop-answers", {"share", "share-stop"}},
    {"malicious", "misroute", {"share", "share-stop"}},
    {"malicious", "claim", {"share", "share-stop"}},
    {"malicious", "replay", {"share", "share-stop"}},
    {"malicious", "tamper", {"share", "share-stop"}},
    {"malicious", "stale", {"share", "share-stop"}},
    {"malicious", "flood-interval", {"share", "share-stop"}},
    {"events", "mass-failure-share", {"mass-failure-at"}},
    {"events", "flash-crowd-within", {"flash-crowd-at"}},
    {"events", "partition-groups", {"partition-from"}},
};

static bool given(const struct sim_entries *entries, const char *section, const char *name)
{
    size_t index = sim_keys_find(section, name);
    g_assert(index < sim_keys_n); /* the table above is sound */
    return sim_entries_find(entries, index) != NULL;
}

void sim_futile(const struct sim_entries *entries, const char *path, struct sim_problems *problems)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        const char *section = rules[i].section;
        bool enough = !given(entries, section, rules[i].name);
        GString *needs = g_string_new(NULL);
        for (size_t k = 0; rules[i].needs[k] != NULL; k++) {
            enough = enough || given(entries, section, rules[i].needs[k]);
            g_string_append_printf(needs, "%s%s", k == 0 ? "" : " or ", rules[i].needs[k]);
        }
        if (!enough) {
            char *sentence = g_strdup_printf("%s.%s does nothing without %s", section,
                                             rules[i].name, needs->str);
            char *where = sim_entries_place(entries, path, sentence);
            sim_problems_add(problems, where, sentence);
            g_free(where);
        }
        g_string_free(needs, TRUE);
    }
}
