/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the files of tests/vectors. */
#include "support_vectors.h"

#include <string.h>

uint8_t *vectors_unhex(const char *hex, gsize length, uint32_t *n)
{
    uint8_t *bytes = g_malloc(length / 2 + 1);
    for (gsize i = 0; i + 1 < length; i += 2) {
        int high = g_ascii_xdigit_value(hex[i]), low = g_ascii_xdigit_value(hex[i + 1]);
        g_assert_true(high >= 0 && low >= 0);
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    *n = (uint32_t)(length / 2);
    return bytes;
}

static void vector_clear(gpointer element)
{
    struct vector *v = element;
    g_free(v->name);
    g_free(v->bytes);
}

static char *load(const char *file)
{
    char *path = g_build_filename(SOURCE_DIR, "tests", "vectors", file, NULL);
    char *text = NULL;
    GError *error = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    g_free(path);
    return text;
}

GArray *vectors_load(const char *file)
{
    char *text = load(file);
    char **lines = g_strsplit(text, "\n", -1);
    GArray *vectors = g_array_new(FALSE, TRUE, sizeof(struct vector));
    g_array_set_clear_func(vectors, vector_clear);
    for (char **line = lines; *line; line++) {
        char *space = strchr(*line, ' ');
        if (!space)
            continue;
        struct vector v = {g_strndup(*line, (gsize)(space - *line)), NULL, 0};
        v.bytes = vectors_unhex(space + 1, strlen(space + 1), &v.n);
        g_array_append_val(vectors, v);
    }
    g_assert_cmpuint(vectors->len, >, 0);
    g_strfreev(lines);
    g_free(text);
    return vectors;
}

const struct vector *vectors_find(const GArray *vectors, const char *name)
{
    for (guint i = 0; i < vectors->len; i++) {
        const struct vector *v = &g_array_index(vectors, struct vector, i);
        if (strcmp(v->name, name) == 0)
            return v;
    }
    g_error("no vector %s", name);
    return NULL;
}

struct relo_view vectors_view(const struct vector *v)
{
    return (struct relo_view){v->bytes, v->n};
}

char *vectors_json(void)
{
    return load("messages.json");
}

/* Messages are keys at an indentation of two blanks; their fields follow until it closes. */
GPtrArray *vectors_json_strings(const char *json, const char *message, const char *key)
{
    GPtrArray *strings = g_ptr_array_new_with_free_func(g_free);
    char *head = g_strdup_printf("\n  \"%s\": {", message);
    const char *start = strstr(json, head);
    g_assert_nonnull(start);
    const char *end = strstr(start, "\n  }");
    g_assert_nonnull(end);
    char *field = g_strdup_printf("\"%s\": ", key);
    const char *p = g_strstr_len(start, end - start, field);
    if (p) {
        p += strlen(field);
        const char *stop = *p == '[' ? strchr(p, ']') : strchr(p, '\n');
        const char *quote = memchr(p, '"', (gsize)(stop - p));
        while (quote) {
            const char *close = strchr(quote + 1, '"');
            g_ptr_array_add(strings, g_strndup(quote + 1, (gsize)(close - quote - 1)));
            quote = memchr(close + 1, '"', (gsize)(stop - close - 1));
        }
    }
    g_free(field);
    g_free(head);
    return strings;
}
