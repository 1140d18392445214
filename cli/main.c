/* SPDX-License-Identifier: BSD-2-Clause */
/* relo(1): finds the command and hands over. */
#include "cli/decode.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/peer.h"
#include "cli/plot.h"
#include "cli/run.h"
#include "cli/swarm.h"
#include "cli/version.h"
#include "sim/scenario/nearest.h"

#include <stdio.h>
#include <string.h>

static const struct cli_command *const commands[] = {
    &cli_run_command,    &cli_plot_command,   &cli_show_command,
    &cli_compare_command, &cli_export_command, &cli_list_command,
    &cli_decode_command, &cli_peer_command, &cli_swarm_command,
};
#define N_COMMANDS G_N_ELEMENTS(commands)

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static int complain_unknown(const char *name)
{
    const char *names[N_COMMANDS + 1];
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i]->name;
    names[N_COMMANDS] = "help";
    const char *nearest = sim_nearest(name, names, N_COMMANDS + 1);
    if (nearest != NULL)
        fprintf(stderr, "relo: there is no command %s; did you mean relo %s?\n", name, nearest);
    else
        fprintf(stderr, "relo: there is no command %s; see relo help\n", name);
    return CLI_WRONG;
}

static int print(char *text)
{
    fputs(text, stdout);
    g_free(text);
    return CLI_DONE;
}

static int help(int argc, char **argv)
{
    if (argc < 2)
        return print(cli_help_text(commands, N_COMMANDS));
    if (argc > 2) {
        fprintf(stderr, "relo help: one command at a time\n");
        return CLI_WRONG;
    }
    if (strcmp(argv[1], "--man") == 0)
        return print(cli_help_man(commands, N_COMMANDS));
    if (strcmp(argv[1], "--bash-completion") == 0)
        return print(cli_help_completion(commands, N_COMMANDS));
    const struct cli_command *command = find(argv[1]);
    if (command == NULL)
        return complain_unknown(argv[1]);
    return print(cli_options_help(command));
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        char *text = cli_help_text(commands, N_COMMANDS);
        fputs(text, stderr);
        g_free(text);
        return CLI_WRONG;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(argc - 1, argv + 1);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
        printf("relo %s (%s)\n", RELO_VERSION, RELO_REVISION);
        return CLI_DONE;
    }
    const struct cli_command *command = find(argv[1]);
    int status = command != NULL ? command->run(argc - 1, argv + 1) : complain_unknown(argv[1]);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "relo: standard output could not be written\n");
        return status != CLI_DONE ? status : CLI_NO;
    }
    return status;
}
