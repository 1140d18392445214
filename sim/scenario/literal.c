/* SPDX-License-Identifier: BSD-2-Clause */
/* Values with units, in exact integer arithmetic: "1.5h" is 5400000000000 ns and nothing else. */
#include "sim/scenario/literal.h"

#include "sim/scenario/nearest.h"
#include "sim/scenario/params.h"

#include <glib.h>
#include <string.h>

#define BILLION UINT64_C(1000000000)
#define LATENCY_FILE_BYTES sizeof(((struct sim_params *)NULL)->latency_file)

__extension__ typedef unsigned __int128 wide;

struct unit {
    const char *name;
    uint64_t factor;
};

/* Smallest first; canonical text takes the last that divides exactly. */
static const struct unit times[] = {{"ns", 1},
                                    {"us", 1000},
                                    {"ms", 1000000},
                                    {"s", BILLION},
                                    {"min", 60 * BILLION},
                                    {"h", 3600 * BILLION},
                                    {"d", 86400 * BILLION},
                                    {NULL, 0}};
static const struct unit rates[] = {
    {"bit/s", 1}, {"kbit/s", 1000}, {"Mbit/s", 1000000}, {"Gbit/s", BILLION}, {NULL, 0}};
static const struct unit sizes[] = {{"B", 1},          {"kB", 1000},     {"KiB", 1024},
                                    {"MB", 1000000},   {"MiB", 1048576}, {"GB", BILLION},
                                    {"GiB", 1u << 30}, {NULL, 0}};
static const struct unit shares[] = {{"", BILLION}, {"%", BILLION / 100}, {NULL, 0}};
static const struct unit plain[] = {{"", BILLION}, {NULL, 0}};
static const struct unit counts[] = {{"", 1}, {NULL, 0}};

static const struct unit *units_of(enum sim_key_type type)
{
    switch (type) {
    case SIM_KEY_TIME:
    case SIM_KEY_LATENCY:
        return times;
    case SIM_KEY_BANDWIDTH:
        return rates;
    case SIM_KEY_SIZE:
        return sizes;
    case SIM_KEY_RATIO:
        return shares;
    case SIM_KEY_NUMBER:
        return plain;
    case SIM_KEY_COUNT:
        return counts;
    case SIM_KEY_BOOL:
    case SIM_KEY_CHOICE:
    case SIM_KEY_TEXT:
        break;
    }
    return NULL;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name != NULL; units++) {
        if (strcmp(units->name, name) == 0)
            return units;
    }
    return NULL;
}

enum reading {
    READ_OK,
    READ_NOT_A_NUMBER,
    READ_NEGATIVE,
    READ_NO_UNIT,
    READ_UNKNOWN_UNIT,
    READ_NOT_WHOLE, /* a fraction of the smallest unit */
    READ_TOO_LARGE,
};

/* Reads digits [. digits] [space] unit. */
static enum reading read_quantity(const struct unit *units, const char *text, uint64_t *number)
{
    const char *p = text;
    wide mantissa = 0, scale = 1;
    unsigned digits = 0;
    bool point = false;

    for (; g_ascii_isdigit(*p) || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        if (++digits > 20)
            return READ_TOO_LARGE;
        mantissa = mantissa * 10 + (unsigned)(*p - '0');
        if (point)
            scale *= 10;
    }
    if (digits == 0 && *p == '-' && g_ascii_isdigit(p[1]))
        return READ_NEGATIVE;
    if (digits == 0 || p[-1] == '.')
        return READ_NOT_A_NUMBER;
    while (*p == ' ')
        p++;
    const struct unit *unit = find_unit(units, p);
    if (unit == NULL)
        return *p == '\0' ? READ_NO_UNIT : READ_UNKNOWN_UNIT;
    /* Below 10^20 * 2^47 for the largest factor, a day in ns. */
    wide product = mantissa * unit->factor;
    if (product % scale != 0)
        return READ_NOT_WHOLE;
    if (product / scale > UINT64_MAX)
        return READ_TOO_LARGE;
    *number = (uint64_t)(product / scale);
    return READ_OK;
}

