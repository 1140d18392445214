/* SPDX-License-Identifier: BSD-2-Clause */
/* The version of relo, and the git revision it was built from. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

/* The build writes revision.h (cmake/revision.cmake) and passes RELO_VERSION. */
#ifdef RELO_HAS_REVISION
#include "revision.h"
#else
#define RELO_REVISION "unknown"
#endif
#ifndef RELO_VERSION
#define RELO_VERSION "unknown"
#endif

#endif
