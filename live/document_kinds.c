/* SPDX-License-Identifier: BSD-2-Clause */
/* <required-kinds>: the kind-blocks of a configuration document (RFC 6940 section 11.1). */
#include "live/document_internal.h"

#include <string.h>

/* The kinds of the IANA registry that relo has, by the names there (14.6, RFC 7904). */
static const struct {
    const char *name;
    uint32_t id;
} registered[] = {
    {"SIP-REGISTRATION", RELO_KIND_SIP_REGISTRATION},
    {"TURN-SERVICE", RELO_KIND_TURN_SERVICE},
    {"CERTIFICATE_BY_NODE", RELO_KIND_CERTIFICATE_BY_NODE},
    {"CERTIFICATE_BY_USER", RELO_KIND_CERTIFICATE_BY_USER},
};

static const char *const models[] = {"SINGLE", "ARRAY", "DICTIONARY", NULL};
static const char *const policies[] = {"USER-MATCH", "NODE-MATCH", "USER-NODE-MATCH",
                                       "NODE-MULTIPLE", NULL};

enum parameter { MAX_COUNT, MAX_SIZE, DATA_MODEL, ACCESS_CONTROL, MAX_NODE_MULTIPLE, PARAMETERS };

static const struct {
    const char *name;
    gint64 most; /* of a number */
    const char *const *words;
} parameters[PARAMETERS] = {
    [MAX_COUNT] = {"max-count", INT32_MAX, NULL},
    [MAX_SIZE] = {"max-size", INT32_MAX, NULL},
    [DATA_MODEL] = {"data-model", 0, models},
    [ACCESS_CONTROL] = {"access-control", 0, policies},
    [MAX_NODE_MULTIPLE] = {"max-node-multiple", 255, NULL},
};

static struct relo_kind *known(const struct live_reader *r, uint32_t id)
{
    for (guint i = 0; i < r->document->kinds->len; i++) {
        struct relo_kind *kind = &g_array_index(r->document->kinds, struct relo_kind, i);
        if (kind->id == id)
            return kind;
    }
    return NULL;
}

static bool is_second(const struct live_reader *r, uint32_t id)
{
    for (guint i = 0; i < r->required->len; i++)
        if (g_array_index(r->required, uint32_t, i) == id)
            return true;
    return false;
}

static bool is_registered(uint32_t id)
{
    for (gsize i = 0; i < G_N_ELEMENTS(registered); i++)
        if (registered[i].id == id)
            return true;
    return false;
}

/* By its name or its number, and one of them only. */
static bool read_kind_id(struct live_reader *r, const xmlNode *node, uint32_t *id)
{
    static const char *const names[] = {"name", "id", NULL};
    g_autofree char *name = live_reader_attribute(node, "name", true);
    g_autofree char *text = live_reader_attribute(node, "id", true);
    gint64 number;
    if (!live_reader_attributes(r, node, names))
        return false;
    if (!name == !text)
        return live_reader_wrong_at(r, node, "<kind> has a name or an id, one of them");
    if (text && !live_reader_number(text, 1, 0xfffffffe, &number))
        return live_reader_wrong_at(
            r, node, "the id of <kind> is %s: it takes a whole number from 1 to 4294967294", text);
    for (gsize i = 0; name && i < G_N_ELEMENTS(registered); i++)
        if (strcmp(registered[i].name, name) == 0) {
            *id = registered[i].id;
            return true;
        }
    if (name) /* whoever does not support a required kind cannot be a member */
        return live_reader_wrong_at(r, node,
                                    "relo does not know the kind %s; it knows SIP-REGISTRATION, "
                                    "TURN-SERVICE, CERTIFICATE_BY_NODE and CERTIFICATE_BY_USER",
                                    name);
    *id = (uint32_t)number;
    return true;
}

/* Its value: a number, or the place of the word. */
static bool read_parameter(struct live_reader *r, const xmlNode *node, enum parameter which,
                           gint64 *value)
{
    static const char *const none[] = {NULL};
    g_autofree char *text = live_reader_text(r, node);
    if (!text || !live_reader_attributes(r, node, none))
        return false;
    if (!parameters[which].words)
        return live_reader_number(text, 1, parameters[which].most, value) ||
               live_reader_wrong_at(r, node,
                                    "<%s> is \"%s\": it takes a whole number from 1 to "
                                    "%" G_GINT64_FORMAT,
                                    parameters[which].name, text, parameters[which].most);
    for (*value = 0; parameters[which].words[*value]; ++*value)
        if (strcmp(parameters[which].words[*value], text) == 0)
            return true;
    g_autofree char *words = g_strjoinv(", ", (char **)(void *)parameters[which].words);
    return live_reader_wrong_at(r, node, "<%s> is \"%s\": it takes one of %s",
                                parameters[which].name, text, words);
}

