/* SPDX-License-Identifier: BSD-2-Clause */
/* Rewrites gnuplot's SVG: marks are drawn where gnuplot refers to them, fill patterns become lines
   cut to their box, colours become black or white, everything else is left out. */
#include "plots/rfc_svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TILE = 8 }; /* of gnuplot's fill patterns */

struct filter {
    GString *out;
    GPtrArray *open;      /* of owned char *: tags begun, not yet written: "" once written */
    GHashTable *patterns; /* "#id" -> its path; owned */
    char *pattern;        /* the id of the one being defined, or NULL */
    guint dropped;        /* depth inside something that is left out */
    bool root;
};

/* gnuplot's 15 kinds of points, as drawn: black lines, filled, or white within. */
static const struct {
    const char *id, *body;
} marks[] = {
#define LINES(d) "<path fill=\"none\" stroke=\"#000000\" stroke-width=\"0.25\" d=\"" d "\"/>"
#define SOLID(d) "<path fill=\"#000000\" stroke=\"none\" d=\"" d "\"/>"
#define SQUARE "M-1,-1 L1,-1 L1,1 L-1,1 z"
#define UP "M0,-1.33 L-1.33,0.67 L1.33,0.67 z"
#define DOWN "M0,1.33 L-1.33,-0.67 L1.33,-0.67 z"
#define DIAMOND "M0,-1.41 L1.41,0 L0,1.41 L-1.41,0 z"
#define PENTAGON "M0,1.330 L1.265,0.411 L0.782,-1.067 L-0.782,-1.076 L-1.265,0.411 z"
    {"#gpDot", "<circle r=\"0.5\" fill=\"#000000\" stroke=\"none\"/>"},
    {"#gpPt0", LINES("M-1,0 h2 M0,-1 v2")},
    {"#gpPt1", LINES("M-1,-1 L1,1 M1,-1 L-1,1")},
    {"#gpPt2", LINES("M-1,0 L1,0 M0,-1 L0,1 M-1,-1 L1,1 M-1,1 L1,-1")},
    {"#gpPt3", LINES(SQUARE)},
    {"#gpPt4", SOLID(SQUARE)},
    {"#gpPt5", "<circle r=\"1\" fill=\"none\" stroke=\"#000000\" stroke-width=\"0.25\"/>"},
    {"#gpPt6", "<circle r=\"1\" fill=\"#000000\" stroke=\"none\"/>"},
    {"#gpPt7", LINES(UP)},
    {"#gpPt8", SOLID(UP)},
    {"#gpPt9", LINES(DOWN)},
    {"#gpPt10", SOLID(DOWN)},
    {"#gpPt11", LINES(DIAMOND)},
    {"#gpPt12", SOLID(DIAMOND)},
    {"#gpPt13", LINES(PENTAGON)},
    {"#gpPt14", SOLID(PENTAGON)},
};

static const char *const kept_elements[] = {"g",    "path",     "rect",    "circle", "line",
                                            "text", "polyline", "polygon", "tspan",  NULL};
static const char *const kept_attributes[] = {"x",
                                              "y",
                                              "width",
                                              "height",
                                              "cx",
                                              "cy",
                                              "r",
                                              "d",
                                              "points",
                                              "transform",
                                              "fill",
                                              "stroke",
                                              "stroke-width",
                                              "stroke-dasharray",
                                              "stroke-linecap",
                                              "stroke-linejoin",
                                              "font-family",
                                              "font-size",
                                              "font-style",
                                              "font-weight",
                                              "text-anchor",
                                              NULL};

static const char *find(const gchar **names, const gchar **values, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return values[i];
    return NULL;
}

static void append_attribute(GString *s, const char *name, const char *value)
{
    char *escaped = g_markup_escape_text(value, -1);
    g_string_append_printf(s, " %s=\"%s\"", name, g_strstrip(escaped));
    g_free(escaped);
}

static const char *colour_of(const char *value)
{
    static const char *const white[] = {
        "white", "#ffffff", "#FFFFFF", "rgb(255,255,255)", "rgb(255, 255, 255)", NULL};
    if (strcmp(value, "none") == 0)
        return "none";
    return g_strv_contains(white, value) ? "#ffffff" : "#000000";
}

static const char *family_of(const char *value)
{
    if (strcmp(value, "serif") == 0 || strcmp(value, "monospace") == 0)
        return value;
    return "sans-serif";
}

/* Writes the tags that wait: they turned out to hold something. */
static void flush(struct filter *f)
{
    for (guint i = 0; i < f->open->len; i++) {
        char **tag = (char **)&g_ptr_array_index(f->open, i);
        g_string_append(f->out, *tag);
        **tag = '\0';
    }
}

/* --- fill patterns ---------------------------------------------------------------------------- */

struct box {
    double left, top, right, bottom;
};