/* What is wrong, then what would be right. */
static char *explain(const struct sim_key *key, const char *text, const char *what)
{
    char *form = sim_keys_form(key);
    char *why = g_strdup_printf("\"%s\" %s; it takes %s", text, what, form);
    g_free(form);
    return why;
}

static bool read_number(const struct sim_key *key, const char *text, uint64_t *number, char **why)
{
    static const char *const problems[] = {
        [READ_NOT_A_NUMBER] = "is not a number",     [READ_NO_UNIT] = "lacks its unit",
        [READ_UNKNOWN_UNIT] = "has an unknown unit", [READ_NOT_WHOLE] = "is finer than can be held",
        [READ_TOO_LARGE] = "is out of range",        [READ_NEGATIVE] = "is negative",
    };
    enum reading reading = read_quantity(units_of(key->type), text, number);

    if (reading == READ_OK && (*number < key->min || *number > key->max))
        reading = READ_TOO_LARGE;
    if (reading == READ_OK)
        return true;
    if (reading == READ_UNKNOWN_UNIT && units_of(key->type) == counts)
        reading = READ_NOT_A_NUMBER;
    *why = explain(key, text, problems[reading]);
    return false;
}

static bool read_choice(const struct sim_key *key, const char *text, uint64_t *number, char **why)
{
    guint n = g_strv_length((char **)key->choices);
    const char *nearest;

    for (guint i = 0; i < n; i++) {
        if (strcmp(key->choices[i], text) == 0) {
            *number = i;
            return true;
        }
    }
    *why = explain(key, text, "is not known");
    nearest = sim_nearest(text, key->choices, n);
    if (nearest != NULL) {
        char *longer = g_strdup_printf("%s; did you mean %s?", *why, nearest);
        g_free(*why);
        *why = longer;
    }
    return false;
}

static bool read_latency(const struct sim_key *key, const char *text, struct sim_literal *value,
                         char **why)
{
    if (g_str_has_prefix(text, "const:")) {
        value->number = 0;
        return read_number(key, text + 6, &value->argument, why);
    }
    if (strcmp(text, "const") == 0) {
        *why = g_strdup("\"const\" lacks its latency; write it as const:50ms");
        return false;
    }
    for (unsigned i = SIM_LATENCY_MATRIX; i <= SIM_LATENCY_OVERSIM_XML; i++) {
        size_t n = strlen(key->choices[i]);
        if (strncmp(text, key->choices[i], n) != 0 ||
            (text[n] != ' ' && text[n] != ':' && text[n] != '\0'))
            continue;
        n += text[n] == ':';
        while (text[n] == ' ')
            n++;
        if (text[n] == '\0' || strlen(text + n) >= LATENCY_FILE_BYTES) {
            *why = g_strdup_printf("\"%s\" lacks its file, or has one with a very long name; write "
                                   "it as %s FILE",
                                   text, key->choices[i]);
            return false;
        }
        value->number = i;
        value->text = g_strdup(text + n);
        return true;
    }
    return read_choice(key, text, &value->number, why);
}

static bool read_text(const struct sim_key *key, const char *text, struct sim_literal *value,
                      char **why)
{
    size_t n = strlen(text);
    if (n < key->min || n > key->max || !g_utf8_validate(text, -1, NULL)) {
        *why = explain(key, text, "does not do");
        return false;
    }
    value->text = g_strdup(text);
    return true;
}

bool sim_literal_read(const struct sim_key *key, const char *text, struct sim_literal *value,
                      char **why)
{
    *value = (struct sim_literal){.given = true};
    if (key->word != NULL && strcmp(text, key->word) == 0) {
        value->is_word = true;
        return true;
    }
    switch (key->type) {
    case SIM_KEY_TIME:
    case SIM_KEY_COUNT:
    case SIM_KEY_BANDWIDTH:
    case SIM_KEY_RATIO:
    case SIM_KEY_NUMBER:
    case SIM_KEY_SIZE:
        return read_number(key, text, &value->number, why);
    case SIM_KEY_BOOL:
        value->number = strcmp(text, "true") == 0;
        if (value->number != 0 || strcmp(text, "false") == 0)
            return true;
        *why = explain(key, text, "is neither");
        return false;
    case SIM_KEY_CHOICE:
        return read_choice(key, text, &value->number, why);
    case SIM_KEY_LATENCY:
        return read_latency(key, text, value, why);
    case SIM_KEY_TEXT:
        break;
    }
    return read_text(key, text, value, why);
}