/* `value` is 0 where there is none, and one more than the place of a word. */
static bool read_parameters(struct live_reader *r, const xmlNode *kind, gint64 value[PARAMETERS])
{
    bool wrong = false;
    for (const xmlNode *node = live_reader_element(r, kind->children, &wrong); node;
         node = live_reader_element(r, node->next, &wrong)) {
        int which = 0;
        if (live_reader_is_foreign(node))
            continue;
        while (which < PARAMETERS && !live_reader_is(node, false, parameters[which].name))
            which++;
        if (which == PARAMETERS)
            return live_reader_wrong_at(r, node, "there is no element <%s> in a <kind>",
                                        (const char *)node->name);
        if (value[which])
            return live_reader_wrong_at(r, node, "a second <%s>", parameters[which].name);
        if (!read_parameter(r, node, (enum parameter)which, &value[which]))
            return false;
        value[which] += parameters[which].words != NULL;
    }
    for (int which = MAX_COUNT; !wrong && which <= ACCESS_CONTROL; which++)
        if (!value[which])
            return live_reader_wrong_at(r, kind, "<kind> lacks its <%s>", parameters[which].name);
    return !wrong;
}

/* The place of the element's start tag among all, from 0. */
static guint ordinal_of(const xmlNode *wanted)
{
    const xmlNode *node = xmlDocGetRootElement(wanted->doc);
    guint ordinal = 0;
    while (node != wanted) {
        ordinal += node->type == XML_ELEMENT_NODE;
        if (node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            continue;
        }
        while (!node->next)
            node = node->parent;
        node = node->next;
    }
    return ordinal;
}

static bool add_kind(struct live_reader *r, const xmlNode *node, const xmlNode *block, uint32_t id,
                     const gint64 value[PARAMETERS])
{
    struct relo_config alone = r->document->config;
    struct relo_kind *old = known(r, id), kind = {.id = id, .find_allowed = true};
    if (is_second(r, id))
        return live_reader_wrong_at(r, node, "a second <kind> of the same Kind-ID");
    kind.model = (enum relo_data_model)(value[DATA_MODEL] - 1);
    kind.access = (enum relo_access_control)(value[ACCESS_CONTROL] - 1);
    if (old && is_registered(id)) /* the registry's word counts, not the document's */
        kind = *old;
    kind.max_count = (uint32_t)value[MAX_COUNT];
    kind.max_size = (uint32_t)value[MAX_SIZE];
    if (value[MAX_NODE_MULTIPLE])
        kind.max_node_multiple = (uint8_t)value[MAX_NODE_MULTIPLE];
    if (!block->ns->prefix) /* in a ConfigUpdate its default namespace is config-base (6.5.4.1) */
        kind.block =
            live_document_bytes(r->document->text, strlen(r->document->text), ordinal_of(block));
    alone.kinds = &kind;
    alone.kind_count = 1;
    const char *wrong = relo_config_check(&alone);
    if (wrong)
        return live_reader_wrong_at(r, node, "%s", wrong);
    g_array_append_val(r->required, id);
    if (old)
        *old = kind;
    else
        g_array_append_val(r->document->kinds, kind);
    return true;
}

/* A <kind> and its <kind-signature>, in any order. */
static bool read_block(struct live_reader *r, const xmlNode *block)
{
    const xmlNode *kind = NULL, *signature = NULL;
    gint64 value[PARAMETERS] = {0};
    uint32_t id = 0;
    bool wrong = false;
    for (const xmlNode *node = live_reader_element(r, block->children, &wrong); node;
         node = live_reader_element(r, node->next, &wrong)) {
        const xmlNode **place = live_reader_is(node, false, "kind")             ? &kind
                                : live_reader_is(node, false, "kind-signature") ? &signature
                                                                                : NULL;
        if (!place || *place)
            return live_reader_wrong_at(r, node,
                                        "<%s> in <kind-block>, which is for one <kind> and one "
                                        "<kind-signature>",
                                        (const char *)node->name);
        *place = node;
    }
    if (wrong)
        return false;
    if (!kind || !signature)
        return live_reader_wrong_at(r, block, "<kind-block> lacks its <%s>",
                                    kind ? "kind-signature" : "kind");
    g_autofree char *text = live_reader_text(r, signature);
    if (!text)
        return false;
    if (!live_reader_is_base64(text))
        return live_reader_wrong_at(r, signature, "<kind-signature> is not base64 (RFC 4648)");
    live_reader_unused(r, "kind-signature");
    return read_kind_id(r, kind, &id) && read_parameters(r, kind, value) &&
           add_kind(r, kind, block, id, value);
}

bool live_document_kinds(struct live_reader *r, const xmlNode *required)
{
    bool wrong = false;
    for (const xmlNode *node = live_reader_element(r, required->children, &wrong); node;
         node = live_reader_element(r, node->next, &wrong)) {
        if (!live_reader_is(node, false, "kind-block"))
            return live_reader_wrong_at(r, node,
                                        "<%s> in <required-kinds>, which is for <kind-block>",
                                        (const char *)node->name);
        if (!read_block(r, node))
            return false;
    }
    return !wrong;
}
