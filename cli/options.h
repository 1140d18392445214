/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands and their options: one const table per command drives parsing, --help,
   relo(1) and the completion of bash.

   Protocol of use: describe the command in a struct cli_command; in its run function call
   cli_options_parse into a request struct that starts zeroed (or with its defaults); return
   CLI_DONE at once on CLI_PARSE_HELP, CLI_WRONG on CLI_PARSE_WRONG (the message is printed); call
   cli_options_clear at the end. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses. */
enum { CLI_DONE = 0, CLI_NO = 1, CLI_WRONG = 2 };

enum cli_option_type {
    CLI_FLAG,   /* bool */
    CLI_TEXT,   /* const char *, borrowed from argv */
    CLI_LIST,   /* GPtrArray * of const char *; made at the first use; owned */
    CLI_NUMBER, /* uint64_t, between 1 and `max` */
};

struct cli_option {
    char letter;      /* 0 for none */
    const char *name; /* without the dashes */
    enum cli_option_type type;
    size_t offset;        /* of the field in the request */
    const char *argument; /* "FILE"; NULL for flags */
    const char *help;
    uint64_t max; /* of numbers */
};

struct cli_command {
    const char *name;
    const char *usage;   /* "SCENARIO [-o DB]"; what stands behind the name */
    const char *summary; /* one line */
    const char *text;    /* a paragraph for --help and the man page, lines of 78 columns; or NULL */
    const struct cli_option *options; 
    size_t n_options;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

enum cli_parse { CLI_PARSE_OK, CLI_PARSE_HELP, CLI_PARSE_WRONG };

/* Reads argv[1..] into *request; what is no option goes to `rest` (of char *, borrowed). Prints
   the help for -h and --help on stdout, and what is wrong on stderr. */
enum cli_parse cli_options_parse(const struct cli_command *command, int argc, char **argv,
                                 void *request, GPtrArray *rest);

/* Frees the lists in *request. */
void cli_options_clear(const struct cli_command *command, void *request);

/* `relo COMMAND --help`, as text. Owned. */
char *cli_options_help(const struct cli_command *command);

/* Prints "relo COMMAND: sentence" and a newline on stderr. */
void cli_complain(const char *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
