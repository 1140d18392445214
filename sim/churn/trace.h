/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace files, in the form of OverSim's GlobalTraceManager: lines "time id COMMAND", time in
   seconds since the beginning of the run, never falling; commands JOIN, LEAVE, PUT key value, GET
   key. Empty lines and lines that begin with # do not count.

   In RELOAD only a user may store under his own name (USER-MATCH, RFC 6940 7.3.1), so a key belongs
   to the id that PUTs it first and each id has one key; a file that says otherwise is refused. The
   value's text is not used: the simulator stores its own, which it can tell apart. */
#ifndef SIM_CHURN_TRACE_H
#define SIM_CHURN_TRACE_H

#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum sim_trace_command { SIM_TRACE_JOIN, SIM_TRACE_LEAVE, SIM_TRACE_PUT, SIM_TRACE_GET };

struct sim_trace_line {
    relo_time time;
    uint32_t node; /* ids in the order of their first line, from 0 */
    uint32_t key;  /* GET: the node that PUTs it */
    enum sim_trace_command command;
};

struct sim_trace {
    struct sim_trace_line *line; /* owned */
    uint32_t n, nodes;
    unsigned last_line; /* number of the last one in the file */
};

/* False: *wrong is a sentence with file and line number, owned by the caller. */
bool sim_trace_load(struct sim_trace *trace, const char *path, char **wrong);
bool sim_trace_parse(struct sim_trace *trace, const char *path, const char *text, char **wrong);
void sim_trace_fini(struct sim_trace *trace);

#endif
