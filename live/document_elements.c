/* SPDX-License-Identifier: BSD-2-Clause */
/* The elements of a <configuration>, by a table: RFC 6940 sections 11.1 and 11.1.1. */
#include "live/document_internal.h"

#include "live/peer.h"

#include <stddef.h>
#include <string.h>

#define YEAR_S 31536000

struct element {
    const char *name;
    bool chord;  /* of the namespace config-chord */
    bool many;   /* may be there more than once */
    bool unused; /* its form is checked, and nothing uses it yet */
    bool (*take)(struct live_reader *r, const xmlNode *node, const struct element *e,
                 const char *text);
    /* Of numbers and truths: the field, and how wide it is. */
    size_t offset, width;
    gint64 least, most;
    relo_time unit; /* of a time */
};

#define FIELD(name)                                                                                \
    .offset = offsetof(struct relo_config, name), .width = sizeof((struct relo_config *)NULL)->name

static bool take_number(struct live_reader *r, const xmlNode *node, const struct element *e,
                        const char *text)
{
    char *field = (char *)&r->document->config + e->offset;
    gint64 number;
    if (!live_reader_number(text, e->least, e->most, &number))
        return live_reader_wrong_at(r, node,
                                    "<%s> is \"%s\": it takes a whole number from %" G_GINT64_FORMAT
                                    " to %" G_GINT64_FORMAT,
                                    e->name, text, e->least, e->most);
    if (e->width == sizeof(uint8_t))
        *(uint8_t *)field = (uint8_t)number;
    else if (e->width == sizeof(uint32_t))
        *(uint32_t *)(void *)field = (uint32_t)number;
    else
        *(relo_time *)(void *)field = number * e->unit;
    return true;
}