/* The part of the line inside the box (Liang and Barsky), as a path. */
static void append_clipped(GString *s, double x, double y, double to_x, double to_y,
                           const struct box *box)
{
    const double dx = to_x - x, dy = to_y - y;
    const double p[] = {-dx, dx, -dy, dy};
    const double q[] = {x - box->left, box->right - x, y - box->top, box->bottom - y};
    double from = 0, to = 1;
    for (int i = 0; i < 4; i++) {
        if (fabs(p[i]) < 1e-9) {
            if (q[i] < 0)
                return;
        } else if (p[i] < 0) {
            from = fmax(from, q[i] / p[i]);
        } else {
            to = fmin(to, q[i] / p[i]);
        }
    }
    if (from < to)
        g_string_append_printf(s, "M%.2f,%.2f L%.2f,%.2f ", x + from * dx, y + from * dy,
                               x + to * dx, y + to * dy);
}

/* One tile's lines, at its place; `d` consists of M and L with absolute coordinates. */
static void append_tile(GString *s, const char *d, double at_x, double at_y, const struct box *box)
{
    const struct box tile = {fmax(at_x, box->left), fmax(at_y, box->top),
                             fmin(at_x + TILE, box->right), fmin(at_y + TILE, box->bottom)};
    double x = 0, y = 0;
    for (const char *p = d; *p;) {
        char *end;
        char what = *p++;
        if (what != 'M' && what != 'L')
            continue;
        double to_x = g_ascii_strtod(p, &end) + at_x;
        double to_y = g_ascii_strtod(end + (*end == ','), &end) + at_y;
        p = end;
        if (what == 'L')
            append_clipped(s, x, y, to_x, to_y, &tile);
        x = to_x;
        y = to_y;
    }
}

static struct box box_of(const char *points)
{
    struct box box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    const char *p = points;
    for (;;) {
        char *end;
        double x = g_ascii_strtod(p, &end);
        if (end == p || *end != ',')
            return box;
        double y = g_ascii_strtod(end + 1, &end);
        box.left = fmin(box.left, x);
        box.right = fmax(box.right, x);
        box.top = fmin(box.top, y);
        box.bottom = fmax(box.bottom, y);
        p = end;
    }
}

/* A box filled with a pattern: white, and the pattern's lines. An empty pattern is a solid one. */
static void append_filled(struct filter *f, const char *points, const char *pattern)
{
    struct box box = box_of(points);
    if (!isfinite(box.left))
        return;
    flush(f);
    g_string_append_printf(f->out,
                           "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\" "
                           "stroke=\"none\"/>\n",
                           box.left, box.top, box.right - box.left, box.bottom - box.top,
                           *pattern ? "#ffffff" : "#000000");
    GString *d = g_string_new(NULL);
    double first_x = floor(box.left / TILE) * TILE, first_y = floor(box.top / TILE) * TILE;
    for (int row = 0; *pattern && first_y + row * TILE < box.bottom; row++)
        for (int column = 0; first_x + column * TILE < box.right; column++)
            append_tile(d, pattern, first_x + column * TILE, first_y + row * TILE, &box);
    if (d->len > 0)
        g_string_append_printf(
            f->out, "<path fill=\"none\" stroke=\"#000000\" stroke-width=\"0.7\" d=\"%s\"/>\n",
            g_strchomp(d->str));
    g_string_free(d, TRUE);
}

/* --- elements --------------------------------------------------------------------------------- */

static void start_root(struct filter *f, const gchar **names, const gchar **values)
{
    g_string_append(f->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" "
                            "baseProfile=\"tiny\"");
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], "width") == 0 || strcmp(names[i], "height") == 0 ||
            strcmp(names[i], "viewBox") == 0)
            append_attribute(f->out, names[i], values[i]);
    g_string_append(f->out, ">\n");
    f->root = true;
}

static void append_mark(struct filter *f, const gchar **names, const gchar **values)
{
    const char *id = find(names, values, "xlink:href"), *at = find(names, values, "transform");
    for (size_t i = 0; id && at && i < G_N_ELEMENTS(marks); i++) {
        if (strcmp(marks[i].id, id) != 0)
            continue;
        flush(f);
        g_string_append(f->out, "<g");
        append_attribute(f->out, "transform", at);
        g_string_append_printf(f->out, ">%s</g>\n", marks[i].body);
    }
}

static char *tag_of(const gchar *element, const gchar **names, const gchar **values)
{
    GString *s = g_string_new("<");
    g_string_append(s, element);
    for (int i = 0; names[i]; i++) {
        const char *value = values[i];
        if (!g_strv_contains(kept_attributes, names[i]))
            continue;
        if (strcmp(names[i], "fill") == 0 || strcmp(names[i], "stroke") == 0)
            value = colour_of(value);
        else if (strcmp(names[i], "font-family") == 0)
            value = family_of(value);
        append_attribute(s, names[i], value);
    }
    g_string_append_c(s, '>');
    return g_string_free(s, FALSE);
}

