/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the scenarios that come with relo. */
#include "cli/find.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static bool is_folder(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

char *cli_find_scenarios(void)
{
    /* Relative to the program: a build folder two deep, one deep, and an installation. */
    static const char *const beside[] = {"../../scenarios", "../scenarios",
                                         "../share/relo/scenarios"};
    char *program, *folder, *found = NULL;

    if (is_folder("scenarios"))
        return g_strdup("scenarios");
    program = g_file_read_link("/proc/self/exe", NULL);
    if (program == NULL)
        return NULL;
    folder = g_path_get_dirname(program);
    for (size_t i = 0; i < G_N_ELEMENTS(beside) && found == NULL; i++) {
        char *path = g_build_filename(folder, beside[i], NULL);
        if (is_folder(path))
            found = g_canonicalize_filename(path, NULL);
        g_free(path);
    }
    g_free(folder);
    g_free(program);
    return found;
}

char *cli_find_scenario(const char *name)
{
    char *folder, *path = NULL;

    if (g_file_test(name, G_FILE_TEST_EXISTS) || strchr(name, '/') != NULL)
        return g_strdup(name);
    folder = cli_find_scenarios();
    if (folder != NULL) {
        char *file =
            g_str_has_suffix(name, ".ini") ? g_strdup(name) : g_strconcat(name, ".ini", NULL);
        path = g_build_filename(folder, file, NULL);
        if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
            g_free(path);
            path = NULL;
        }
        g_free(file);
        g_free(folder);
    }
    return path != NULL ? path : g_strdup(name);
}
