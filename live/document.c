/* SPDX-License-Identifier: BSD-2-Clause */
/* From a file to the <configuration> that is wanted of it: RFC 6940 section 11.1. */
#include "live/document_internal.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

#define BASE "urn:ietf:params:xml:ns:p2p:config-base"
#define CHORD "urn:ietf:params:xml:ns:p2p:config-chord"

/* --- words ----------------------------------------------------------------------------------- */

/* What is quoted was written by others: one line, and no control characters for a terminal. */
static char *printable(const char *sentence)
{
    g_autofree char *valid = g_utf8_make_valid(sentence, -1);
    GString *text = g_string_new(NULL);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(text, g_unichar_iscntrl(c) ? ' ' : c);
    }
    return g_string_free(text, FALSE);
}

G_GNUC_PRINTF(3, 0)
static void wrong_v(struct live_reader *r, long line, const char *format, va_list arguments)
{
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    g_autofree char *clean = printable(sentence);
    if (!*r->error)
        *r->error = g_strdup_printf("%s:%ld: %s", r->name, line, clean);
}

bool live_reader_wrong(struct live_reader *r, long line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    wrong_v(r, line, format, arguments);
    va_end(arguments);
    return false;
}

bool live_reader_wrong_at(struct live_reader *r, const xmlNode *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    wrong_v(r, xmlGetLineNo(node), format, arguments);
    va_end(arguments);
    return false;
}

void live_reader_unused(struct live_reader *r, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(r->unused, name, g_str_equal, NULL))
        g_ptr_array_add(r->unused, (char *)name);
}

/* --- nodes ----------------------------------------------------------------------------------- */

static bool is_of(const xmlNode *node, const char *space)
{
    return node->ns && strcmp((const char *)node->ns->href, space) == 0;
}

bool live_reader_is(const xmlNode *node, bool chord, const char *name)
{
    return is_of(node, chord ? CHORD : BASE) && strcmp((const char *)node->name, name) == 0;
}

bool live_reader_is_foreign(const xmlNode *node)
{
    return node->ns && !is_of(node, BASE) && !is_of(node, CHORD);
}

const xmlNode *live_reader_element(struct live_reader *r, const xmlNode *node, bool *wrong)
{
    for (; node && node->type != XML_ELEMENT_NODE; node = node->next) {
        if (node->type == XML_TEXT_NODE && !xmlIsBlankNode(node)) {
            g_autofree char *quoted = g_strstrip(g_strdup((const char *)node->content));
            *wrong = true;
            live_reader_wrong_at(r, node->parent,
                                 "there is text in <%s>, which is for elements: %.20s",
                                 (const char *)node->parent->name, quoted);
            return NULL;
        }
    }
    return node;
}

char *live_reader_text(struct live_reader *r, const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE) {
            live_reader_wrong_at(r, child, "<%s> is for text alone, and here is %s in it",
                                 (const char *)node->name, (const char *)child->name);
            return NULL;
        }
    xmlChar *content = xmlNodeGetContent(node);
    char *text = g_strstrip(g_strdup(content ? (const char *)content : ""));
    xmlFree(content);
    return text;
}

char *live_reader_attribute(const xmlNode *node, const char *name, bool word)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    char *text = g_strdup((const char *)value);
    xmlFree(value);
    return text && word ? g_strstrip(text) : text;
}

bool live_reader_attributes(struct live_reader *r, const xmlNode *node, const char *const *names)
{
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (!a->ns && !g_strv_contains(names, (const char *)a->name))
            return live_reader_wrong_at(r, node, "<%s> has no attribute %s (RFC 6940 11.1.1)",
                                        (const char *)node->name, (const char *)a->name);
    return true;
}

/* --- values ---------------------------------------------------------------------------------- */

bool live_reader_number(const char *text, gint64 least, gint64 most, gint64 *number)
{
    const char *digits = text + (*text == '+' || *text == '-');
    if (!g_ascii_isdigit(*digits) || strspn(digits, "0123456789") != strlen(digits))
        return false;
    errno = 0;
    *number = g_ascii_strtoll(text, NULL, 10);
    return errno == 0 && *number >= least && *number <= most;
}

bool live_reader_is_base64(const char *text)
{
    gsize n = 0, padding = 0;
    for (; *text; text++) {
        if (g_ascii_isspace(*text))
            continue;
        bool letter = g_ascii_isalnum(*text) || *text == '+' || *text == '/';
        if (*text == '=' ? ++padding > 2 : !letter || padding)
            return false;
        n++;
    }
    return n > 0 && n % 4 == 0;
}

/* --- the file -------------------------------------------------------------------------------- */

static long line_of(const char *text, const char *at)
{
    long line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* Entities could make much of little, and be files of this host. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    xmlParserCtxt *parser = context;
    struct live_reader *r = parser->_private;
    (void)name;
    (void)external;
    (void)system;
    live_reader_wrong(r, parser->input->line,
                      "a configuration document has no DOCTYPE: it begins with <overlay>");
    xmlStopParser(parser);
}