/* xsd:boolean. */
static bool read_truth(struct live_reader *r, const xmlNode *node, const char *text, bool *truth)
{
    *truth = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (!*truth && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return live_reader_wrong_at(r, node, "<%s> is \"%s\": it takes true or false",
                                    (const char *)node->name, text);
    return true;
}

static bool take_truth(struct live_reader *r, const xmlNode *node, const struct element *e,
                       const char *text)
{
    bool *field = (bool *)(void *)((char *)&r->document->config + e->offset);
    return read_truth(r, node, text, field);
}

static bool take_plugin(struct live_reader *r, const xmlNode *node, const struct element *e,
                        const char *text)
{
    if (strcmp(text, "CHORD-RELOAD") == 0)
        return true;
    return live_reader_wrong_at(r, node, "<%s> is \"%s\", and relo knows CHORD-RELOAD only",
                                e->name, text);
}

static bool take_base64(struct live_reader *r, const xmlNode *node, const struct element *e,
                        const char *text)
{
    return live_reader_is_base64(text) ||
           live_reader_wrong_at(r, node, "<%s> is not base64 (RFC 4648)", e->name);
}

static bool take_https(struct live_reader *r, const xmlNode *node, const struct element *e,
                       const char *text)
{
    return (g_ascii_strncasecmp(text, "https://", 8) == 0 && text[8] > ' ') ||
           live_reader_wrong_at(r, node, "<%s> is \"%s\": it takes a URL that begins with https://",
                                e->name, text);
}

static bool take_self_signed(struct live_reader *r, const xmlNode *node, const struct element *e,
                             const char *text)
{
    g_autofree char *digest = live_reader_attribute(node, "digest", true);
    bool permitted;
    if (!digest || (strcmp(digest, "sha1") != 0 && strcmp(digest, "sha256") != 0))
        return live_reader_wrong_at(r, node, "the digest of <%s> is %s: it takes sha1 or sha256",
                                    e->name, digest ? digest : "missing");
    return read_truth(r, node, text, &permitted);
}

static bool take_any(struct live_reader *r, const xmlNode *node, const struct element *e,
                     const char *text)
{
    return *text || live_reader_wrong_at(r, node, "<%s> is empty", e->name);
}

static bool take_bootstrap(struct live_reader *r, const xmlNode *node, const struct element *e,
                           const char *text)
{
    g_autofree char *address = live_reader_attribute(node, "address", true);
    g_autofree char *port = live_reader_attribute(node, "port", true);
    gint64 number = 6084;
    struct relo_addr addr;
    if (*text)
        return live_reader_wrong_at(r, node, "<%s> has attributes, and no text", e->name);
    if (!address)
        return live_reader_wrong_at(r, node, "<%s> lacks its address", e->name);
    if (port && !live_reader_number(port, 1, 65535, &number))
        return live_reader_wrong_at(
            r, node, "the port of <%s> is %s: it takes a whole number from 1 to 65535", e->name,
            port);
    g_autofree char *both =
        g_strdup_printf(strchr(address, ':') ? "[%s]:%d" : "%s:%d", address, (int)number);
    if (!live_addr_parse(both, &addr))
        return live_reader_wrong_at(r, node,
                                    "the address of <%s> is %s: it takes an IPv4 or IPv6 address",
                                    e->name, address);
    g_array_append_val(r->document->bootstrap, addr);
    return true;
}

/* "TLS" is TLS and DTLS, of which relo has the latter. If there is any, one must be it. */
static bool take_link_protocol(struct live_reader *r, const xmlNode *node, const struct element *e,
                               const char *text)
{
    bool tls = strcmp(text, "TLS") == 0;
    for (const xmlNode *other = node->parent->children; other && !tls; other = other->next) {
        xmlChar *content = other->type == XML_ELEMENT_NODE && live_reader_is(other, false, e->name)
                               ? xmlNodeGetContent(other)
                               : NULL;
        g_autofree char *word = g_strdup((const char *)content);
        tls = word && strcmp(g_strstrip(word), "TLS") == 0;
        xmlFree(content);
    }
    return tls ||
           live_reader_wrong_at(r, node, "<%s> is \"%s\", and relo knows TLS only", e->name, text);
}

static bool read_id(struct live_reader *r, const xmlNode *node, const char *text,
                    struct relo_id *id)
{
    uint8_t bytes[RELO_ID_BYTES];
    if (strlen(text) != 2 * sizeof bytes ||
        strspn(text, "0123456789abcdefABCDEF") != 2 * sizeof bytes)
        return live_reader_wrong_at(
            r, node, "<%s> is \"%s\": it takes a Node-ID, which has %u hexadecimal digits",
            (const char *)node->name, text, 2 * (unsigned)sizeof bytes);
    for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
                             g_ascii_xdigit_value(text[2 * i + 1]));
    *id = relo_id_from_bytes(bytes);
    return true;
}

static bool take_signer(struct live_reader *r, const xmlNode *node, const struct element *e,
                        const char *text)
{
    struct relo_id id;
    (void)e;
    return read_id(r, node, text, &id);
}

static bool take_bad_node(struct live_reader *r, const xmlNode *node, const struct element *e,
                          const char *text)
{
    struct relo_id id;
    (void)e;
    if (!read_id(r, node, text, &id))
        return false;
    g_array_append_val(r->document->bad_nodes, id);
    return true;
}

static bool take_extension(struct live_reader *r, const xmlNode *node, const struct element *e,
                           const char *text)
{
    return live_reader_wrong_at(r, node,
                                "<%s> is %s, which relo does not know; so it cannot be of this "
                                "overlay (RFC 6940 11.1)",
                                e->name, text);
}

