/* SPDX-License-Identifier: BSD-2-Clause */
/* Named values in nested structures, written as indented text or as one JSON object. */
#include "cli/decode_out.h"

#include "cli/json.h"

void decode_out_init(struct decode_out *out, bool json)
{
    *out = (struct decode_out){.text = g_string_new(NULL), .json = json};
}

void decode_out_fini(struct decode_out *out)
{
    g_string_free(out->text, TRUE);
}

static bool in_list(const struct decode_out *out)
{
    return out->lists >> out->depth & 1;
}

/* What stands before a value. */
static void name_it(struct decode_out *out, const char *name)
{
    if (!out->json)
        g_string_append_printf(out->text, "%*s%s: ", (int)(4 * out->depth), "", name);
    else if (in_list(out))
        cli_json_next(out->text);
    else
        cli_json_name(out->text, name);
}

static void line_ends(struct decode_out *out)
{
    if (!out->json)
        g_string_append_c(out->text, '\n');
}

static void open_structure(struct decode_out *out, const char *name, bool list)
{
    if (!out->json) {
        g_string_append_printf(out->text, "%*s%s\n", (int)(4 * out->depth), "", name);
    } else {
        if (out->depth > 0)
            name_it(out, name);
        g_string_append_c(out->text, list ? '[' : '{');
    }
    out->depth++;
    out->lists = (out->lists & ~(1u << out->depth)) | (unsigned)list << out->depth;
}

void decode_out_begin(struct decode_out *out, const char *name)
{
    open_structure(out, name, false);
}

void decode_out_end(struct decode_out *out)
{
    out->depth--;
    if (out->json)
        g_string_append_c(out->text, '}');
}

void decode_out_begin_list(struct decode_out *out, const char *name)
{
    open_structure(out, name, true);
}

void decode_out_end_list(struct decode_out *out)
{
    out->depth--;
    if (out->json)
        g_string_append_c(out->text, ']');
}

void decode_out_number(struct decode_out *out, const char *name, uint64_t value)
{
    name_it(out, name);
    g_string_append_printf(out->text, "%" G_GUINT64_FORMAT, value);
    line_ends(out);
}

void decode_out_bits(struct decode_out *out, const char *name, uint64_t value, int digits)
{
    const char *quote = out->json ? "\"" : "";
    name_it(out, name);
    g_string_append_printf(out->text, "%s0x%0*" G_GINT64_MODIFIER "x%s", quote, digits, value,
                           quote);
    line_ends(out);
}

void decode_out_bool(struct decode_out *out, const char *name, bool value)
{
    name_it(out, name);
    g_string_append(out->text, value ? "true" : "false");
    line_ends(out);
}

void decode_out_string(struct decode_out *out, const char *name, const char *value)
{
    name_it(out, name);
    if (out->json)
        cli_json_string(out->text, value);
    else
        g_string_append(out->text, value);
    line_ends(out);
}

void decode_out_hex(struct decode_out *out, const char *name, struct relo_view bytes)
{
    name_it(out, name);
    if (out->json)
        g_string_append_c(out->text, '"');
    else if (bytes.n == 0)
        g_string_append(out->text, "(empty)");
    for (uint32_t i = 0; i < bytes.n; i++)
        g_string_append_printf(out->text, "%02x", bytes.p[i]);
    if (out->json)
        g_string_append_c(out->text, '"');
    line_ends(out);
}

static bool printable(struct relo_view bytes)
{
    const char *p = (const char *)bytes.p, *end = p + bytes.n;
    if (bytes.n == 0 || !g_utf8_validate_len(p, bytes.n, NULL))
        return false;
    for (; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!g_unichar_isprint(c) && c != '\n' && c != '\t')
            return false;
    }
    return true;
}

void decode_out_words(struct decode_out *out, const char *name, struct relo_view bytes)
{
    if (!printable(bytes)) {
        decode_out_hex(out, name, bytes);
        return;
    }
    char *words = g_strndup((const char *)bytes.p, bytes.n);
    name_it(out, name);
    cli_json_string(out->text, words);
    line_ends(out);
    g_free(words);
}

void decode_out_code(struct decode_out *out, const char *name, uint64_t value, const char *label)
{
    if (!out->json) {
        name_it(out, name);
        g_string_append_printf(out->text, "%s (0x%" G_GINT64_MODIFIER "x)\n",
                               label ? label : "unassigned", value);
        return;
    }
    decode_out_number(out, name, value);
    if (label && !in_list(out)) {
        char *key = g_strconcat(name, "_name", NULL);
        decode_out_string(out, key, label);
        g_free(key);
    }
}
