/* SPDX-License-Identifier: BSD-2-Clause */
/* A network of this process alone: a loopback interface with addresses that are none of loopback.
   A TURN server relays nothing to 127.0.0.0/8 (RFC 8656 21.4), so relays cannot be tested there. */
#ifndef TESTS_LIVE_SUPPORT_NAMESPACE_H
#define TESTS_LIVE_SUPPORT_NAMESPACE_H

#include <glib.h>
#include <stdbool.h>

/* From now on, 10.0.0.1 to 10.0.0.`count` are this process's and those of its children. Call it
   before there is a thread. False: the system does not let us. */
bool namespace_enter(guint count);

#endif