static const struct element elements[] = {
    {.name = "topology-plugin", .take = take_plugin},
    {.name = "node-id-length", .take = take_number, FIELD(node_id_length), .least = 16, .most = 20},
    {.name = "root-cert", .many = true, .unused = true, .take = take_base64},
    {.name = "enrollment-server", .many = true, .unused = true, .take = take_https},
    {.name = "self-signed-permitted", .unused = true, .take = take_self_signed},
    {.name = "bootstrap-node", .many = true, .take = take_bootstrap},
    {.name = "turn-density", .take = take_number, FIELD(turn_density), .most = 255},
    {.name = "clients-permitted", .take = take_truth, FIELD(clients_permitted)},
    {.name = "no-ice", .take = take_truth, FIELD(no_ice)},
    {.name = "shared-secret", .unused = true, .take = take_any},
    {.name = "max-message-size",
     .take = take_number,
     FIELD(max_message_size),
     .least = 1000,
     .most = 16000000},
    {.name = "initial-ttl", .take = take_number, FIELD(initial_ttl), .least = 1, .most = 255},
    {.name = "overlay-reliability-timer",
     .take = take_number,
     FIELD(overlay_reliability_timer),
     .least = 200,
     .most = 60000,
     .unit = RELO_MS},
    {.name = "overlay-link-protocol", .many = true, .take = take_link_protocol},
    {.name = "configuration-signer", .many = true, .unused = true, .take = take_signer},
    {.name = "kind-signer", .many = true, .unused = true, .take = take_signer},
    {.name = "bad-node", .many = true, .take = take_bad_node},
    {.name = "mandatory-extension", .many = true, .take = take_extension},
    {.name = "chord-update-interval",
     .chord = true,
     .take = take_number,
     FIELD(chord_update_interval),
     .least = 1,
     .most = YEAR_S,
     .unit = RELO_S},
    {.name = "chord-ping-interval",
     .chord = true,
     .take = take_number,
     FIELD(chord_ping_interval),
     .least = 1,
     .most = YEAR_S,
     .unit = RELO_S},
    {.name = "chord-reactive", .chord = true, .take = take_truth, FIELD(chord_reactive)},
    {.name = "required-kinds"},
};

static bool check_attributes(struct live_reader *r, const xmlNode *node, const struct element *e)
{
    static const char *const none[] = {NULL}, *const digest[] = {"digest", NULL},
                             *const address[] = {"address", "port", NULL};
    return live_reader_attributes(r, node,
                                  e->take == take_bootstrap     ? address
                                  : e->take == take_self_signed ? digest
                                                                : none);
}

static bool take(struct live_reader *r, const xmlNode *node, const struct element *e)
{
    if (!check_attributes(r, node, e))
        return false;
    if (!e->take)
        return live_document_kinds(r, node);
    g_autofree char *text = live_reader_text(r, node);
    if (!text || !e->take(r, node, e, text))
        return false;
    if (e->unused)
        live_reader_unused(r, e->name);
    const char *wrong = relo_config_check(&r->document->config);
    return !wrong || live_reader_wrong_at(r, node, "%s; this one is \"%s\"", wrong, text);
}

bool live_document_elements(struct live_reader *r, const xmlNode *configuration)
{
    bool seen[G_N_ELEMENTS(elements)] = {false}, wrong = false;
    for (const xmlNode *node = live_reader_element(r, configuration->children, &wrong); node;
         node = live_reader_element(r, node->next, &wrong)) {
        const struct element *e = elements;
        if (live_reader_is_foreign(node))
            continue;
        while (e < elements + G_N_ELEMENTS(elements) && !live_reader_is(node, e->chord, e->name))
            e++;
        if (e == elements + G_N_ELEMENTS(elements))
            return live_reader_wrong_at(r, node,
                                        "there is no element <%s> in a <configuration>%s "
                                        "(RFC 6940 11.1.1)",
                                        (const char *)node->name,
                                        node->ns ? "" : " without a namespace");
        if (seen[e - elements] && !e->many)
            return live_reader_wrong_at(r, node, "a second <%s>; there is one at most", e->name);
        seen[e - elements] = true;
        if (!take(r, node, e))
            return false;
    }
    return !wrong;
}
