/* SPDX-License-Identifier: BSD-2-Clause */
/* The event queue of a shard: a calendar of slots, sorted one slot at a time when it comes up. */
#include "sim/engine/calendar.h"

#include "core/base/check.h"

#include <stdlib.h>
#include <string.h>

#define MASK (SIM_CALENDAR_SLOTS - 1)
#define BLOCK_BITS 12u
#define QUARTER (SIM_CALENDAR_SLOTS / 4)

void sim_calendar_init(struct sim_calendar *calendar, struct relo_pool *pool, uint32_t slot_shift)
{
    memset(calendar, 0, sizeof *calendar);
    calendar->pool = pool;
    calendar->slot_shift = slot_shift;
    calendar->slot_open = -1;
}

static void clear(struct sim_calendar *calendar, struct sim_pile *pile)
{
    struct sim_entry part[SIM_PILE_PART];
    while (pile->n > 0)
        sim_pile_take(calendar->pool, pile, part);
}

void sim_calendar_fini(struct sim_calendar *calendar)
{
    for (uint32_t i = 0; i < SIM_CALENDAR_SLOTS; i++) {
        clear(calendar, &calendar->slot[i]);
        clear(calendar, &calendar->later[i]);
    }
    clear(calendar, &calendar->beyond);
    free(calendar->now);
    memset(calendar, 0, sizeof *calendar);
}

static struct sim_event wake_of(const struct sim_entry *entry)
{
    return (struct sim_event){.time = entry->time,
                              .entity = sim_entry_entity(entry),
                              .class_source = sim_event_class_source(SIM_CLASS_WAKE, 0)};
}

static bool before_at_once(const struct sim_entry *a, const struct sim_entry *b)
{
    struct sim_event x = sim_entry_is_wake(a) ? wake_of(a) : *sim_entry_event(a);
    struct sim_event y = sim_entry_is_wake(b) ? wake_of(b) : *sim_entry_event(b);
    return sim_event_before(&x, &y);
}

static bool entry_before(const struct sim_entry *a, const struct sim_entry *b)
{
    return a->time != b->time ? a->time < b->time : before_at_once(a, b);
}

static void grow(struct sim_calendar *calendar, uint32_t n)
{
    if (n <= calendar->now_capacity)
        return;
    uint32_t capacity = calendar->now_capacity ? calendar->now_capacity : 64;
    while (capacity < n)
        capacity *= 2;
    calendar->now = realloc(calendar->now, capacity * sizeof *calendar->now);
    RELO_CHECK(calendar->now != NULL);
    calendar->now_capacity = capacity;
}