static void start(GMarkupParseContext *context, const gchar *element, const gchar **names,
                  const gchar **values, gpointer user, GError **error)
{
    struct filter *f = user;
    (void)context;
    (void)error;
    if (f->pattern && strcmp(element, "path") == 0) {
        const char *style = find(names, values, "style"), *d = find(names, values, "d");
        bool lines = style && strstr(style, "fill:none");
        g_hash_table_insert(f->patterns, g_strconcat("url(#", f->pattern, ")", NULL),
                            g_strdup(lines && d ? d : ""));
    }
    if (strcmp(element, "pattern") == 0) {
        g_free(f->pattern);
        f->pattern = g_strdup(find(names, values, "id"));
    }
    if (!f->root) {
        start_root(f, names, values);
        return;
    }
    const char *fill = find(names, values, "fill"), *points = find(names, values, "points");
    const char *pattern = fill ? g_hash_table_lookup(f->patterns, fill) : NULL;
    bool special = strcmp(element, "use") == 0 || pattern;
    if (f->dropped > 0 || special || !g_strv_contains(kept_elements, element)) {
        if (f->dropped == 0 && pattern && points)
            append_filled(f, points, pattern);
        else if (f->dropped == 0 && special)
            append_mark(f, names, values);
        f->dropped++;
        return;
    }
    g_ptr_array_add(f->open, tag_of(element, names, values));
    if (strcmp(element, "g") != 0)
        flush(f);
}

static void end(GMarkupParseContext *context, const gchar *element, gpointer user, GError **error)
{
    struct filter *f = user;
    (void)context;
    (void)error;
    if (strcmp(element, "pattern") == 0)
        g_clear_pointer(&f->pattern, g_free);
    if (f->dropped > 0) {
        f->dropped--;
    } else if (f->open->len == 0) {
        g_string_append(f->out, "</svg>\n");
    } else {
        const char *tag = g_ptr_array_index(f->open, f->open->len - 1);
        if (*tag == '\0') /* written, so it holds something */
            g_string_append_printf(f->out, "</%s>\n", element);
        g_ptr_array_set_size(f->open, (gint)f->open->len - 1);
    }
}

static void text(GMarkupParseContext *context, const gchar *content, gsize n, gpointer user,
                 GError **error)
{
    struct filter *f = user;
    const char *element = g_markup_parse_context_get_element(context);
    (void)error;
    if (f->dropped > 0 || !element ||
        (strcmp(element, "text") != 0 && strcmp(element, "tspan") != 0))
        return;
    char *escaped = g_markup_escape_text(content, (gssize)n);
    g_string_append(f->out, escaped);
    g_free(escaped);
}

/* Title and description, as the first children of the root. */
static char *finish(const struct filter *f, const char *title, const char *description)
{
    char *head =
        g_markup_printf_escaped("<title>%s</title>\n<desc>%s</desc>\n", title, description);
    const char *body = strstr(f->out->str, ">\n");
    char *whole =
        g_strdup_printf("%.*s%s%s", (int)(body + 2 - f->out->str), f->out->str, head, body + 2);
    g_free(head);
    return whole;
}

char *mx_rfc_svg(const char *svg, const char *title, const char *description, char **error)
{
    static const GMarkupParser parser = {.start_element = start, .end_element = end, .text = text};
    struct filter f = {.out = g_string_new(NULL),
                       .open = g_ptr_array_new_with_free_func(g_free),
                       .patterns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    GError *problem = NULL;
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &f, NULL);
    char *result = NULL;
    *error = NULL;
    if (g_markup_parse_context_parse(context, svg, (gssize)strlen(svg), &problem) &&
        g_markup_parse_context_end_parse(context, &problem)) {
        result = finish(&f, title, description);
        if (!mx_rfc_svg_check(result, error))
            g_clear_pointer(&result, g_free);
    } else {
        *error = g_strdup_printf("gnuplot's SVG cannot be read: %s", problem->message);
    }
    g_clear_error(&problem);
    g_markup_parse_context_free(context);
    g_hash_table_destroy(f.patterns);
    g_ptr_array_free(f.open, TRUE);
    g_free(f.pattern);
    g_string_free(f.out, TRUE);
    return result;
}

bool mx_rfc_svg_file(const char *path, const char *title, const char *description, char **error)
{
    GError *problem = NULL;
    char *svg = NULL, *result = NULL;
    *error = NULL;
    if (g_file_get_contents(path, &svg, NULL, &problem))
        result = mx_rfc_svg(svg, title, description, error);
    if (result && !g_file_set_contents(path, result, -1, &problem))
        g_clear_pointer(&result, g_free);
    if (problem) {
        *error = g_strdup_printf("%s: %s", path, problem->message);
        g_error_free(problem);
    }
    g_free(svg);
    bool done = result != NULL;
    g_free(result);
    return done;
}
