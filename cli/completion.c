/* SPDX-License-Identifier: BSD-2-Clause */
/* Completion for bash, from the tables of the commands. What depends on the installation (names of
   scenarios, keys, metrics, figures) the script asks of `relo list` when it is needed. */
#include "cli/help.h"

#include <string.h>

static const char head[] =
    "# Completion for relo(1) in bash; written by `relo help --bash-completion`.\n"
    "_relo_names() { # of `relo list $1`, without folder and .ini\n"
    "    relo list \"$1\" 2>/dev/null | sed -n '2,$s|^\\([^ ]*/\\)*\\([^ /]*\\).*|\\2|p' |\n"
    "        sed 's/\\.ini$//'\n"
    "}\n"
    "_relo() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} words='' files=yes\n"
    "    local command=${COMP_WORDS[1]} last=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    COMPREPLY=()\n";

static const char tail[] =
    "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"\n"
    "        [ -z \"$files\" ] || compgen -f -- \"$word\")\n"
    "    if [ \"${COMPREPLY[*]: -1}\" = = ]; then compopt -o nospace 2>/dev/null; fi\n"
    "    [ -z \"$files\" ] || compopt -o filenames 2>/dev/null\n"
    "    return 0\n"
    "}\n"
    "complete -F _relo relo\n";

/* What completes the argument of an option, as assignments. */
static const char *completing(const char *argument)
{
    static const struct {
        const char *argument, *text;
    } rows[] = {
        {"FILE", "files=yes"},
        {"DB", "files=yes"},
        {"DIR", "files=yes"},
        {"KEY", "words=$(_relo_names keys) files="},
        {"KEY=VALUE", "words=$(_relo_names keys | sed 's/$/=/') files="},
        {"METRIC", "words=$(_relo_names metrics) files="},
        {"all|relay", "words='all relay' files="},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].argument, argument) == 0)
            return rows[i].text;
    }
    return "files="; /* a number or a name that only the user knows */
}

/* The branch for the argument of each option that takes one. */
static void append_arguments(GString *s, const struct cli_command *command)
{
    for (size_t i = 0; i < command->n_options; i++) {
        const struct cli_option *option = &command->options[i];
        if (option->argument == NULL)
            continue;
        g_string_append(s, "    ");
        if (option->letter != 0)
            g_string_append_printf(s, "%s:-%c | ", command->name, option->letter);
        g_string_append_printf(s, "%s:--%s) %s ;;\n", command->name, option->name,
                               completing(option->argument));
    }
}

/* "[a|b|c]" in the usage: a choice of words. */
static void append_choice(GString *s, const char *usage)
{
    if (usage[0] != '[' || !g_ascii_islower(usage[1]))
        return;
    for (const char *p = usage + 1; *p != '\0' && *p != ']'; p++)
        g_string_append_c(s, *p == '|' ? ' ' : *p);
    g_string_append_c(s, ' ');
}

/* The branch for everything else behind the command. */
static void append_words(GString *s, const struct cli_command *command)
{
    g_string_append_printf(s, "    %s:*) words=\"", command->name);
    for (size_t i = 0; i < command->n_options; i++)
        g_string_append_printf(s, "--%s ", command->options[i].name);
    g_string_append(s, "--help ");
    append_choice(s, command->usage);
    if (strstr(command->usage, "SCENARIO") != NULL)
        g_string_append(s, "$(_relo_names scenarios) ");
    if (strstr(command->usage, "FIGURE") != NULL)
        g_string_append(s, "$(_relo_names figures) ");
    g_string_truncate(s, s->len - 1);
    g_string_append(s, "\" ;;\n");
}

char *cli_help_completion(const struct cli_command *const *commands, size_t n)
{
    GString *s = g_string_new(head), *names = g_string_new(NULL);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(names, "%s ", commands[i]->name);
    g_string_append(names, "help");
    g_string_append_printf(s,
                           "    if [ \"$COMP_CWORD\" -eq 1 ]; then command='' last=''; fi\n"
                           "    case $command:$last in\n"
                           "    :*) words=\"%s --version\" files= ;;\n"
                           "    help:*) words=\"%s --man --bash-completion\" files= ;;\n",
                           names->str, names->str);
    for (size_t i = 0; i < n; i++) {
        append_arguments(s, commands[i]);
        append_words(s, commands[i]);
    }
    g_string_append(s, "    esac\n");
    g_string_append(s, tail);
    g_string_free(names, TRUE);
    return g_string_free(s, FALSE);
}
