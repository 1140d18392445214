/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of scenario keys: name, type, default, range and meaning of each. Parsing, messages and
   `relo list keys` all come from it. Names are API. */
#ifndef SIM_SCENARIO_KEYS_H
#define SIM_SCENARIO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_key_type {
    SIM_KEY_TIME,      /* 50ms, 10min, 1.5h; held in ns */
    SIM_KEY_COUNT,     /* 1000; no unit */
    SIM_KEY_BANDWIDTH, /* 10Mbit/s; held in bit/s */
    SIM_KEY_RATIO,     /* 0.1% or 0.001; held in parts per billion */
    SIM_KEY_NUMBER,    /* 0.5; held in billionths */
    SIM_KEY_SIZE,      /* 64KiB, 1500B; held in bytes */
    SIM_KEY_BOOL,      /* true, false */
    SIM_KEY_CHOICE,    /* one of a list of words */
    SIM_KEY_LATENCY,   /* geo-2d, const:TIME, matrix FILE; held as the choice, and time or file */
    SIM_KEY_TEXT,
};

struct sim_key {
    const char *section, *name;
    enum sim_key_type type;
    const char *fallback;       /* the default, as one would write it */
    uint64_t min, max;          /* in the unit it is held in; for text, bytes */
    const char *word;           /* a word allowed besides: "off" means 0, "auto" derives it; NULL */
    const char *const *choices; /* NULL-terminated; the position is the value */
    size_t offset, bytes;       /* where in struct sim_params; 0 bytes: resolved by name */
    bool single;                /* may not be swept */
    const char *help;
};

extern const struct sim_key sim_keys[];
extern const size_t sim_keys_n;

/* The table's index of a key, or sim_keys_n. */
size_t sim_keys_find(const char *section, const char *name);

/* Whether a section of this name exists. */
bool sim_keys_section(const char *section);

/* The range and form of a key's values in words: "a time from 1ms to 1d, or off". Owned. */
char *sim_keys_form(const struct sim_key *key);

/* What a word of `access` stands for. Rates in bit/s (0 = infinitely fast), queues in bytes
   (0 = no limit), delay one way through one link. */
struct sim_access {
    const char *name;
    uint64_t up_bps, down_bps;
    uint32_t queue_up_bytes, queue_down_bytes;
    uint64_t delay_ns, jitter_ns;
    const char *help;
};
extern const struct sim_access sim_accesses[];
extern const size_t sim_accesses_n;

#endif
