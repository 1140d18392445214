/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads command lines by a table of options. */
#include "cli/options.h"

#include "sim/scenario/nearest.h"

#include <stdio.h>
#include <string.h>

void cli_complain(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fflush(stdout);
    fprintf(stderr, "relo %s: %s\n", command, sentence);
    g_free(sentence);
}

static const struct cli_option *find_long(const struct cli_command *command, const char *name,
                                          size_t n)
{
    for (size_t i = 0; i < command->n_options; i++) {
        const char *known = command->options[i].name;
        if (strlen(known) == n && strncmp(known, name, n) == 0)
            return &command->options[i];
    }
    return NULL;
}

static const struct cli_option *find_letter(const struct cli_command *command, char letter)
{
    for (size_t i = 0; i < command->n_options; i++) {
        if (command->options[i].letter == letter)
            return &command->options[i];
    }
    return NULL;
}

static void complain_unknown(const struct cli_command *command, const char *argument)
{
    GPtrArray *names = g_ptr_array_new();
    const char *word = argument + strspn(argument, "-");
    char *bare = g_strndup(word, strcspn(word, "="));

    for (size_t i = 0; i < command->n_options; i++)
        g_ptr_array_add(names, (char *)command->options[i].name);
    const char *nearest = sim_nearest(bare, (const char *const *)names->pdata, names->len);
    if (nearest != NULL && strlen(bare) > 1)
        cli_complain(command->name, "there is no option %s; did you mean --%s?", argument, nearest);
    else
        cli_complain(command->name, "there is no option %s; see relo %s --help", argument,
                     command->name);
    g_free(bare);
    g_ptr_array_free(names, TRUE);
}

static bool take_number(const struct cli_command *command, const struct cli_option *option,
                        const char *text, uint64_t *number)
{
    char *end = NULL;
    uint64_t value = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;

    if (end == NULL || *end != '\0' || value < 1 || value > option->max || strlen(text) > 19) {
        cli_complain(command->name, "--%s %s: it takes a whole number from 1 to %" G_GUINT64_FORMAT,
                     option->name, text, option->max);
        return false;
    }
    *number = value;
    return true;
}

static bool take(const struct cli_command *command, const struct cli_option *option,
                 const char *text, void *request)
{
    char *field = (char *)request + option->offset;

    switch (option->type) {
    case CLI_FLAG:
        *(bool *)(void *)field = true;
        return true;
    case CLI_TEXT:
        *(const char **)(void *)field = text;
        return true;
    case CLI_LIST: {
        GPtrArray **list = (GPtrArray **)(void *)field;
        if (*list == NULL)
            *list = g_ptr_array_new();
        g_ptr_array_add(*list, (char *)text);
        return true;
    }
    case CLI_NUMBER:
        break;
    }
    return take_number(command, option, text, (uint64_t *)(void *)field);
}

/* Reads the option at argv[*at] and its argument; advances *at to the last word used. */
static bool read_option(const struct cli_command *command, int argc, char **argv, int *at,
                        void *request)
{
    char *word = argv[*at], *argument = NULL;
    const struct cli_option *option;

    if (word[1] == '-') {
        size_t n = strcspn(word + 2, "=");
        option = find_long(command, word + 2, n);
        if (word[2 + n] == '=')
            argument = word + 3 + n;
    } else {
        option = find_letter(command, word[1]);
        if (word[2] != '\0')
            argument = word + 2;
    }
    if (option == NULL) {
        complain_unknown(command, word);
        return false;
    }
    if (option->type == CLI_FLAG && argument != NULL) {
        cli_complain(command->name, "--%s takes no argument", option->name);
        return false;
    }
    if (option->type != CLI_FLAG && argument == NULL) {
        if (*at + 1 >= argc) {
            cli_complain(command->name, "--%s lacks its %s", option->name, option->argument);
            return false;
        }
        argument = argv[++*at];
    }
    return take(command, option, argument, request);
}

enum cli_parse cli_options_parse(const struct cli_command *command, int argc, char **argv,
                                 void *request, GPtrArray *rest)
{
    bool only_rest = false;

    for (int at = 1; at < argc; at++) {
        if (only_rest || argv[at][0] != '-' || argv[at][1] == '\0') {
            g_ptr_array_add(rest, argv[at]);
        } else if (strcmp(argv[at], "--") == 0) {
            only_rest = true;
        } else if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            char *help = cli_options_help(command);
            fputs(help, stdout);
            g_free(help);
            return CLI_PARSE_HELP;
        } else if (!read_option(command, argc, argv, &at, request)) {
            return CLI_PARSE_WRONG;
        }
    }
    return CLI_PARSE_OK;
}

void cli_options_clear(const struct cli_command *command, void *request)
{
    for (size_t i = 0; i < command->n_options; i++) {
        if (command->options[i].type != CLI_LIST)
            continue;
        GPtrArray **list = (GPtrArray **)(void *)((char *)request + command->options[i].offset);
        if (*list != NULL)
            g_ptr_array_free(*list, TRUE);
        *list = NULL;
    }
}

char *cli_options_help(const struct cli_command *command)
{
    GString *s = g_string_new(NULL);

    g_string_printf(s, "relo %s %s\n%s\n", command->name, command->usage, command->summary);
    if (command->text != NULL)
        g_string_append_printf(s, "\n%s\n", command->text);
    if (command->n_options > 0)
        g_string_append_c(s, '\n');
    for (size_t i = 0; i < command->n_options; i++) {
        const struct cli_option *option = &command->options[i];
        char letter[] = {'-', option->letter, ',', ' ', '\0'};
        char *left = g_strdup_printf("%s--%s%s%s", option->letter != 0 ? letter : "", option->name,
                                     option->argument != NULL ? " " : "",
                                     option->argument != NULL ? option->argument : "");
        g_string_append_printf(s, "  %-28s%s\n", left, option->help);
        g_free(left);
    }
    return g_string_free(s, FALSE);
}
