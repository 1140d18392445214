/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration documents: the example of RFC 6940 section 11.1, and what is refused. */
#include "live/document.h"

#include <string.h>

#define NOW 1790000000 /* in 2026 */

static struct live_document *read_good(const char *text, const char *overlay)
{
    char *error;
    struct live_document *d =
        live_document_parse("o.xml", text, strlen(text), overlay, NOW, &error);
    if (!d)
        g_error("%s\n%s", error, text);
    return d;
}

/* Refused, and said like this: "o.xml:LINE: ... words ...". */
static void refused(const char *text, gsize n, const char *overlay, int line, const char *words)
{
    char *error;
    struct live_document *d = live_document_parse("o.xml", text, n, overlay, NOW, &error);
    g_autofree char *where = g_strdup_printf("o.xml:%d: ", line);
    g_autofree char *said = error;
    if (d)
        g_error("taken, where \"%s\" was expected:\n%s", words, text);
    if (!g_str_has_prefix(said, where) || !strstr(said, words))
        g_error("said: %s\nexpected: %s ... %s", said, where, words);
}

/* A document of one overlay; what is in it stands in line 3. */
static char *document_of(const char *inside)
{
    return g_strdup_printf("<overlay xmlns=\"urn:ietf:params:xml:ns:p2p:config-base\" "
                           "xmlns:chord=\"urn:ietf:params:xml:ns:p2p:config-chord\">\n"
                           "<configuration instance-name=\"o.example\">\n%s\n</configuration>\n"
                           "</overlay>\n",
                           inside);
}

