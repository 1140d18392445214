/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads /proc/meminfo and the limits of control groups. */
#include "cli/memory.h"

#include <glib.h>
#include <string.h>

/* The number at the beginning of the file's text; UINT64_MAX where there is none ("max"). */
static uint64_t number_in(const char *folder, const char *name)
{
    char *path = g_build_filename(folder, name, NULL), *text = NULL;
    uint64_t number = UINT64_MAX;

    if (g_file_get_contents(path, &text, NULL, NULL) && g_ascii_isdigit(*text))
        number = g_ascii_strtoull(text, NULL, 10);
    g_free(text);
    g_free(path);
    return number;
}

/* The least limit of a control group and those that it is in, up to the mount. In a container the
   group's name may be another outside: what is not there has no limit. */
static uint64_t limit_of_group(const char *mount, const char *group, const char *name)
{
    char *folder = g_strconcat(mount, group, NULL);
    uint64_t least = UINT64_MAX;

    while (strlen(folder) >= strlen(mount)) {
        least = MIN(least, number_in(folder, name));
        *strrchr(folder, '/') = '\0';
    }
    g_free(folder);
    return least;
}

/* A line of /proc/self/cgroup, "0::/user.slice" or, of version 1, "4:memory:/batch". */
static uint64_t limit_of_line(const char *root, const char *line)
{
    char **part = g_strsplit(line, ":", 3), *mount = NULL;
    uint64_t limit = UINT64_MAX;

    if (g_strv_length(part) == 3 && *part[1] == '\0') {
        mount = g_strconcat(root, "/sys/fs/cgroup", NULL);
        limit = limit_of_group(mount, part[2], "memory.max");
    } else if (g_strv_length(part) == 3 && strcmp(part[1], "memory") == 0) {
        mount = g_strconcat(root, "/sys/fs/cgroup/memory", NULL);
        limit = limit_of_group(mount, part[2], "memory.limit_in_bytes");
    }
    g_free(mount);
    g_strfreev(part);
    return limit;
}

static char *read_text(const char *root, const char *name)
{
    char *path = g_strconcat(root, name, NULL), *text = NULL;
    g_file_get_contents(path, &text, NULL, NULL);
    g_free(path);
    return text != NULL ? text : g_strdup("");
}

uint64_t cli_memory_available(const char *root)
{
    static const char field[] = "MemAvailable:";
    char *text = read_text(root, "/proc/meminfo");
    const char *at = strstr(text, field);
    uint64_t available = UINT64_MAX;

    if (at != NULL)
        available = g_ascii_strtoull(at + strlen(field), NULL, 10) * 1024; /* in kB */
    g_free(text);
    text = read_text(root, "/proc/self/cgroup");
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        available = MIN(available, limit_of_line(root, *line));
    g_strfreev(lines);
    g_free(text);
    return available;
}
