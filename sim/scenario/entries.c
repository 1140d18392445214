/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a scenario's lines. GKeyFile's syntax, read by hand: GKeyFile keeps no line numbers, merges
   duplicates without a word and takes a comment behind a value for a part of it. */
#include "sim/scenario/entries.h"

#include "sim/scenario/nearest.h"

#include <string.h>

void sim_entries_init(struct sim_entries *entries)
{
    entries->list = g_array_new(FALSE, FALSE, sizeof(struct sim_entry));
    entries->populations = g_ptr_array_new_with_free_func(g_free);
}

static void free_values(GArray *values)
{
    for (guint i = 0; i < values->len; i++)
        sim_literal_clear(&g_array_index(values, struct sim_literal, i));
    g_array_free(values, TRUE);
}

void sim_entries_fini(struct sim_entries *entries)
{
    for (guint i = 0; i < entries->list->len; i++)
        free_values(g_array_index(entries->list, struct sim_entry, i).values);
    g_array_free(entries->list, TRUE);
    g_ptr_array_free(entries->populations, TRUE);
    entries->list = NULL;
    entries->populations = NULL;
}

const struct sim_entry *sim_entries_find_in(const struct sim_entries *entries, size_t index,
                                            uint32_t population)
{
    for (guint i = 0; i < entries->list->len; i++) {
        const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, i);
        if (entry->index == index && entry->population == population)
            return entry;
    }
    return NULL;
}

const struct sim_entry *sim_entries_find(const struct sim_entries *entries, size_t index)
{
    return sim_entries_find_in(entries, index, 0);
}

/* Whether the text has the word, and not as a part of a longer one. */
static const char *find_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        if ((at == text || at[-1] == ' ') && !g_ascii_isalnum(at[n]) && at[n] != '-')
            return at;
    }
    return NULL;
}

char *sim_entries_place(const struct sim_entries *entries, const char *path, const char *sentence)
{
    const char *first = NULL;
    unsigned line = 0;
    for (guint i = 0; i < entries->list->len; i++) {
        const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, i);
        const struct sim_key *key = &sim_keys[entry->index];
        char *name = g_strconcat(key->section, ".", key->name, NULL);
        const char *at = entry->population == 0 ? find_word(sentence, name) : NULL;
        if (at != NULL && (first == NULL || at < first)) {
            first = at;
            line = entry->line;
        }
        g_free(name);
    }
    return line > 0 ? g_strdup_printf("%s:%u", path, line) : g_strdup(path);
}

/* A section's own keys begin with it; those of [churn.NAME] are the ones of [churn], share and
   peers. */
static size_t find_key(const char *section, uint32_t population, const char *name)
{
    if (population == 0)
        return sim_keys_find(section, name);
    size_t index = sim_keys_find("churn", name);
    return index < sim_keys_n ? index : sim_keys_find("churn.NAME", name);
}

/* The number of [churn.NAME], made where it is new; 0 where the section is no such, or the name
   will not do. */
static uint32_t find_population(struct sim_entries *entries, const char *section)
{
    if (!g_str_has_prefix(section, "churn."))
        return 0;
    const char *name = section + strlen("churn.");
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    if (n == 0 || n > 31 || name[n] != '\0')
        return 0;
    for (guint i = 0; i < entries->populations->len; i++) {
        if (strcmp(g_ptr_array_index(entries->populations, i), name) == 0)
            return i + 1;
    }
    if (entries->populations->len == SIM_POPULATIONS_MAX)
        return 0;
    g_ptr_array_add(entries->populations, g_strdup(name));
    return entries->populations->len;
}

/* "no section [churns]; did you mean [churn]?" */
static char *unknown_section(const char *section)
{
    GPtrArray *names = g_ptr_array_new();
    char *sentence;

    if (g_str_has_prefix(section, "churn."))
        return g_strdup_printf("[%s] is no population: [churn.NAME] takes a name of at most 31 "
                               "small letters, digits and hyphens, and there are at most %d",
                               section, SIM_POPULATIONS_MAX);
    for (size_t i = 0; i < sim_keys_n; i++) {
        if (i == 0 || strcmp(sim_keys[i].section, sim_keys[i - 1].section) != 0)
            g_ptr_array_add(names, (char *)sim_keys[i].section);
    }
    const char *nearest = sim_nearest(section, (const char *const *)names->pdata, names->len);
    g_ptr_array_add(names, NULL);
    if (nearest != NULL) {
        sentence =
            g_strdup_printf("there is no section [%s]; did you mean [%s]?", section, nearest);
    } else {
        char *all = g_strjoinv(", ", (char **)names->pdata);
        sentence = g_strdup_printf("there is no section [%s]; there are %s", section, all);
        g_free(all);
    }
    g_ptr_array_free(names, TRUE);
    return sentence;
}