static char *example(void)
{
    char *text;
    g_autofree char *path = g_build_filename(SOURCE_DIR, "tests/live/rfc6940-11.1.xml", NULL);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* In place; the text must be there. */
static void replace(char **text, const char *old, const char *new)
{
    g_autofree char *before = *text;
    g_auto(GStrv) parts = g_strsplit(before, old, -1);
    g_assert_cmpuint(g_strv_length(parts), >, 1);
    *text = g_strjoinv(new, parts);
}

/* The example has expired, wants an extension, and its Node-IDs have half their digits. */
static char *mended_example(void)
{
    char *text = example();
    replace(&text, "2002-10-10", "2099-10-10");
    replace(&text, "47112162e84c69ba", "47112162e84c69ba0000000000000000");
    replace(&text, "6eba45d31a900c06", "6eba45d31a900c060000000000000000");
    replace(&text, "6ebc45d31a900c06", "6EBC45D31A900C060000000000000001");
    replace(&text, "6ebc45d31a900ca6", "6ebc45d31a900ca60000000000000002");
    replace(&text, "<mandatory-extension>", "<!-- ");
    replace(&text, "</mandatory-extension>", "-->");
    return text;
}

static void the_example_of_the_rfc_is_read(void)
{
    g_autofree char *text = mended_example();
    struct live_document *d = read_good(text, "overlay.example.org");
    const struct relo_config *c = &d->config;
    g_assert_cmpstr(c->instance_name, ==, "overlay.example.org");
    struct relo_config named;
    relo_config_init(&named, "overlay.example.org");
    g_assert_cmphex(c->overlay, ==, named.overlay);
    g_assert_cmpuint(c->sequence, ==, 22);
    g_assert_cmpuint(c->node_id_length, ==, 16);
    g_assert_cmpuint(c->turn_density, ==, 20);
    g_assert_false(c->clients_permitted);
    g_assert_false(c->no_ice);
    g_assert_cmpint(c->chord_update_interval, ==, 400 * RELO_S);
    g_assert_cmpint(c->chord_ping_interval, ==, 30 * RELO_S);
    g_assert_true(c->chord_reactive);
    g_assert_cmpuint(c->max_message_size, ==, 4000);
    g_assert_cmpuint(c->initial_ttl, ==, 30);
    g_assert_cmpint(c->overlay_reliability_timer, ==, 3000 * RELO_MS);
    g_assert_null(relo_config_check(c));

    g_assert_cmpuint(d->bootstrap->len, ==, 3);
    const struct relo_addr *node = (const struct relo_addr *)(void *)d->bootstrap->data;
    struct relo_addr second = relo_addr_v4(0xc0000202, 6084);
    struct relo_addr third = {.family = 6, .port = 6084, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
    g_assert_true(relo_addr_equal(&node[1], &second));
    g_assert_true(relo_addr_equal(&node[2], &third));

    g_assert_cmpuint(c->bad_node_count, ==, 2);
    struct relo_id bad = {0x6ebc45d31a900c06, 1};
    g_assert_true(relo_config_bad_node(c, bad));
    bad.lo = 2;
    g_assert_false(relo_config_bad_node(c, bad));

    g_assert_cmpuint(c->kind_count, ==, named.kind_count + 1);
    const struct relo_kind *own = relo_config_kind(c, 2000);
    g_assert_nonnull(own);
    g_assert_cmpint(own->model, ==, RELO_MODEL_ARRAY);
    g_assert_cmpint(own->access, ==, RELO_ACCESS_NODE_MULTIPLE);
    g_assert_cmpuint(own->max_node_multiple, ==, 3);
    g_assert_cmpuint(own->max_count, ==, 22);
    g_assert_cmpuint(own->max_size, ==, 4);
    g_assert_cmpstr(d->unused, ==,
                    "signature, root-cert, enrollment-server, self-signed-permitted, "
                    "shared-secret, configuration-signer, kind-signer, kind-signature");
    live_document_free(d);
}

/* 6940-11.1-6 6940-11.1-20:
   as it stands, the example is of no overlay that relo could be in */
static void what_the_example_asks_in_vain_is_said(void)
{
    g_autofree char *text = example();
    refused(text, strlen(text), NULL, 4, "say which with --overlay");
    refused(text, strlen(text), "overlay.example.com", 4,
            "no configuration of overlay.example.com");
    refused(text, strlen(text), "overlay.example.org", 6, "it expired at 2002-10-10T07:00:00Z");
    replace(&text, "2002-10-10", "2099-10-10");
    refused(text, strlen(text), "overlay.example.org", 48, "has 32 hexadecimal digits");
    g_free(text);
    text = mended_example();
    replace(&text, "<!-- ", "<mandatory-extension>");
    replace(&text, "-->", "</mandatory-extension>");
    refused(text, strlen(text), "overlay.example.org", 56,
            "urn:ietf:params:xml:ns:p2p:config-ext1, which relo does not know");
}

/* 6940-11.1-29:
   SIP-REGISTRATION is a dictionary in the registry (RFC 7904), and not what the example says */
static void registered_kinds_are_what_the_registry_says(void)
{
    g_autofree char *text = mended_example();
    struct live_document *d = read_good(text, "overlay.example.org");
    const struct relo_kind *sip = relo_config_kind(&d->config, RELO_KIND_SIP_REGISTRATION);
    g_assert_cmpint(sip->model, ==, RELO_MODEL_DICTIONARY);
    g_assert_cmpint(sip->access, ==, RELO_ACCESS_USER_NODE_MATCH);
    g_assert_cmpuint(sip->max_count, ==, 1);
    g_assert_cmpuint(sip->max_size, ==, 100);
    live_document_free(d);
}

/* 6940-11.1-34 */
static void what_is_signed_is_kept_byte_by_byte(void)
{
    g_autofree char *text = mended_example();
    replace(&text, "<required-kinds>", "<required-kinds><!-- <kind-block> --><?x <kind-block> ?>");
    replace(&text, "instance-name=\"overlay", "xmlns:e='<' e:a='/>' instance-name=\"overlay");
    replace(&text, "xmlns:e='<' e:a='/>'", "ext:a='/>'");
    struct live_document *d = read_good(text, "overlay.example.org");
    struct relo_view block = relo_config_kind(&d->config, 2000)->block;
    g_autofree char *whole = g_strndup((const char *)block.p, block.n);
    g_assert_true(g_str_has_prefix(whole, "<kind-block>\n"));
    g_assert_true(g_str_has_suffix(whole, "</kind-block>"));
    g_assert_nonnull(strstr(whole, "<kind id=\"2000\">"));
    g_assert_true(g_utf8_validate(whole, -1, NULL));
    g_assert_null(strstr(whole, "SIP-REGISTRATION"));
    g_assert_nonnull(strstr(text, whole));
    g_assert_cmpuint(d->config.document.n, ==, 0); /* there is another overlay in it */
    live_document_free(d);

    g_autofree char *one = document_of("  <no-ice>1</no-ice><!-- as it is -->");
    d = read_good(one, NULL);
    g_assert_cmpuint(d->config.document.n, ==, strlen(one));
    g_assert_true(memcmp(d->config.document.p, one, strlen(one)) == 0);
    live_document_free(d);
}

/* 6940-6.5.4.1-1:
   who gets a kind-block takes its elements for config-base's; with a prefix it would mislead */
static void a_kind_block_of_another_default_namespace_is_kept_back(void)
{
    g_autofree char *text = g_strdup(
        "<p:overlay xmlns:p='urn:ietf:params:xml:ns:p2p:config-base'><p:configuration "
        "instance-name='o.example'><p:required-kinds><p:kind-block><p:kind id='77'>"
        "<p:max-count>1</p:max-count><p:max-size>9</p:max-size><p:data-model>SINGLE</p:data-model>"
        "<p:access-control>USER-MATCH</p:access-control></p:kind><p:kind-signature>AAAA"
        "</p:kind-signature></p:kind-block></p:required-kinds></p:configuration></p:overlay>");
    struct live_document *d = read_good(text, NULL);
    g_assert_cmpuint(relo_config_kind(&d->config, 77)->max_size, ==, 9);
    g_assert_cmpuint(relo_config_kind(&d->config, 77)->block.n, ==, 0);
    live_document_free(d);
}

/* 6940-11.1-14 6940-11.1-16 */
static void what_is_absent_has_the_rfcs_default(void)
{
    g_autofree char *text = document_of("");
    struct live_document *d = read_good(text, NULL);
    const struct relo_config *c = &d->config;
    struct relo_config named;
    relo_config_init(&named, "o.example");
    g_assert_false(c->no_ice); /* here relo's own default differs */
    g_assert_cmpuint(c->sequence, ==, named.sequence);
    g_assert_cmpuint(c->node_id_length, ==, named.node_id_length);
    g_assert_cmpuint(c->initial_ttl, ==, named.initial_ttl);
    g_assert_cmpuint(c->max_message_size, ==, named.max_message_size);
    g_assert_cmpint(c->overlay_reliability_timer, ==, named.overlay_reliability_timer);
    g_assert_cmpint(c->chord_update_interval, ==, named.chord_update_interval);
    g_assert_cmpint(c->chord_ping_interval, ==, named.chord_ping_interval);
    g_assert_cmpint(c->chord_reactive, ==, named.chord_reactive);
    g_assert_cmpuint(c->turn_density, ==, named.turn_density);
    g_assert_cmpuint(c->kind_count, ==, named.kind_count);
    g_assert_cmpuint(c->bad_node_count, ==, 0);
    g_assert_true(d->config.clients_permitted);
    g_assert_cmpuint(d->bootstrap->len, ==, 0);
    g_assert_cmpstr(d->unused, ==, "");
    live_document_free(d);
}

/* 6940-11.1-14 6940-11.1-15 6940-11.1-16:
   xsd:boolean has four words, and there may be space around */
static void truths_have_two_words_each(void)
{
    static const struct {
        const char *word;
        bool truth;
    } words[] = {{"true", true}, {" 1\n", true}, {"false", false}, {"\t0 ", false}};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *inside =
            g_strdup_printf("<no-ice>%s</no-ice><clients-permitted>%s</clients-permitted>"
                            "<chord:chord-reactive>%s</chord:chord-reactive>",
                            words[i].word, words[i].word, words[i].word);
        g_autofree char *text = document_of(inside);
        struct live_document *d = read_good(text, NULL);
        g_assert_cmpint(d->config.no_ice, ==, words[i].truth);
        g_assert_cmpint(d->config.clients_permitted, ==, words[i].truth);
        g_assert_cmpint(d->config.chord_reactive, ==, words[i].truth);
        live_document_free(d);
    }
}

static void extensions_are_left_alone(void)
{
    g_autofree char *text = document_of(
        "<e:any xmlns:e='urn:x' a='b'><e:deep>x<no-ice>maybe</no-ice></e:deep></e:any>");
    struct live_document *d = read_good(text, NULL);
    g_assert_false(d->config.no_ice);
    live_document_free(d);
}

#define KIND(inside) "<required-kinds><kind-block>" inside "</kind-block></required-kinds>"
#define SIGNED "<kind-signature>AAAA</kind-signature>"
#define PARTS(count, size, model, access)                                                          \
    "<max-count>" count "</max-count><max-size>" size "</max-size><data-model>" model              \
    "</data-model><access-control>" access "</access-control>"

/* 6940-11.1-8 6940-11.1-23 6940-11.1-24 6940-11.1-28 6940-11.1-31 */
static void wrong_elements_get_a_sentence(void)
{
    static const char *const wrong[][2] = {
        {"<topology-plugin>KADEMLIA</topology-plugin>", "knows CHORD-RELOAD only"},
        {"<node-id-length>20</node-id-length>", "node-id-length must be 16"},
        {"<node-id-length>21</node-id-length>", "from 16 to 20"},
        {"<initial-ttl>0</initial-ttl>", "\"0\": it takes a whole number from 1 to 255"},
        {"<initial-ttl>256</initial-ttl>", "from 1 to 255"},
        {"<initial-ttl>3 0</initial-ttl>", "from 1 to 255"},
        {"<initial-ttl>99999999999999999999</initial-ttl>", "from 1 to 255"},
        {"<initial-ttl></initial-ttl>", "from 1 to 255"},
        {"<initial-ttl>1<no-ice>1</no-ice></initial-ttl>", "is for text alone"},
        {"<initial-ttl unit='hops'>1</initial-ttl>", "has no attribute unit"},
        {"<max-message-size>999</max-message-size>", "from 1000 to"},
        {"<overlay-reliability-timer>199</overlay-reliability-timer>", "from 200 to"},
        {"<chord:chord-update-interval>0</chord:chord-update-interval>", "from 1 to"},
        {"<chord-update-interval>5</chord-update-interval>", "no element <chord-update-interval>"},
        {"<chord:no-ice>1</chord:no-ice>", "no element <no-ice>"},
        {"<no-ice xmlns=''>1</no-ice>", "without a namespace"},
        {"<no-ice>yes</no-ice>", "it takes true or false"},
        {"<no-ice>a\tb\302\2332J</no-ice>", "<no-ice> is \"a b 2J\": it"}, /* C1's CSI */
        {"<no-ice>1</no-ice><no-ice>1</no-ice>", "a second <no-ice>"},
        {"<no-icee>1</no-icee>", "no element <no-icee>"},
        {"<turn-density>256</turn-density>", "from 0 to 255"},
        {"<root-cert>MIID*</root-cert>", "not base64"},
        {"<root-cert>MII</root-cert>", "not base64"},
        {"<root-cert>M===</root-cert>", "not base64"},
        {"<enrollment-server>http://a.example</enrollment-server>", "begins with https://"},
        {"<enrollment-server>https://</enrollment-server>", "begins with https://"},
        {"<self-signed-permitted>true</self-signed-permitted>", "missing: it takes sha1 or sha256"},
        {"<self-signed-permitted digest='md5'>true</self-signed-permitted>", "sha1 or sha256"},
        {"<bootstrap-node/>", "lacks its address"},
        {"<bootstrap-node address='a.example'/>", "takes an IPv4 or IPv6 address"},
        {"<bootstrap-node address='192.0.2.1' port='0'/>", "from 1 to 65535"},
        {"<bootstrap-node address='192.0.2.1'>x</bootstrap-node>", "and no text"},
        {"<overlay-link-protocol>SCTP</overlay-link-protocol>", "knows TLS only"},
        {"<bad-node>6ebc45d31a900c06</bad-node>", "32 hexadecimal digits"},
        {"<kind-signer>6ebc45d31a900c066ebc45d31a900c0g</kind-signer>", "32 hexadecimal digits"},
        {"<mandatory-extension>urn:x</mandatory-extension>", "urn:x, which relo does not know"},
        {"<required-kinds><kind/></required-kinds>", "which is for <kind-block>"},
        {KIND(SIGNED), "lacks its <kind>"},
        {KIND("<kind id='4026531841'>" PARTS("1", "9", "SINGLE", "USER-MATCH") "</kind>"),
         "lacks its <kind-signature>"},
        {KIND("<kind>" PARTS("1", "9", "SINGLE", "USER-MATCH") "</kind>" SIGNED),
         "a name or an id"},
        {KIND("<kind id='7' name='x'>" PARTS("1", "9", "SINGLE", "USER-MATCH") "</kind>" SIGNED),
         "a name or an id"},
        {KIND("<kind id='0'>" PARTS("1", "9", "SINGLE", "USER-MATCH") "</kind>" SIGNED),
         "from 1 to 4294967294"},
        {KIND("<kind name='NEVER-HEARD'>" PARTS("1", "9", "SINGLE", "USER-MATCH") "</kind>" SIGNED),
         "does not know the kind NEVER-HEARD"},
        {KIND("<kind id='77'><max-size>9</max-size></kind>" SIGNED), "lacks its <max-count>"},
        {KIND("<kind id='77'><max-count>1</max-count></kind>" SIGNED), "lacks its <max-size>"},
        {KIND("<kind id='77'>" PARTS("0", "9", "SINGLE", "USER-MATCH") "</kind>" SIGNED),
         "from 1 to"},
        {KIND("<kind id='77'>" PARTS("1", "9", "TREE", "USER-MATCH") "</kind>" SIGNED),
         "one of SINGLE, ARRAY, DICTIONARY"},
        {KIND("<kind id='77'>" PARTS("1", "9", "SINGLE", "ANYBODY") "</kind>" SIGNED),
         "one of USER-MATCH"},
        {KIND("<kind id='77'>" PARTS("2", "9", "SINGLE", "USER-MATCH") "</kind>" SIGNED),
         "1 for a SINGLE value"},
        {KIND("<kind id='77'>" PARTS("2", "9", "ARRAY", "NODE-MULTIPLE") "</kind>" SIGNED),
         "max-node-multiple"},
        {KIND("<kind id='77'>" PARTS("1", "9", "SINGLE",
                                     "USER-MATCH") "</kind>"
                                                   "<kind-signature>!</kind-signature>"),
         "<kind-signature> is not base64"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text = document_of(wrong[i][0]);
        refused(text, strlen(text), NULL, 3, wrong[i][1]);
    }
}

static void text_between_elements_is_quoted(void)
{
    g_autofree char *text = document_of("\n <no-ice>1</no-ice>\n true\n");
    refused(text, strlen(text), NULL, 2, "is for elements: true");
}

static void of_several_link_protocols_one_must_be_known(void)
{
    g_autofree char *text = document_of("<overlay-link-protocol>SCTP</overlay-link-protocol>"
                                        "<overlay-link-protocol> TLS </overlay-link-protocol>");
    live_document_free(read_good(text, NULL));
}

/* 6940-11.1-6 */
static void wrong_attributes_get_a_sentence(void)
{
    static const char *const wrong[][2] = {
        {"", "lacks its instance-name"},
        {"instance-name='a b'", "must be a DNS name"},
        {"instance-name=' a.example'", "must be a DNS name"},
        {"instance-name='a' sequence='65535'", "from 0 to 65534"},
        {"instance-name='a' sequence='-1'", "from 0 to 65534"},
        {"instance-name='a' expiration='tomorrow'", "takes a time in UTC"},
        {"instance-name='a' expiration='2099-10-10T07:00:00+01:00'", "takes a time in UTC"},
        {"instance-name='a' expiration='2099-10-10'", "takes a time in UTC"},
        {"instance-name='a' expiration='2099-13-10T07:00:00Z'", "takes a time in UTC"},
        {"instance-name='a' seqence='1'", "has no attribute seqence"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text =
            g_strdup_printf("<overlay xmlns='urn:ietf:params:xml:ns:p2p:config-base'>\n"
                            "<configuration %s/></overlay>",
                            wrong[i][0]);
        refused(text, strlen(text), NULL, 2, wrong[i][1]);
    }
}

/* 6940-11.1-1 6940-11.1-2 */
static void what_is_no_document_gets_a_sentence(void)
{
    static const struct {
        const char *text;
        int line;
        const char *words;
    } wrong[] = {
        {"", 1, "not well-formed XML"},
        {"hello", 1, "not well-formed XML"},
        {"<overlay>\n<configuration>\n</overlay>", 3, "not well-formed XML"},
        {"<overlay xmlns='urn:ietf:params:xml:ns:p2p:config-base'>\n<x:y/></overlay>", 2,
         "not well-formed XML"}, /* a prefix of no namespace */
        {"\n<html/>", 2, "the document is <html>, not <overlay"},
        {"<overlay/>", 1, "not <overlay xmlns=\"urn:ietf"},
        {"<overlay xmlns='urn:ietf:params:xml:ns:p2p:config-base'/>", 1, "it has no configuration"},
        {"<overlay xmlns='urn:ietf:params:xml:ns:p2p:config-base'>\n<signature/></overlay>", 2,
         "<signature> in <overlay>"},
        {"<overlay xmlns='urn:ietf:params:xml:ns:p2p:config-base'>\n<configuration "
         "instance-name='a'/>\n<signature>?</signature></overlay>",
         3, "<signature> is not base64"},
        {"<overlay xmlns='urn:ietf:params:xml:ns:p2p:config-base'>\n<configuration "
         "instance-name='a'/>\n<more/></overlay>",
         3, "<more> in <overlay>"},
        {"<overlay xmlns='urn:ietf:params:xml:ns:p2p:config-base'>\n\n&x;</overlay>", 3,
         "not well-formed XML"},
        {"<overlay>\n\303\050</overlay>", 2, "this is not UTF-8"},
        {"<?xml version='1.0' encoding='ISO-8859-1'?>\n<overlay/>", 1, "has to be UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        refused(wrong[i].text, strlen(wrong[i].text), NULL, wrong[i].line, wrong[i].words);
    /* UTF-16, and a file that is too long */
    refused("\377\376<\0o\0/\0>\0", 10, NULL, 1, "this is not UTF-8");
    g_autofree char *long_one = g_strnfill(LIVE_DOCUMENT_MAX + 1, ' ');
    refused(long_one, LIVE_DOCUMENT_MAX + 1, NULL, 1, "more than 1048576 bytes");
}

/* Entities that grow, or are files of this host, are never looked at. */
static void a_doctype_is_refused(void)
{
    static const char *const wrong[] = {
        "<?xml version='1.0'?>\n<!DOCTYPE overlay [<!ENTITY a 'aaaaaaaaaa'>"
        "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>\n<overlay>&b;</overlay>",
        "<?xml version='1.0'?>\n<!DOCTYPE overlay [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>\n"
        "<overlay>&a;</overlay>",
        "<?xml version='1.0'?>\n<!DOCTYPE overlay SYSTEM 'http://192.0.2.1/a.dtd'>\n<overlay/>",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        refused(wrong[i], strlen(wrong[i]), NULL, 2, "has no DOCTYPE");
}

static void a_file_that_is_not_there_gets_a_sentence(void)
{
    char *error;
    g_assert_null(live_document_read("/nonexistent/o.xml", NULL, NOW, &error));
    g_assert_true(g_str_has_prefix(error, "/nonexistent/o.xml: "));
    g_free(error);
    g_assert_null(live_document_read("/", NULL, NOW, &error));
    g_assert_true(g_str_has_prefix(error, "/: "));
    g_free(error);
}

/* Whatever is cut off or changed: a document or a sentence, and nothing lost. */
static void any_damage_ends_in_a_sentence(void)
{
    g_autofree char *text = mended_example();
    gsize n = strlen(text);
    for (gsize i = 0; i < n; i += 7) {
        char *error = NULL;
        g_autofree char *copy = g_strdup(text);
        live_document_free(
            live_document_parse("o.xml", text, i, "overlay.example.org", NOW, &error));
        g_assert_nonnull(error);
        g_free(error);
        copy[i] = "<>&\"'/ x"[i % 8];
        struct live_document *d =
            live_document_parse("o.xml", copy, n, "overlay.example.org", NOW, &error);
        g_assert_true(!d == !!error);
        live_document_free(d);
        g_free(error);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/document/the_example_of_the_rfc_is_read", the_example_of_the_rfc_is_read);
    g_test_add_func("/document/what_the_example_asks_in_vain_is_said",
                    what_the_example_asks_in_vain_is_said);
    g_test_add_func("/document/registered_kinds_are_what_the_registry_says",
                    registered_kinds_are_what_the_registry_says);
    g_test_add_func("/document/what_is_signed_is_kept_byte_by_byte",
                    what_is_signed_is_kept_byte_by_byte);
    g_test_add_func("/document/a_kind_block_of_another_default_namespace_is_kept_back",
                    a_kind_block_of_another_default_namespace_is_kept_back);
    g_test_add_func("/document/what_is_absent_has_the_rfcs_default",
                    what_is_absent_has_the_rfcs_default);
    g_test_add_func("/document/truths_have_two_words_each", truths_have_two_words_each);
    g_test_add_func("/document/extensions_are_left_alone", extensions_are_left_alone);
    g_test_add_func("/document/wrong_elements_get_a_sentence", wrong_elements_get_a_sentence);
    g_test_add_func("/document/text_between_elements_is_quoted", text_between_elements_is_quoted);
    g_test_add_func("/document/of_several_link_protocols_one_must_be_known",
                    of_several_link_protocols_one_must_be_known);
    g_test_add_func("/document/wrong_attributes_get_a_sentence", wrong_attributes_get_a_sentence);
    g_test_add_func("/document/what_is_no_document_gets_a_sentence",
                    what_is_no_document_gets_a_sentence);
    g_test_add_func("/document/a_doctype_is_refused", a_doctype_is_refused);
    g_test_add_func("/document/a_file_that_is_not_there_gets_a_sentence",
                    a_file_that_is_not_there_gets_a_sentence);
    g_test_add_func("/document/any_damage_ends_in_a_sentence", any_damage_ends_in_a_sentence);
    return g_test_run();
}