/* Into the open slot: rare, since most packets take longer than a slot. */
static void insert_now(struct sim_calendar *calendar, struct sim_entry entry)
{
    grow(calendar, calendar->now_n + 1);
    uint32_t low = calendar->now_at, high = calendar->now_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entry_before(&entry, &calendar->now[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    memmove(&calendar->now[low + 1], &calendar->now[low],
            (calendar->now_n - low) * sizeof *calendar->now);
    calendar->now[low] = entry;
    calendar->now_n++;
}

/* Puts an entry where it belongs below the open slot. */
static void place(struct sim_calendar *calendar, struct sim_entry entry)
{
    int64_t slot = entry.time >> calendar->slot_shift, block = slot >> BLOCK_BITS;
    if (block == calendar->block) {
        uint32_t i = (uint32_t)(slot & MASK);
        sim_pile_add(calendar->pool, &calendar->slot[i], entry);
        calendar->slot_used[i / 64] |= UINT64_C(1) << i % 64;
    } else if (block - calendar->block < SIM_CALENDAR_SLOTS) {
        uint32_t i = (uint32_t)(block & MASK);
        sim_pile_add(calendar->pool, &calendar->later[i], entry);
        calendar->later_used[i / 64] |= UINT64_C(1) << i % 64;
    } else {
        sim_pile_add(calendar->pool, &calendar->beyond, entry);
    }
}

static uint32_t other_bit(uint32_t entity)
{
    return entity * UINT32_C(0x9e3779b1) >> 23; /* of 512 */
}

static void mark_other(struct sim_calendar *calendar, const struct sim_entry *entry)
{
    if (entry->what & SIM_ENTRY_OTHER) {
        uint32_t bit = other_bit(sim_entry_entity(entry));
        calendar->others[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

bool sim_calendar_is_calm(const struct sim_calendar *calendar, uint32_t entity, relo_time until)
{
    uint32_t bit = other_bit(entity);
    return until >> calendar->slot_shift == calendar->slot_open &&
           !(calendar->others[bit / 64] >> bit % 64 & 1);
}

static void push(struct sim_calendar *calendar, struct sim_entry entry)
{
    calendar->count++;
    int64_t slot = entry.time >> calendar->slot_shift;
    RELO_CHECK(slot >= calendar->slot_open && slot >> BLOCK_BITS >= calendar->block);
    if (slot == calendar->slot_open) {
        mark_other(calendar, &entry);
        insert_now(calendar, entry);
    } else {
        place(calendar, entry);
    }
}

void sim_calendar_push(struct sim_calendar *calendar, struct sim_event *event)
{
    uintptr_t other = sim_event_class(event) == SIM_CLASS_PACKET ? 0 : SIM_ENTRY_OTHER;
    push(calendar, (struct sim_entry){event->time, (uintptr_t)event | other});
}

void sim_calendar_push_wake(struct sim_calendar *calendar, relo_time time, uint32_t entity)
{
    push(calendar, (struct sim_entry){time, (uintptr_t)entity << 2 | SIM_ENTRY_WAKE});
}

/* The first used index at or after `from`, or SIM_CALENDAR_SLOTS. */
static uint32_t find_used(const uint64_t *used, uint32_t from)
{
    if (from >= SIM_CALENDAR_SLOTS)
        return SIM_CALENDAR_SLOTS;
    uint64_t word = used[from / 64] & UINT64_MAX << from % 64;
    for (uint32_t i = from / 64;;) {
        if (word)
            return i * 64 + (uint32_t)__builtin_ctzll(word);
        if (++i == SIM_CALENDAR_SLOTS / 64)
            return SIM_CALENDAR_SLOTS;
        word = used[i];
    }
}

/* The number of the next slot of the current block with events in it, or -1. */
static int64_t next_slot(const struct sim_calendar *calendar)
{
    int64_t first = calendar->block << BLOCK_BITS;
    uint32_t from = calendar->slot_open < first ? 0 : (uint32_t)(calendar->slot_open - first) + 1;
    uint32_t i = find_used(calendar->slot_used, from);
    return i == SIM_CALENDAR_SLOTS ? -1 : first + i;
}

/* The number of the next block with events in it, as far as the second level knows, or -1. */
static int64_t next_block(const struct sim_calendar *calendar)
{
    uint32_t here = (uint32_t)(calendar->block & MASK);
    uint32_t i = find_used(calendar->later_used, here + 1);
    if (i < SIM_CALENDAR_SLOTS)
        return calendar->block + (i - here);
    i = find_used(calendar->later_used, 0);
    return i < here ? calendar->block + SIM_CALENDAR_SLOTS - here + i : -1;
}

static void place_all(struct sim_calendar *calendar, struct sim_pile pile)
{
    struct sim_entry part[SIM_PILE_PART];
    while (pile.n > 0) {
        uint32_t n = sim_pile_take(calendar->pool, &pile, part);
        for (uint32_t i = 0; i < n; i++)
            place(calendar, part[i]);
    }
}

/* Brings what lies beyond the second level down, once the level has moved far enough. */
static void bring_nearer(struct sim_calendar *calendar)
{
    struct sim_pile pile = calendar->beyond;
    calendar->beyond = (struct sim_pile){.n = 0};
    place_all(calendar, pile);
}

static void enter_block(struct sim_calendar *calendar, int64_t block)
{
    int64_t before = calendar->block;
    calendar->block = block;
    uint32_t i = (uint32_t)(block & MASK);
    struct sim_pile pile = calendar->later[i];
    calendar->later[i] = (struct sim_pile){.n = 0};
    calendar->later_used[i / 64] &= ~(UINT64_C(1) << i % 64);
    place_all(calendar, pile);
    /* Every quarter turn is often enough: what is beyond was 4,096 blocks off at the last one. */
    if (calendar->beyond.n > 0 && block / QUARTER != before / QUARTER)
        bring_nearer(calendar);
}

#define PARTS 256u
#define PART_BITS 8u

/* Lays the entries out by the parts of the slot they fall into: nearly sorted, for few share one.
 */
static void scatter(struct sim_calendar *calendar)
{
    struct sim_entry *from = calendar->now, *to = from + calendar->now_n;
    uint32_t n = calendar->now_n, at[PARTS] = {0}, sum = 0;
    uint32_t shift = calendar->slot_shift > PART_BITS ? calendar->slot_shift - PART_BITS : 0;
    for (uint32_t i = 0; i < n; i++)
        at[from[i].time >> shift & (PARTS - 1)]++;
    for (uint32_t part = 0; part < PARTS; part++) {
        uint32_t here = at[part];
        at[part] = sum;
        sum += here;
    }
    for (uint32_t i = 0; i < n; i++)
        to[at[from[i].time >> shift & (PARTS - 1)]++] = from[i];
    memcpy(from, to, n * sizeof *from);
}

static void insertion_sort(struct sim_entry *a, uint32_t start, uint32_t end)
{
    for (uint32_t i = start + 1; i < end; i++) {
        struct sim_entry x = a[i];
        uint32_t j = i;
        for (; j > start && entry_before(&x, &a[j - 1]); j--)
            a[j] = a[j - 1];
        a[j] = x;
    }
}

/* Merge sort, from runs of insertion sort; keys differ, or it does not matter. Two runs that are in
   order already, as after scatter, are left where they are. */
static void sort_now(struct sim_calendar *calendar)
{
    uint32_t n = calendar->now_n, run = 16;
    grow(calendar, 2 * n);
    struct sim_entry *a = calendar->now, *spare = a + n;
    if (n > 2 * run)
        scatter(calendar);
    for (uint32_t start = 0; start < n; start += run)
        insertion_sort(a, start, start + run < n ? start + run : n);
    for (; run < n; run *= 2) {
        for (uint32_t start = 0; start + run < n; start += 2 * run) {
            uint32_t middle = start + run, end = middle + run < n ? middle + run : n;
            if (!entry_before(&a[middle], &a[middle - 1]))
                continue;
            memcpy(spare, a + start, run * sizeof *a);
            for (uint32_t i = 0, j = middle, k = start; i < run; k++)
                a[k] = j < end && entry_before(&a[j], &spare[i]) ? a[j++] : spare[i++];
        }
    }
}

static void open_slot(struct sim_calendar *calendar, int64_t slot)
{
    uint32_t i = (uint32_t)(slot & MASK);
    calendar->slot_open = slot;
    calendar->now_at = calendar->now_n = 0;
    memset(calendar->others, 0, sizeof calendar->others);
    calendar->slot_used[i / 64] &= ~(UINT64_C(1) << i % 64);
    struct sim_pile *pile = &calendar->slot[i];
    grow(calendar, pile->n + SIM_PILE_PART);
    while (pile->n > 0) {
        struct sim_entry *part = calendar->now + calendar->now_n;
        uint32_t n = sim_pile_take(calendar->pool, pile, part);
        for (uint32_t j = 0; j < n; j++) {
            if (!sim_entry_is_wake(&part[j]))
                __builtin_prefetch(sim_entry_event(&part[j]));
        }
        calendar->now_n += n;
    }
    sim_pile_prefetch(&calendar->slot[(i + 1) & MASK]);
    sort_now(calendar);
    for (uint32_t j = 0; j < calendar->now_n; j++)
        mark_other(calendar, &calendar->now[j]);
}

/* Opens the next slot that begins before `until`; false where there is none. */
static bool advance(struct sim_calendar *calendar, relo_time until)
{
    for (;;) {
        int64_t slot = next_slot(calendar);
        if (slot >= 0) {
            if (slot << calendar->slot_shift >= until)
                return false;
            open_slot(calendar, slot);
            return true;
        }
        int64_t block = next_block(calendar);
        /* A jump may not leap over what lies beyond; within a quarter turn nothing there is due. */
        if (calendar->beyond.n > 0 && (block < 0 || block / QUARTER != calendar->block / QUARTER)) {
            int64_t far =
                sim_pile_earliest(&calendar->beyond) >> calendar->slot_shift >> BLOCK_BITS;
            block = block < 0 || far < block ? far : block;
        }
        if (block < 0 || block << BLOCK_BITS << calendar->slot_shift >= until)
            return false;
        enter_block(calendar, block);
    }
}

struct sim_event *sim_calendar_pop(struct sim_calendar *calendar, relo_time until)
{
    while (calendar->now_at == calendar->now_n) {
        if (!advance(calendar, until))
            return NULL;
    }
    struct sim_entry *entry = &calendar->now[calendar->now_at];
    if (entry->time >= until)
        return NULL;
    calendar->now_at++;
    calendar->count--;
    if (!sim_entry_is_wake(entry))
        return sim_entry_event(entry);
    calendar->wake = wake_of(entry);
    return &calendar->wake;
}

relo_time sim_calendar_bound(const struct sim_calendar *calendar)
{
    if (calendar->now_at < calendar->now_n)
        return calendar->now[calendar->now_at].time;
    int64_t slot = next_slot(calendar);
    if (slot >= 0)
        return slot << calendar->slot_shift;
    int64_t block = next_block(calendar), beyond = sim_pile_earliest(&calendar->beyond);
    if (block < 0)
        return beyond;
    return relo_time_min(block << BLOCK_BITS << calendar->slot_shift, beyond);
}
