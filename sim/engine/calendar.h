/* SPDX-License-Identifier: BSD-2-Clause */
/* The event queue of a shard: a calendar of slots, sorted one slot at a time when it comes up.

   Protocol of use: init; push events later than everything popped so far; pop until NULL; fini. The
   calendar borrows the events. Three levels: 4,096 slots (about a millisecond each) of the current
   block, 4,096 blocks ahead, and a list beyond; an event moves down one level at a time. An event
   may be pushed before `until` of the last pop only if it is not before the last event popped. */
#ifndef SIM_ENGINE_CALENDAR_H
#define SIM_ENGINE_CALENDAR_H

#include "core/base/pool.h"
#include "sim/engine/event.h"
#include "sim/engine/pile.h"

#define SIM_CALENDAR_SLOTS 4096u

#define SIM_ENTRY_WAKE 1u
#define SIM_ENTRY_OTHER 2u

static inline bool sim_entry_is_wake(const struct sim_entry *entry)
{
    return entry->what & SIM_ENTRY_WAKE;
}
static inline bool sim_entry_is_packet(const struct sim_entry *entry)
{
    return !(entry->what & (SIM_ENTRY_WAKE | SIM_ENTRY_OTHER));
}
static inline struct sim_event *sim_entry_event(const struct sim_entry *entry)
{
    return (struct sim_event *)(entry->what & ~(uintptr_t)SIM_ENTRY_OTHER); /* not of a wake */
}
static inline uint32_t sim_entry_entity(const struct sim_entry *entry)
{
    return sim_entry_is_wake(entry) ? (uint32_t)(entry->what >> 2) : sim_entry_event(entry)->entity;
}

struct sim_calendar {
    struct relo_pool *pool; /* borrowed: memory of the chunks */
    uint32_t slot_shift;    /* a slot is 2^slot_shift ns long */
    int64_t block;          /* number of the block whose slots `slot` holds */
    int64_t slot_open;      /* number of the slot (from time 0) that `now` holds; -1 at first */
    struct sim_entry *now;  /* the open slot, sorted; owned */
    uint32_t now_at, now_n, now_capacity;
    uint64_t count; /* events in the calendar */
    struct sim_pile slot[SIM_CALENDAR_SLOTS];
    struct sim_pile later[SIM_CALENDAR_SLOTS]; /* block b in b mod 4096, for the next 4095 */
    struct sim_pile beyond;
    struct sim_event wake; /* the one popped last */
    uint64_t others[8]; /* entities of events in the open slot that are no packets and no wakes: the
                           bits of their hashes */
    uint64_t slot_used[SIM_CALENDAR_SLOTS / 64], later_used[SIM_CALENDAR_SLOTS / 64];
};

/* slot_shift: 20 makes slots of 1.05 ms; it never shows in a result. */
void sim_calendar_init(struct sim_calendar *calendar, struct relo_pool *pool, uint32_t slot_shift);
/* The events themselves are the caller's to free: pop them first. */
void sim_calendar_fini(struct sim_calendar *calendar);

void sim_calendar_push(struct sim_calendar *calendar, struct sim_event *event);
/* An event of class wake that has no source, no sequence and no memory. */
void sim_calendar_push_wake(struct sim_calendar *calendar, relo_time time, uint32_t entity);

/* The first event before `until`, or NULL. A wake without memory is good until the next pop, and
   not the caller's. */
struct sim_event *sim_calendar_pop(struct sim_calendar *calendar, relo_time until);

/* A time not later than the first event's: where the next window may begin. RELO_NEVER if empty. */
relo_time sim_calendar_bound(const struct sim_calendar *calendar);

/* Whether nothing but packets and its wakes is going to happen to an entity until `until`, as far
   as the calendar knows: not beyond the open slot. May be false without need. */
bool sim_calendar_is_calm(const struct sim_calendar *calendar, uint32_t entity, relo_time until);

/* What will be popped after `n` others if nothing comes between, for prefetching. NULL where the
   open slot ends before. */
static inline const struct sim_entry *sim_calendar_ahead(const struct sim_calendar *calendar,
                                                         uint32_t n)
{
    uint32_t i = calendar->now_at + n;
    return i < calendar->now_n ? &calendar->now[i] : NULL;
}

#endif