void sim_literal_fallback(const struct sim_key *key, struct sim_literal *value)
{
    char *why = NULL;
    bool sound = sim_literal_read(key, key->fallback, value, &why);
    if (!sound)
        g_error("%s.%s: %s", key->section, key->name, why);
    value->given = false;
}

struct sim_literal sim_literal_copy(const struct sim_literal *value)
{
    struct sim_literal copy = *value;
    copy.text = g_strdup(value->text);
    return copy;
}

/* number / factor in decimal, without trailing zeros; factor is a power of ten or divides. */
static char *decimal(uint64_t number, uint64_t factor, const char *unit)
{
    uint64_t whole = number / factor, rest = number % factor;
    GString *s = g_string_new(NULL);

    g_string_printf(s, "%" G_GUINT64_FORMAT, whole);
    if (rest != 0)
        g_string_append_c(s, '.');
    while (rest != 0) {
        g_string_append_c(s, (char)('0' + (char)(rest * 10 / factor)));
        rest = rest * 10 % factor;
    }
    g_string_append(s, unit);
    return g_string_free(s, FALSE);
}

static char *quantity_text(const struct unit *units, uint64_t number)
{
    const struct unit *best = units;
    for (const struct unit *u = units; u->name != NULL; u++) {
        if (number != 0 && number % u->factor == 0)
            best = u;
    }
    if (number == 0 && units == times)
        best = &units[3];
    return decimal(number, best->factor, best->name);
}

char *sim_literal_text(const struct sim_key *key, const struct sim_literal *value)
{
    if (value->is_word)
        return g_strdup(key->word);
    switch (key->type) {
    case SIM_KEY_TIME:
    case SIM_KEY_COUNT:
    case SIM_KEY_BANDWIDTH:
    case SIM_KEY_SIZE:
        return quantity_text(units_of(key->type), value->number);
    case SIM_KEY_RATIO:
        return decimal(value->number, BILLION / 100, "%");
    case SIM_KEY_NUMBER:
        return decimal(value->number, BILLION, "");
    case SIM_KEY_BOOL:
        return g_strdup(value->number != 0 ? "true" : "false");
    case SIM_KEY_CHOICE:
        return g_strdup(key->choices[value->number]);
    case SIM_KEY_LATENCY: {
        if (value->text != NULL)
            return g_strconcat(key->choices[value->number], " ", value->text, NULL);
        if (value->number != 0)
            return g_strdup(key->choices[value->number]);
        char *time = quantity_text(times, value->argument);
        char *text = g_strconcat("const:", time, NULL);
        g_free(time);
        return text;
    }
    case SIM_KEY_TEXT:
        break;
    }
    return g_strdup(value->text);
}

bool sim_literal_number(const struct sim_key *key, const struct sim_literal *value, double *number)
{
    *number = 0;
    if (value->is_word && strcmp(key->word, "off") != 0)
        return false;
    switch (key->type) {
    case SIM_KEY_TIME:
    case SIM_KEY_RATIO:
    case SIM_KEY_NUMBER:
        *number = (double)value->number / 1e9;
        return true;
    case SIM_KEY_COUNT:
    case SIM_KEY_BANDWIDTH:
    case SIM_KEY_SIZE:
    case SIM_KEY_BOOL:
        *number = (double)value->number;
        return true;
    case SIM_KEY_LATENCY:
        *number = (double)value->argument / 1e9;
        return value->number == 0;
    case SIM_KEY_CHOICE:
    case SIM_KEY_TEXT:
        break;
    }
    return false;
}

bool sim_literal_equal(const struct sim_literal *a, const struct sim_literal *b)
{
    return a->number == b->number && a->argument == b->argument && a->is_word == b->is_word &&
           g_strcmp0(a->text, b->text) == 0;
}

void sim_literal_clear(struct sim_literal *value)
{
    g_free(value->text);
    value->text = NULL;
}
