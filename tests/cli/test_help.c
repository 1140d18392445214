/* SPDX-License-Identifier: BSD-2-Clause */
/* What relo says of itself, relo(1) and the completion of bash name the same commands and options.
 */
#include "tests/cli/support_relo.h"

#include <glib.h>
#include <string.h>

/* The word behind `mark` in each line that begins with `start`; the mark lies near the beginning.
   Owned. */
static char **words_behind(const char *text, const char *start, const char *mark)
{
    GPtrArray *words = g_ptr_array_new();
    char **lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, start))
            continue;
        const char *word = strstr(*line, mark) + strlen(mark);
        g_ptr_array_add(words, g_strndup(word, strcspn(word, " ")));
    }
    g_strfreev(lines);
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static char *output_of(const struct fixture *f, const char *a, const char *b)
{
    struct outcome outcome = relo(f, a, b, NULL);
    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_cmpstr(outcome.err, ==, "");
    g_free(outcome.err);
    return outcome.out;
}

static void test_same_options(struct fixture *f, gconstpointer data)
{
    char *overview = output_of(f, "help", NULL), *man = output_of(f, "help", "--man");
    char *completion = output_of(f, "help", "--bash-completion");
    char **commands = words_behind(overview, "  relo ", "relo ");
    unsigned n = 0;

    (void)data;
    for (char **command = commands; *command != NULL; command++) {
        if (strcmp(*command, "help") == 0)
            continue;
        char *help = output_of(f, *command, "--help");
        char **options = words_behind(help, "  -", "--");
        char *section = g_strdup_printf(".SS relo %s\n", *command);
        char *start = strstr(man, section);
        g_assert_nonnull(start);
        for (char **option = options; *option != NULL; option++, n++) {
            char **parts = g_strsplit(*option, "-", -1);
            char *quoted = g_strjoinv("\\-", parts);
            char *troff = g_strconcat("\\-\\-", quoted, NULL);
            char *word = g_strconcat("--", *option, " ", NULL);
            assert_said(start, troff);
            assert_said(completion, word);
            g_strfreev(parts);
            g_free(quoted);
            g_free(troff);
            g_free(word);
        }
        g_strfreev(options);
        g_free(section);
        g_free(help);
    }
    g_assert_cmpuint(n, >, 30);
    g_strfreev(commands);
    g_free(overview);
    g_free(man);
    g_free(completion);
}

/* What bash offers behind these words. */
static void assert_completes(const struct fixture *f, const char *words, const char *expected)
{
    char *folder = g_path_get_dirname(program()), *out, *err;
    char *script = g_strdup_printf("export PATH=\"%s:$PATH\"\n"
                                   "source <(relo help --bash-completion)\n"
                                   "COMP_WORDS=(relo %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                                   "_relo; echo \"${COMPREPLY[*]}\"\n",
                                   folder, words);
    char *bash[] = {"bash", "--norc", "-c", script, NULL};
    GError *error = NULL;

    g_spawn_sync(f->folder, bash, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(err, ==, "");
    g_assert_cmpstr(g_strstrip(out), ==, expected);
    g_free(folder);
    g_free(script);
    g_free(out);
    g_free(err);
}

static void test_completion(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_completes(f, "sho", "show");
    assert_completes(f, "run --re", "--repeat --resume");
    assert_completes(f, "run --set overlay.pee", "overlay.peers=");
    assert_completes(f, "run tin", "tiny.ini");
    assert_completes(f, "compare --metric lookup.ho", "lookup.hops");
    assert_completes(f, "plot tiny.db lat", "latency-cdf");
    assert_completes(f, "list fig", "figures");
    assert_completes(f, "peer --listen ''", "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/cli/help/man_page_and_completion_name_every_option", struct fixture, NULL, set_up,
               test_same_options, tear_down);
    g_test_add("/cli/help/bash_completes_commands_options_keys_and_files", struct fixture, NULL,
               set_up, test_completion, tear_down);
    return g_test_run();
}