/* The nearest key, first in the same section, then by its exact name in another one. */
static char *unknown_key(const char *section, const char *name)
{
    GPtrArray *names = g_ptr_array_new();
    char *sentence;

    for (size_t i = 0; i < sim_keys_n; i++) {
        if (strcmp(sim_keys[i].section, section) != 0 && strcmp(sim_keys[i].name, name) == 0) {
            g_ptr_array_free(names, TRUE);
            return g_strdup_printf("there is no key %s in [%s]; it belongs to [%s]", name, section,
                                   sim_keys[i].section);
        }
        if (strcmp(sim_keys[i].section, section) == 0)
            g_ptr_array_add(names, (char *)sim_keys[i].name);
    }
    const char *nearest = sim_nearest(name, (const char *const *)names->pdata, names->len);
    if (nearest != NULL)
        sentence =
            g_strdup_printf("there is no key %s in [%s]; did you mean %s?", name, section, nearest);
    else
        sentence = g_strdup_printf("there is no key %s in [%s]; see relo list keys", name, section);
    g_ptr_array_free(names, TRUE);
    return sentence;
}

/* A ';' after white space begins a comment; but "true ; false" was surely meant as two values. */
static char *cut_comment(const struct sim_key *key, char *value)
{
    for (char *p = value; *p != '\0'; p++) {
        if (*p != ';' || (p != value && !g_ascii_isspace(p[-1])))
            continue;
        *p = '\0';
        g_strchomp(value);
        char *first = g_strndup(p + 1, strcspn(p + 1, ";")), *why = NULL, *sentence = NULL;
        struct sim_literal meant;
        if (key->type != SIM_KEY_TEXT && *value != '\0' &&
            sim_literal_read(key, g_strstrip(first), &meant, &why)) {
            sentence = g_strdup_printf(
                "\" ;\" after white space begins a comment; write %s; %s for several values", value,
                first);
            sim_literal_clear(&meant);
        }
        g_free(why);
        g_free(first);
        return sentence;
    }
    return NULL;
}

static char *add_value(const struct sim_key *key, const char *text, GArray *values)
{
    struct sim_literal value;
    char *why = NULL;

    if (*text == '\0' && key->type != SIM_KEY_TEXT) {
        char *form = sim_keys_form(key);
        why =
            g_strdup_printf("%s.%s has an empty value; it takes %s", key->section, key->name, form);
        g_free(form);
        return why;
    }
    if (!sim_literal_read(key, text, &value, &why)) {
        char *sentence = g_strdup_printf("%s.%s: %s", key->section, key->name, why);
        g_free(why);
        return sentence;
    }
    for (guint i = 0; i < values->len; i++) {
        if (sim_literal_equal(&g_array_index(values, struct sim_literal, i), &value)) {
            sim_literal_clear(&value);
            return g_strdup_printf("%s.%s has the value %s twice", key->section, key->name, text);
        }
    }
    g_array_append_val(values, value);
    return NULL;
}

/* Returns the values, or NULL after reporting. */
static GArray *read_values(const struct sim_key *key, const char *text, const char *where,
                           struct sim_problems *problems)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(struct sim_literal));
    char **parts = key->type == SIM_KEY_TEXT ? g_new0(char *, 2) : g_strsplit(text, ";", -1);
    unsigned before = problems->n;

    if (key->type == SIM_KEY_TEXT)
        parts[0] = g_strdup(text);
    else if (parts[0] == NULL) { /* g_strsplit of the empty string is empty */
        g_strfreev(parts);
        parts = g_new0(char *, 2);
        parts[0] = g_strdup("");
    }
    for (char **part = parts; *part != NULL; part++) {
        char *sentence = add_value(key, g_strstrip(*part), values);
        if (sentence != NULL)
            sim_problems_add(problems, where, sentence);
    }
    g_strfreev(parts);
    if (values->len > 1 && key->single)
        sim_problems_add(
            problems, where,
            g_strdup_printf("%s.%s takes one value and cannot be swept", key->section, key->name));
    if (problems->n > before) {
        free_values(values);
        return NULL;
    }
    return values;
}

static void put(struct sim_entries *entries, size_t index, uint32_t population, unsigned line,
                GArray *values)
{
    struct sim_entry *old = (struct sim_entry *)sim_entries_find_in(entries, index, population);
    struct sim_entry entry = {index, population, line, values};
    if (old == NULL) {
        g_array_append_val(entries->list, entry);
        return;
    }
    free_values(old->values);
    old->values = values;
}

struct reader {
    struct sim_entries *entries;
    struct sim_problems *problems;
    char *section;       /* owned; NULL before the first */
    uint32_t population; /* of a [churn.NAME], else 0 */
    bool skip;           /* inside an unknown section: one message is enough */
    unsigned line;
    /* Line of each key, 0 = not yet; also of keys whose value was refused. */
    unsigned seen[SIM_POPULATIONS_MAX + 1][256];
};

