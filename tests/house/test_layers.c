/* SPDX-License-Identifier: BSD-2-Clause */
/* The house rules that a machine can check: layers point downwards, the core is pure, files stay
   small (docs/ARCHITECTURE.md). */
#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* What each room of core/ may include besides itself: everything of lower rank. */
static const struct {
    const char *room;
    int rank;
} rooms[] = {
    {"base", 0}, {"config", 1}, {"wire", 2},     {"security", 3}, {"link", 4}, {"ice", 5},
    {"turn", 6}, {"route", 7},  {"topology", 8}, {"storage", 8},  {"usage", 9}, {"node", 10},
};

static int rank_of(const char *path)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rooms); i++) {
        gsize n = strlen(rooms[i].room);
        if (strncmp(path, rooms[i].room, n) == 0 && path[n] == '/')
            return rooms[i].rank;
    }
    return -1;
}

/* The text without its comments. */
static char *code_of(const char *text)
{
    g_autoptr(GRegex) comments = g_regex_new("/\\*.*?\\*/", G_REGEX_DOTALL, 0, NULL);
    return g_regex_replace_literal(comments, text, -1, 0, "", 0, NULL);
}

typedef void (*visit)(const char *path, const char *text);

static void walk(const char *folder, visit look)
{
    g_autofree char *full = g_build_filename(SOURCE_DIR, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    const char *name;
    if (!dir)
        return;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *on_disk = g_build_filename(SOURCE_DIR, path, NULL);
        if (g_file_test(on_disk, G_FILE_TEST_IS_DIR)) {
            walk(path, look);
        } else if (g_str_has_suffix(name, ".c") || g_str_has_suffix(name, ".h")) {
            g_autofree char *text = NULL;
            g_assert_true(g_file_get_contents(on_disk, &text, NULL, NULL));
            look(path, text);
        }
    }
}

static int files_seen;

static void look_at_includes(const char *path, const char *text)
{
    const char *room = path + strlen("core/");
    int own = strcmp(path, "core/relo.h") == 0 ? 3 : rank_of(room);
    g_autoptr(GRegex) regex =
        g_regex_new("^#include [\"<]([^\">]+)[\">]", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    files_seen++;
    if (own < 0)
        g_error("%s: core/ has no such room", path);
    g_regex_match(regex, text, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *included = g_match_info_fetch(match, 1);
        static const char *const libc[] = {"stdbool.h", "stdint.h", "stddef.h", "string.h",
                                           "limits.h"};
        static const char *const memory[] = {"stdlib.h", "stdio.h", "sys/mman.h"};
        if (g_str_has_prefix(included, "core/")) {
            const char *other = included + strlen("core/");
            int rank = strcmp(other, "relo.h") == 0 ? 3 : rank_of(other);
            /* node/ chooses the topology; storage stands on route only; same rank = same room. */
            bool same_room = own == rank && strncmp(room, other, strcspn(other, "/")) == 0;
            if (!(rank < own || same_room || own == 3))
                g_error("%s includes %s, which does not lie below it", path, included);
            continue;
        }
        bool pure = false;
        for (gsize i = 0; i < G_N_ELEMENTS(libc); i++)
            pure |= strcmp(included, libc[i]) == 0;
        bool keeper =
            g_str_has_prefix(path, "core/base/") || strcmp(path, "core/node/shard.c") == 0;
        for (gsize i = 0; i < G_N_ELEMENTS(memory); i++)
            pure |= keeper && strcmp(included, memory[i]) == 0;
        if (!pure)
            g_error("%s includes <%s>: the core is pure", path, included);
    }
}

static void layers_point_downwards(void)
{
    files_seen = 0;
    walk("core", look_at_includes);
    g_assert_cmpint(files_seen, >, 50);
}

static void look_for_globals(const char *path, const char *text)
{
    /* A definition at file scope that is neither const, static const nor a function. */
    g_autoptr(GRegex) regex =
        g_regex_new("^(static )?(?!const|extern|typedef|__extension__|struct [a-z_]+ "
                    "\\{|enum|return|goto|_Static_assert)"
                    "[a-z_][a-z_0-9 ]*[ *]+[a-z_][a-z_0-9]*(\\[[^]]*\\])?( =[^;]*)?;",
                    G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *code = code_of(text);
    g_regex_match(regex, code, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *line = g_match_info_fetch(match, 0);
        static const char *const forward[] = {"struct ", "union ", "enum "};
        bool declaration = false; /* `struct relo_route;` and the like */
        for (gsize i = 0; i < G_N_ELEMENTS(forward); i++)
            declaration |=
                g_str_has_prefix(line, forward[i]) && !strchr(line + strlen(forward[i]), ' ');
        if (!declaration && !strstr(line, "const "))
            g_error("%s: a global: %s", path, line);
    }
}

static void core_has_no_globals(void)
{
    walk("core", look_for_globals);
}

static void look_at_size(const char *path, const char *text)
{
    int lines = 0, width = 0;
    for (const char *p = text; *p; p++) {
        width = *p == '\n' ? 0 : width + ((*p & 0xc0) != 0x80);
        lines += *p == '\n';
        if (width > 120)
            g_error("%s:%d: a line over 120 columns", path, lines + 1);
    }
    if (lines > 600)
        g_error("%s has %d lines; 600 is the limit", path, lines);
    if (!g_str_has_prefix(text, "/* SPDX-License-Identifier: BSD-2-Clause */\n"))
        g_error("%s does not begin with the SPDX line", path);
}

static void files_are_small_and_licensed(void)
{
    static const char *const folders[] = {"core",  "sim", "live", "metrics",
                                          "plots", "cli", "tests"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
        walk(folders[i], look_at_size);
}

static void look_for_libm(const char *path, const char *text)
{
    g_autoptr(GRegex) regex =
        g_regex_new("#include <math\\.h>|\\b(log|log2|log10|exp|pow|sin|cos|tan|tgamma|lgamma)\\(",
                    0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *code = code_of(text);
    g_regex_match(regex, code, 0, &match);
    if (g_match_info_matches(match)) {
        g_autofree char *word = g_match_info_fetch(match, 0);
        g_error("%s uses %s: libm differs between machines; core/base/fmath.h does not", path,
                word);
    }
}

static void simulator_does_without_libm(void)
{
    walk("sim", look_for_libm);
    walk("core", look_for_libm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/house/layers_point_downwards", layers_point_downwards);
    g_test_add_func("/house/core_has_no_globals", core_has_no_globals);
    g_test_add_func("/house/files_are_small_and_licensed", files_are_small_and_licensed);
    g_test_add_func("/house/simulator_does_without_libm", simulator_does_without_libm);
    return g_test_run();
}
