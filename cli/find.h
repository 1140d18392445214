/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the scenarios that come with relo. */
#ifndef CLI_FIND_H
#define CLI_FIND_H

/* The folder: ./scenarios, or one beside or above the program, or the installed one. Owned; NULL if
   there is none. */
char *cli_find_scenarios(void);

/* What the user meant by SCENARIO: the file itself, or NAME or NAME.ini of that folder. Owned. The
   file named is returned where nothing exists, for the message. */
char *cli_find_scenario(const char *name);

#endif
