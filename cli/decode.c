/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo decode`: RELOAD messages from hexadecimal lines or a capture, as text, JSON or hex. */
#include "cli/decode.h"

#include "cli/decode_out.h"
#include "cli/decode_pcap.h"
#include "cli/decode_text.h"
#include "core/wire/frame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INITIAL_TTL 100 /* the default of 6.3.2, as long as no configuration says otherwise */

struct request {
    bool hex, pcap, json, reencode;
    uint64_t node_id_bytes;
};

static const struct cli_option options[] = {
    {0, "hex", CLI_FLAG, offsetof(struct request, hex), NULL,
     "the file has lines of hexadecimal, `name hex` or bare", 0},
    {0, "pcap", CLI_FLAG, offsetof(struct request, pcap), NULL,
     "the file is a capture; without either it is found out", 0},
    {0, "json", CLI_FLAG, offsetof(struct request, json), NULL, "one JSON object per message", 0},
    {0, "reencode", CLI_FLAG, offsetof(struct request, reencode), NULL,
     "decode, encode again, and print `name hex`", 0},
    {0, "node-id-length", CLI_NUMBER, offsetof(struct request, node_id_bytes), "BYTES",
     "length of a Node-ID in this overlay, 16 to 20 (default 16)", 20},
};

const struct cli_command cli_decode_command = {
    .name = "decode",
    .usage = "[--hex|--pcap] [--json|--reencode] FILE",
    .summary = "RELOAD bytes as text or JSON",
    .text = "FILE holds a message per line in hexadecimal, `name hex` or bare (then it is called\n"
            "line1, line2, ...), or is a capture with RELOAD frames on UDP port 6084; - reads\n"
            "standard input. Whatever a node would not accept prints `name REFUSED reason`, and\n"
            "the exit status is 1.",
    .options = options,
    .n_options = G_N_ELEMENTS(options),
    .run = cli_decode,
};

struct decoding {
    const struct request *request;
    struct relo_config config; /* for the data models of kinds */
    bool refused;
};

static void refuse(struct decoding *d, const char *name, const char *reason)
{
    d->refused = true;
    if (!d->request->json) {
        printf("%s REFUSED %s\n", name, reason);
        return;
    }
    struct decode_out out;
    decode_out_init(&out, true);
    decode_out_begin(&out, name);
    decode_out_string(&out, "name", name);
    decode_out_string(&out, "refused", reason);
    decode_out_end(&out);
    puts(out.text->str);
    decode_out_fini(&out);
}

/* NULL where a node would accept the message; otherwise why not, owned. */
static char *judge(const struct decoding *d, struct relo_view bytes, struct relo_message *m)
{
    enum relo_header_verdict header;
    enum relo_message_verdict verdict = relo_message_read(
        bytes, (uint8_t)d->request->node_id_bytes, &d->config, m, &header);
    if (verdict == RELO_MESSAGE_BAD_HEADER)
        return g_strdup(relo_header_verdict_text(header));
    /* Before the rest: another version may well have another message format. */
    if (m->header.version != RELO_PROTOCOL_VERSION)
        return g_strdup_printf("version is %u.%u (0x%02x), not 1.0 (0x0a)",
                               m->header.version / 10u, m->header.version % 10u,
                               m->header.version);
    if (verdict == RELO_MESSAGE_BAD_BODY)
        return g_strdup_printf("malformed message body of %s", decode_text_title(m));
    if (verdict != RELO_MESSAGE_OK)
        return g_strdup(relo_message_verdict_text(verdict));
    if (m->header.ttl > INITIAL_TTL)
        return g_strdup_printf("ttl is %u, greater than %d", m->header.ttl, INITIAL_TTL);
    return NULL;
}

static void print_reencoded(const struct decoding *d, const char *name, struct relo_view bytes,
                            const struct relo_message *m)
{
    uint8_t *buffer = g_malloc0(bytes.n + 1);
    struct relo_wr w = relo_wr_init(buffer, bytes.n, m->node_id_bytes);
    relo_message_write(&w, &d->config, m);
    printf("%s ", name);
    for (size_t i = 0; i < relo_wr_size(&w); i++)
        printf("%02x", buffer[i]);
    putchar('\n');
    g_free(buffer);
}

/* The object or heading of a record, with where it was captured. */
static void begin_record(struct decode_out *out, const char *name, const char *title,
                         const struct decode_packet *packet)
{
    char *heading = g_strdup_printf("%s: %s", name, title);
    decode_out_begin(out, heading);
    if (out->json)
        decode_out_string(out, "name", name);
    if (packet) {
        char *time = g_strdup_printf("%" G_GINT64_FORMAT ".%06d", packet->time_us / 1000000,
                                     (int)(packet->time_us % 1000000));
        decode_out_string(out, "time", time);
        decode_out_string(out, "source", packet->source);
        decode_out_string(out, "destination", packet->destination);
        g_free(time);
    }
    g_free(heading);
}

static void end_record(struct decode_out *out)
{
    decode_out_end(out);
    puts(out->text->str);
    decode_out_fini(out);
}

static void decode_message(struct decoding *d, const char *name, struct relo_view bytes,
                           const struct decode_packet *packet, const struct relo_frame *frame)
{
    struct relo_message m;
    struct decode_out out;
    char *reason = judge(d, bytes, &m);
    if (reason) {
        refuse(d, name, reason);
        g_free(reason);
        return;
    }
    if (d->request->reencode) {
        print_reencoded(d, name, bytes, &m);
        return;
    }
    decode_out_init(&out, d->request->json);
    begin_record(&out, name, decode_text_title(&m), packet);
    if (frame)
        decode_out_number(&out, "sequence", frame->sequence);
    decode_text_message(&out, &m, &d->config);
    end_record(&out);
}

static void decode_ack(struct decoding *d, const char *name, const struct decode_packet *packet,
                       const struct relo_frame *frame)
{
    struct decode_out out;
    if (d->request->reencode)
        return; /* nothing but messages can be read back as hexadecimal lines */
    decode_out_init(&out, d->request->json);
    begin_record(&out, name, "ack", packet);
    if (out.json)
        decode_out_string(&out, "frame", "ack");
    decode_out_number(&out, "ack_sequence", frame->sequence);
    decode_out_bits(&out, "received", frame->received, 8);
    end_record(&out);
}

static void decode_packet(void *user, const struct decode_packet *packet)
{
    struct decoding *d = user;
    struct relo_frame frame;
    struct relo_rd r = relo_rd_init(packet->bytes, packet->n, 16);
    char *name = g_strdup_printf("packet%" G_GUINT64_FORMAT, packet->number);
    if (packet->defect)
        refuse(d, name, packet->defect);
    else if (!relo_frame_read(&r, &frame) || relo_rd_left(&r) != 0)
        refuse(d, name, "malformed framing header");
    else if (frame.type == RELO_FRAME_ACK)
        decode_ack(d, name, packet, &frame);
    else
        decode_message(d, name, frame.message, packet, &frame);
    g_free(name);
}

/* NULL where the word is not pairs of hexadecimal digits. */
static uint8_t *unhex(const char *word, uint32_t *n)
{
    size_t digits = strlen(word);
    uint8_t *bytes = g_malloc(digits / 2 + 1);
    for (size_t i = 0; digits % 2 == 0 && i < digits; i += 2) {
        int high = g_ascii_xdigit_value(word[i]), low = g_ascii_xdigit_value(word[i + 1]);
        if (high < 0 || low < 0)
            digits = 1;
        else
            bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    if (digits == 0 || digits % 2 != 0) {
        g_free(bytes);
        return NULL;
    }
    *n = (uint32_t)(digits / 2);
    return bytes;
}

/* One line, `name hex` or bare; blank lines and those that begin with # are skipped. */
static void decode_line(struct decoding *d, char *line, unsigned number)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return;
    char *space = strpbrk(line, " \t");
    char *hex = space ? g_strchug(space + 1) : line;
    char *name = space ? g_strndup(line, (gsize)(space - line)) : g_strdup_printf("line%u", number);
    uint32_t n = 0;
    uint8_t *bytes = unhex(hex, &n);
    if (bytes)
        decode_message(d, name, (struct relo_view){bytes, n}, NULL, NULL);
    else
        refuse(d, name, "not hexadecimal: it takes pairs of the digits 0-9 and a-f");
    g_free(bytes);
    g_free(name);
}

static void decode_hex(struct decoding *d, char *text, gsize n)
{
    char *line = text, *end = text + n;
    for (unsigned number = 1; line < end; number++) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        char *next = newline ? newline + 1 : end;
        for (char *p = line; p < next; p++)
            *p = *p ? *p : '?'; /* a NUL byte must not hide the rest of the line */
        if (newline)
            *newline = '\0';
        decode_line(d, line, number);
        line = next;
    }
}

/* The whole of standard input; NULL where it cannot be read. */
static char *read_stdin(gsize *n)
{
    GString *all = g_string_new(NULL);
    char piece[65536];
    size_t got;
    while ((got = fread(piece, 1, sizeof(piece), stdin)) > 0)
        g_string_append_len(all, piece, (gssize)got);
    *n = all->len;
    return g_string_free(all, ferror(stdin) != 0);
}

static char *read_input(const char *file, gsize *n)
{
    char *text = NULL;
    GError *error = NULL;
    if (strcmp(file, "-") == 0) {
        text = read_stdin(n);
        if (!text)
            cli_complain("decode", "standard input cannot be read: %s", g_strerror(errno));
    } else if (!g_file_get_contents(file, &text, n, &error)) {
        cli_complain("decode", "%s", error->message);
        g_error_free(error);
    }
    return text;
}

static int decode_file(const struct request *request, const char *file)
{
    gsize n = 0;
    struct decoding d = {.request = request};
    char *text = read_input(file, &n), *sentence = NULL;
    if (!text)
        return CLI_WRONG;
    relo_config_init(&d.config, "overlay.example.org");
    if (request->pcap || (!request->hex && decode_pcap_recognise(text, n)))
        decode_pcap_read(text, n, decode_packet, &d, &sentence);
    else if (!request->hex && !g_utf8_validate(text, (gssize)n, NULL))
        sentence = g_strdup("neither a capture file nor lines of hexadecimal digits");
    else
        decode_hex(&d, text, n);
    g_free(text);
    if (sentence) {
        cli_complain("decode", "%s: %s", file, sentence);
        g_free(sentence);
        return CLI_WRONG;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_complain("decode", "standard output cannot be written: %s", g_strerror(errno));
        return CLI_WRONG;
    }
    return d.refused ? CLI_NO : CLI_DONE;
}

int cli_decode(int argc, char **argv)
{
    struct request request = {.node_id_bytes = 16};
    GPtrArray *files = g_ptr_array_new();
    enum cli_parse parse = cli_options_parse(&cli_decode_command, argc, argv, &request, files);
    int status = parse == CLI_PARSE_HELP ? CLI_DONE : CLI_WRONG;
    if (parse == CLI_PARSE_OK) {
        if (files->len != 1)
            cli_complain("decode", "it takes one FILE, or - for standard input, and got %u",
                         files->len);
        else if (request.hex && request.pcap)
            cli_complain("decode", "--hex and --pcap exclude each other");
        else if (request.json && request.reencode)
            cli_complain("decode", "--json and --reencode exclude each other");
        else if (request.node_id_bytes < 16)
            cli_complain("decode", "--node-id-length: RFC 6940 has 16 to 20 bytes");
        else
            status = decode_file(&request, files->pdata[0]);
    }
    cli_options_clear(&cli_decode_command, &request);
    g_ptr_array_free(files, TRUE);
    return status;
}