static void read_section(struct reader *r, char *line, const char *where)
{
    char *end = strchr(line, ']');
    g_free(r->section);
    r->section = NULL;
    r->skip = true;
    if (end != NULL) {
        char *rest = g_strstrip(end + 1);
        if (*rest != '\0' && *rest != ';' && *rest != '#')
            end = NULL;
    }
    if (end == NULL) {
        sim_problems_add(r->problems, where,
                         g_strdup_printf("\"%s\" is no section; it takes [name]", line));
        return;
    }
    *end = '\0';
    r->section = g_strdup(line + 1);
    r->population = find_population(r->entries, r->section);
    r->skip = r->population == 0 && !sim_keys_section(r->section);
    if (r->skip)
        sim_problems_add(r->problems, where, unknown_section(r->section));
}

static void read_key(struct reader *r, char *line, const char *where)
{
    char *equals = strchr(line, '=');

    if (equals == NULL || equals == line) {
        sim_problems_add(r->problems, where,
                         g_strdup_printf("\"%s\" is neither [section] nor key = value", line));
        return;
    }
    if (r->section == NULL) {
        sim_problems_add(r->problems, where,
                         g_strdup_printf("\"%s\" stands before the first [section]", line));
        return;
    }
    *equals = '\0';
    char *name = g_strstrip(line), *value = g_strstrip(equals + 1);
    size_t index = find_key(r->section, r->population, name);
    if (index == sim_keys_n) {
        sim_problems_add(r->problems, where,
                         unknown_key(r->population != 0 ? "churn" : r->section, name));
        return;
    }
    unsigned *seen = &r->seen[r->population][index];
    if (*seen != 0) {
        sim_problems_add(
            r->problems, where,
            g_strdup_printf("%s.%s is given twice, first on line %u", r->section, name, *seen));
        return;
    }
    *seen = r->line;
    char *comment = cut_comment(&sim_keys[index], value);
    if (comment != NULL) {
        sim_problems_add(r->problems, where, comment);
        return;
    }
    GArray *values = read_values(&sim_keys[index], value, where, r->problems);
    if (values != NULL)
        put(r->entries, index, r->population, r->line, values);
}

void sim_entries_read(struct sim_entries *entries, const char *path, const char *text,
                      struct sim_problems *problems)
{
    struct reader r = {.entries = entries, .problems = problems};

    g_assert(sim_keys_n <= G_N_ELEMENTS(r.seen[0]));
    if (!g_utf8_validate(text, -1, NULL)) {
        sim_problems_add(problems, path, g_strdup("is not a text in UTF-8"));
        return;
    }
    if (g_str_has_prefix(text, "\xef\xbb\xbf"))
        text += 3;
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *stripped = g_strstrip(*line);
        char *where = g_strdup_printf("%s:%u", path, ++r.line);
        if (*stripped == '[')
            read_section(&r, stripped, where);
        else if (*stripped != '\0' && *stripped != '#' && *stripped != ';' &&
                 (!r.skip || r.section == NULL))
            read_key(&r, stripped, where);
        g_free(where);
    }
    g_strfreev(lines);
    g_free(r.section);
}

/* The sentence for an override that is no section.key=value, or whose key is unknown. */
static char *override_wrong(const char *section, const char *name)
{
    if (name == NULL) {
        for (size_t i = 0; i < sim_keys_n; i++) {
            if (strcmp(sim_keys[i].name, section) == 0)
                return g_strdup_printf("lacks the section; did you mean %s.%s?",
                                       sim_keys[i].section, section);
        }
        return g_strdup("is not of the form section.key=value");
    }
    if (!sim_keys_section(section))
        return unknown_section(section);
    return unknown_key(section, name);
}

void sim_entries_override(struct sim_entries *entries, const char *override,
                          struct sim_problems *problems)
{
    char **sides = g_strsplit(override, "=", 2);
    char *where = g_strdup_printf("--set %s", override);

    if (sides[0] == NULL || sides[1] == NULL) {
        sim_problems_add(problems, where, g_strdup("is not of the form section.key=value"));
    } else {
        char *section = g_strstrip(sides[0]), *name = strrchr(section, '.');
        if (name != NULL)
            *name++ = '\0';
        uint32_t population = find_population(entries, section);
        size_t index = name != NULL ? find_key(section, population, name) : sim_keys_n;
        if (index == sim_keys_n) {
            sim_problems_add(problems, where,
                             override_wrong(population != 0 ? "churn" : section, name));
        } else {
            GArray *values = read_values(&sim_keys[index], g_strstrip(sides[1]), where, problems);
            if (values != NULL)
                put(entries, index, population, 0, values);
        }
    }
    g_free(where);
    g_strfreev(sides);
}
