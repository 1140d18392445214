/* SPDX-License-Identifier: BSD-2-Clause */
/* The overview of commands, and relo(1). */
#include "cli/help.h"

#include "cli/version.h"

#include <string.h>

static const char exit_status[] =
    "0: done.  1: the answer is no (a run failed, bytes were refused).  2: the request was wrong.";

char *cli_help_text(const struct cli_command *const *commands, size_t n)
{
    GString *s = g_string_new("relo: network simulator and testbed for RELOAD (RFC 6940)\n\n");

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(s, "  relo %-8s %s\n", commands[i]->name, commands[i]->summary);
    g_string_append(s, "  relo help     this; relo help COMMAND or relo COMMAND --help: options\n"
                       "                relo help --man, relo help --bash-completion: for install\n"
                       "\nbegin with: relo run quickstart\n");
    return g_string_free(s, FALSE);
}

/* Text for troff: hyphens are minus signs; a leading dot or quote is no request. */
static void append_escaped(GString *s, const char *text)
{
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            g_string_append(s, "\\&");
        if (*text == '-')
            g_string_append(s, "\\-");
        else if (*text == '\\')
            g_string_append(s, "\\e");
        else
            g_string_append_c(s, *text);
        line_start = *text == '\n';
    }
}

static void append_command(GString *s, const struct cli_command *command)
{
    g_string_append(s, ".SS relo ");
    append_escaped(s, command->name);
    g_string_append(s, "\n.B relo ");
    append_escaped(s, command->name);
    g_string_append_c(s, ' ');
    append_escaped(s, command->usage);
    g_string_append(s, "\n.PP\n");
    append_escaped(s, command->summary);
    g_string_append(s, ".\n");
    if (command->text != NULL) {
        append_escaped(s, command->text);
        g_string_append_c(s, '\n');
    }
    for (size_t i = 0; i < command->n_options; i++) {
        const struct cli_option *option = &command->options[i];
        g_string_append(s, ".TP\n.B ");
        if (option->letter != 0)
            g_string_append_printf(s, "\\-%c, ", option->letter);
        g_string_append(s, "\\-\\-");
        append_escaped(s, option->name);
        if (option->argument != NULL) {
            g_string_append_c(s, ' ');
            append_escaped(s, option->argument);
        }
        g_string_append_c(s, '\n');
        append_escaped(s, option->help);
        g_string_append_c(s, '\n');
    }
}

char *cli_help_man(const struct cli_command *const *commands, size_t n)
{
    GString *s = g_string_new(".TH RELO 1 \"\" \"relo ");

    append_escaped(s, RELO_VERSION);
    g_string_append(s, "\"\n.SH NAME\nrelo \\- network simulator and testbed for RELOAD "
                       "(RFC 6940)\n.SH SYNOPSIS\n");
    for (size_t i = 0; i < n; i++) {
        g_string_append(s, i > 0 ? ".br\n.B relo " : ".B relo ");
        append_escaped(s, commands[i]->name);
        g_string_append_c(s, ' ');
        append_escaped(s, commands[i]->usage);
        g_string_append_c(s, '\n');
    }
    g_string_append(s, ".SH COMMANDS\n");
    for (size_t i = 0; i < n; i++)
        append_command(s, commands[i]);
    g_string_append(s, ".SH EXIT STATUS\n");
    append_escaped(s, exit_status);
    g_string_append_c(s, '\n');
    return g_string_free(s, FALSE);
}
