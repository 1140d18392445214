/* SPDX-License-Identifier: BSD-2-Clause */
/* RELO_CHECK: an invariant of the program itself. Always on; prints where it broke and aborts. */
#ifndef RELO_BASE_CHECK_H
#define RELO_BASE_CHECK_H

_Noreturn void relo_check_failed(const char *condition, const char *file, int line);

/* For "the program is wrong" only (docs/STYLE.md, Errors): never for what came from the network
   or from a user. */
#define RELO_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            relo_check_failed(#condition, __FILE__, __LINE__);                                     \
    } while (0)

#endif