static xmlDoc *parse(struct live_reader *r, const char *text, gsize n)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                        XML_PARSE_BIG_LINES | XML_PARSE_NOCDATA;
    const char *end;
    if (!g_utf8_validate(text, (gssize)n, &end)) { /* 6940 11.1 */
        live_reader_wrong(r, line_of(text, end), "this is not UTF-8, and the document has to be");
        return NULL;
    }
    xmlParserCtxt *parser = xmlNewParserCtxt();
    parser->_private = r;
    parser->sax->internalSubset = on_doctype;
    xmlDoc *tree = xmlCtxtReadMemory(parser, text, (int)n, NULL, NULL, options);
    const xmlError *why = xmlCtxtGetLastError(parser);
    if (!tree || *r->error || !parser->wellFormed || !parser->nsWellFormed) {
        g_autofree char *message = g_strdup(why && why->message ? why->message : "no XML");
        live_reader_wrong(r, why && why->line ? why->line : 1, "not well-formed XML: %s",
                          g_strstrip(message));
        xmlFreeDoc(tree);
        tree = NULL;
    } else if (tree->encoding && g_ascii_strcasecmp((const char *)tree->encoding, "UTF-8") != 0) {
        live_reader_wrong(r, 1, "its encoding is said to be %s, and has to be UTF-8",
                          (const char *)tree->encoding);
        xmlFreeDoc(tree);
        tree = NULL;
    }
    xmlFreeParserCtxt(parser);
    return tree;
}

/* The configuration of that name, or the only one; there is nothing but configurations and their
   signatures. */
static const xmlNode *choose(struct live_reader *r, const xmlNode *root, const char *overlay)
{
    const xmlNode *chosen = NULL, *before = NULL;
    g_autoptr(GString) names = g_string_new(NULL);
    guint count = 0;
    bool wrong = false;
    for (const xmlNode *node = live_reader_element(r, root->children, &wrong); node;
         node = live_reader_element(r, node->next, &wrong)) {
        if (live_reader_is(node, false, "configuration")) {
            g_autofree char *name = live_reader_attribute(node, "instance-name", false);
            if (!name) {
                live_reader_wrong_at(r, node, "<configuration> lacks its instance-name");
                return NULL;
            }
            if (overlay && chosen && strcmp(overlay, name) == 0)
                live_reader_wrong_at(r, node, "a second configuration of %s", name);
            g_string_append_printf(names, "%s%s", count++ ? ", " : "", name);
            if (!overlay || strcmp(overlay, name) == 0)
                chosen = node;
        } else if (!before || !live_reader_is(node, false, "signature")) {
            live_reader_wrong_at(r, node,
                                 "<%s> in <overlay>, which is for <configuration>, each "
                                 "followed by its <signature> (RFC 6940 11.1.1)",
                                 (const char *)node->name);
            return NULL;
        } else if (chosen == before) {
            g_autofree char *text = live_reader_text(r, node);
            if (!text || !live_reader_is_base64(text)) {
                live_reader_wrong_at(r, node, "<signature> is not base64 (RFC 4648)");
                return NULL;
            }
            live_reader_unused(r, "signature");
        }
        before = live_reader_is(node, false, "configuration") ? node : before;
    }
    if (wrong)
        return NULL;
    if (count == 0 || (overlay && !chosen))
        live_reader_wrong_at(r, root, "it has no configuration%s%s%s%s", overlay ? " of " : "",
                             overlay ? overlay : "", count ? ", but of " : "", names->str);
    else if (!overlay && count > 1)
        live_reader_wrong_at(r, root, "it has %u configurations, of %s: say which with --overlay",
                             count, names->str);
    return *r->error ? NULL : chosen;
}

/* An RFC 3339 time in UTC that has not come. */
static bool expiration(struct live_reader *r, const xmlNode *configuration, const char *text)
{
    g_autoptr(GDateTime) time = NULL;
    if (g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]00:00)$",
                             text, 0, 0))
        time = g_date_time_new_from_iso8601(text, NULL);
    if (!time)
        return live_reader_wrong_at(r, configuration,
                                    "expiration is %s: it takes a time in UTC, as in %s (RFC 3339)",
                                    text, "2026-12-31T23:59:59Z");
    if (g_date_time_to_unix(time) <= r->unix_s)
        return live_reader_wrong_at(
            r, configuration, "it expired at %s and is no longer valid; get a new copy", text);
    return true;
}

