/* SPDX-License-Identifier: BSD-2-Clause */
/* An event and the total order of events: (time, entity, class, source entity, source sequence).

   Entity 0 is the world, entity i + 1 is host i. The order depends on nothing else, so neither the
   order of insertion nor the number of shards can show in a result. Two events with equal keys are
   wakes of one host, of which all but one are stale. */
#ifndef SIM_ENGINE_EVENT_H
#define SIM_ENGINE_EVENT_H

#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum sim_class {
    SIM_CLASS_WORLD,  /* churn of a host */
    SIM_CLASS_PACKET, /* arrival at a site, delivery to a host */
    SIM_CLASS_COMMAND,
    SIM_CLASS_WAKE
};

/* Embedded at the head of what it is about; the queue borrows it until it is popped. A wake is
   about nothing but its entity and needs no memory of its own: see sim_calendar_push_wake. */
struct sim_event {
    relo_time time;
    uint64_t sequence;     /* of the source: packets count; commands and churn name what they are */
    uint32_t entity;       /* whom it happens to */
    uint32_t class_source; /* enum sim_class in the two top bits, the source entity below */
};

#define SIM_SOURCE_MAX UINT32_C(0x3fffffff)

static inline uint32_t sim_event_class_source(enum sim_class class, uint32_t source)
{
    return (uint32_t)class << 30 | source;
}

static inline enum sim_class sim_event_class(const struct sim_event *event)
{
    return (enum sim_class)(event->class_source >> 30);
}

static inline uint32_t sim_event_source(const struct sim_event *event)
{
    return event->class_source & SIM_SOURCE_MAX;
}

static inline bool sim_event_before(const struct sim_event *a, const struct sim_event *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->entity != b->entity)
        return a->entity < b->entity;
    if (a->class_source != b->class_source)
        return a->class_source < b->class_source;
    return a->sequence < b->sequence;
}

#endif
