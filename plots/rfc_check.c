/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of SVG in RFCs: the elements, attributes and values that the profile knows (RFC 7996
   section 4 and its appendix; the tools of the RFC Editor accept no others). */
#include "plots/rfc_svg.h"

#include <string.h>

struct check {
    bool title, description; /* seen, with a text */
    guint depth;
};

static const char *const elements[] = {"svg",    "desc",  "title",   "path",     "rect",
                                       "circle", "line",  "ellipse", "polyline", "polygon",
                                       "text",   "tspan", "g",       NULL};

static const char *const attributes[] = {"xmlns",
                                         "version",
                                         "baseProfile",
                                         "viewBox",
                                         "width",
                                         "height",
                                         "x",
                                         "y",
                                         "x1",
                                         "y1",
                                         "x2",
                                         "y2",
                                         "cx",
                                         "cy",
                                         "r",
                                         "rx",
                                         "ry",
                                         "d",
                                         "points",
                                         "transform",
                                         "fill",
                                         "fill-rule",
                                         "stroke",
                                         "stroke-width",
                                         "stroke-dasharray",
                                         "stroke-dashoffset",
                                         "stroke-linecap",
                                         "stroke-linejoin",
                                         "stroke-miterlimit",
                                         "font-family",
                                         "font-size",
                                         "font-style",
                                         "font-weight",
                                         "text-anchor",
                                         "role",
                                         "id",
                                         NULL};

static const char *const colours[] = {"black", "white", "#000000",      "#ffffff", "#000",
                                      "#fff",  "none",  "currentColor", "inherit", NULL};
static const char *const families[] = {"serif", "sans-serif", "monospace", "inherit", NULL};

static bool among(const char *const *list, const char *word)
{
    return g_strv_contains(list, word);
}

static void refuse(GError **error, const char *what, const char *which, const char *where)
{
    g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "%s %s%s%s is not allowed",
                what, which, where ? " in " : "", where ? where : "");
}

static bool good_value(const char *name, const char *value)
{
    if (strcmp(name, "fill") == 0 || strcmp(name, "stroke") == 0)
        return among(colours, value);
    if (strcmp(name, "font-family") == 0)
        return among(families, value);
    return strstr(value, "url(") == NULL;
}

static void start(GMarkupParseContext *context, const gchar *element, const gchar **names,
                  const gchar **values, gpointer user, GError **error)
{
    struct check *check = user;
    bool box = false;
    (void)context;
    if (!among(elements, element)) {
        refuse(error, "element", element, NULL);
        return;
    }
    if ((check->depth == 0) != (strcmp(element, "svg") == 0)) {
        refuse(error, "element", element, check->depth == 0 ? "the root's place" : "another");
        return;
    }
    for (int i = 0; names[i]; i++) {
        box |= strcmp(names[i], "viewBox") == 0;
        if (!among(attributes, names[i]))
            refuse(error, "attribute", names[i], element);
        else if (!good_value(names[i], values[i]))
            refuse(error, names[i], values[i], element);
        else
            continue;
        return;
    }
    if (check->depth == 0 && !box)
        g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_MISSING_ATTRIBUTE, "it lacks a viewBox");
    check->depth++;
}

static void end(GMarkupParseContext *context, const gchar *element, gpointer user, GError **error)
{
    (void)context;
    (void)element;
    (void)error;
    ((struct check *)user)->depth--;
}

static void text(GMarkupParseContext *context, const gchar *content, gsize n, gpointer user,
                 GError **error)
{
    struct check *check = user;
    const char *element = g_markup_parse_context_get_element(context);
    (void)content;
    (void)error;
    if (n == 0 || !element || check->depth != 2)
        return;
    check->title |= strcmp(element, "title") == 0;
    check->description |= strcmp(element, "desc") == 0;
}

bool mx_rfc_svg_check(const char *svg, char **error)
{
    static const GMarkupParser parser = {.start_element = start, .end_element = end, .text = text};
    struct check check = {0};
    GError *problem = NULL;
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &check, NULL);
    bool ok = g_markup_parse_context_parse(context, svg, (gssize)strlen(svg), &problem) &&
              g_markup_parse_context_end_parse(context, &problem);
    g_markup_parse_context_free(context);
    *error = NULL;
    if (!ok)
        *error = g_strdup_printf("not SVG as RFC 7996 has it: %s", problem->message);
    else if (!check.title || !check.description)
        *error = g_strdup_printf("not SVG as RFC 7996 has it: it lacks a %s",
                                 check.title ? "desc" : "title");
    g_clear_error(&problem);
    return *error == NULL;
}