static bool attributes(struct live_reader *r, const xmlNode *configuration)
{
    static const char *const names[] = {"instance-name", "expiration", "sequence", NULL};
    struct relo_config *config = &r->document->config;
    g_autofree char *expires = live_reader_attribute(configuration, "expiration", true);
    g_autofree char *sequence = live_reader_attribute(configuration, "sequence", true);
    gint64 number;
    const char *wrong = relo_config_check(config); /* of the name; all else is as it was born */
    if (wrong)
        return live_reader_wrong_at(r, configuration, "%s; this one is \"%s\"", wrong,
                                    config->instance_name);
    if (!live_reader_attributes(r, configuration, names) ||
        (expires && !expiration(r, configuration, expires)))
        return false;
    if (!sequence)
        return true;
    if (!live_reader_number(sequence, 0, 65534, &number)) /* 6.3.2.1 */
        return live_reader_wrong_at(
            r, configuration, "sequence is %s: it takes a whole number from 0 to 65534", sequence);
    config->sequence = (uint16_t)number;
    return true;
}

static bool read_tree(struct live_reader *r, const xmlDoc *tree, const char *overlay)
{
    static const char *const none[] = {NULL};
    struct live_document *d = r->document;
    const xmlNode *root = xmlDocGetRootElement(tree);
    if (!live_reader_is(root, false, "overlay"))
        return live_reader_wrong_at(r, root,
                                    "the document is <%s>, not <overlay xmlns=\"" BASE "\">",
                                    (const char *)root->name);
    const xmlNode *configuration = choose(r, root, overlay);
    if (!configuration || !live_reader_attributes(r, root, none))
        return false;
    d->instance_name = live_reader_attribute(configuration, "instance-name", false);
    relo_config_init(&d->config, d->instance_name);
    d->config.no_ice = false; /* 11.1: as if it were there and false */
    if (!attributes(r, configuration))
        return false;
    g_array_append_vals(d->kinds, d->config.kinds, d->config.kind_count);
    if (!live_document_elements(r, configuration))
        return false;
    d->config.kinds = (const struct relo_kind *)(void *)d->kinds->data;
    d->config.kind_count = d->kinds->len;
    d->config.bad_nodes = (const struct relo_id *)(void *)d->bad_nodes->data;
    d->config.bad_node_count = d->bad_nodes->len;
    return true;
}

/* ConfigUpdates carry the file as it is; of several overlays they would tell of the others. */
static void keep_whole(struct live_document *d, const xmlDoc *tree, gsize n)
{
    guint count = 0;
    for (const xmlNode *node = xmlDocGetRootElement(tree)->children; node; node = node->next)
        count += node->type == XML_ELEMENT_NODE && live_reader_is(node, false, "configuration");
    if (count == 1)
        d->config.document = (struct relo_view){(const uint8_t *)d->text, (uint32_t)n};
}

struct live_document *live_document_parse(const char *name, const char *text, gsize n,
                                          const char *overlay, gint64 unix_s, char **error)
{
    struct live_document *d = g_new0(struct live_document, 1);
    struct live_reader r = {.name = name, .unix_s = unix_s, .document = d, .error = error};
    r.unused = g_ptr_array_new();
    r.required = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    *error = NULL;
    d->text = g_strndup(text, n);
    d->bootstrap = g_array_new(FALSE, FALSE, sizeof(struct relo_addr));
    d->kinds = g_array_new(FALSE, FALSE, sizeof(struct relo_kind));
    d->bad_nodes = g_array_new(FALSE, FALSE, sizeof(struct relo_id));
    xmlDoc *tree = n > LIVE_DOCUMENT_MAX ? NULL : parse(&r, text, n);
    bool good = tree && read_tree(&r, tree, overlay);
    if (n > LIVE_DOCUMENT_MAX)
        live_reader_wrong(&r, 1, "it has more than %u bytes", LIVE_DOCUMENT_MAX);
    if (good)
        keep_whole(d, tree, n);
    xmlFreeDoc(tree);
    g_ptr_array_add(r.unused, NULL);
    d->unused = g_strjoinv(", ", (char **)r.unused->pdata);
    g_ptr_array_free(r.unused, TRUE);
    g_array_free(r.required, TRUE);
    if (good)
        return d;
    live_document_free(d);
    return NULL;
}

struct live_document *live_document_read(const char *path, const char *overlay, gint64 unix_s,
                                         char **error)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        *error = g_strdup_printf("%s: %s", path, g_strerror(errno));
        return NULL;
    }
    g_autofree char *text =
        g_malloc(LIVE_DOCUMENT_MAX + 2); /* one more tells that it is too long */
    gsize n = fread(text, 1, LIVE_DOCUMENT_MAX + 1, file);
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    if (failed) {
        *error = g_strdup_printf("%s: %s", path, g_strerror(failed));
        return NULL;
    }
    text[n] = 0;
    return live_document_parse(path, text, n, overlay, unix_s, error);
}

void live_document_free(struct live_document *d)
{
    if (!d)
        return;
    g_array_free(d->bootstrap, TRUE);
    g_array_free(d->kinds, TRUE);
    g_array_free(d->bad_nodes, TRUE);
    g_free(d->unused);
    g_free(d->instance_name);
    g_free(d->text);
    g_free(d);
}
