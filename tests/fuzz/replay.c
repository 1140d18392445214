/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzzer without libFuzzer: every file of its corpus, then so many inputs made of them by a
   fixed generator. The same inputs each time, so what passes here passes again; `./dev fuzz` is for
   finding what this does not.

   replay CORPUS INPUTS */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 4096

static uint64_t state = 1;

static uint32_t draw(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % below);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *corpus_of(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *inputs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        char *bytes;
        gsize n;
        if (g_file_get_contents(names->pdata[i], &bytes, &n, NULL))
            g_ptr_array_add(inputs, g_bytes_new_take(bytes, n));
    }
    g_ptr_array_free(names, TRUE);
    return inputs;
}

/* A few changes to an input: bits, bytes, stretches left out or repeated, the end of another. */
static void change(GByteArray *input, const GPtrArray *corpus)
{
    static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x10, 0x20, 0xfe};
    for (uint32_t n = 1 + draw(6); n > 0; n--) {
        guint at = input->len ? draw(input->len) : 0;
        guint length = 1 + draw(16);
        switch (draw(6)) {
        case 0:
            if (input->len)
                input->data[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 1:
            if (input->len)
                input->data[at] = draw(2) ? (uint8_t)draw(256) : odd[draw(sizeof odd)];
            break;
        case 2:
            if (at + length <= input->len)
                g_byte_array_remove_range(input, at, length);
            break;
        case 3:
            for (guint i = 0; i < length; i++)
                g_byte_array_append(input, &(uint8_t){(uint8_t)draw(256)}, 1);
            break;
        case 4:
            if (at + length <= input->len) {
                uint8_t copy[16];
                memcpy(copy, input->data + at, length);
                g_byte_array_append(input, copy, length);
            }
            break;
        default:
            if (corpus->len) {
                gsize size;
                const uint8_t *other = g_bytes_get_data(corpus->pdata[draw(corpus->len)], &size);
                guint from = size ? draw((uint32_t)size) : 0;
                g_byte_array_set_size(input, at);
                if (size)
                    g_byte_array_append(input, other + from, (guint)size - from);
            }
            break;
        }
    }
    if (input->len > INPUT_MAX)
        g_byte_array_set_size(input, INPUT_MAX);
}

/* On the heap and exactly as long as it is, so that the sanitizer sees each byte read past it. */
static void run(const uint8_t *bytes, gsize n)
{
    uint8_t *copy = g_malloc(n ? n : 1);
    if (n)
        memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    g_free(copy);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: replay CORPUS INPUTS\n");
        return 2;
    }
    GPtrArray *corpus = corpus_of(argv[1]);
    guint64 inputs = g_ascii_strtoull(argv[2], NULL, 10);
    if (corpus->len == 0)
        g_ptr_array_add(corpus, g_bytes_new_static("", 0));
    for (guint i = 0; i < corpus->len; i++) {
        gsize n;
        const uint8_t *bytes = g_bytes_get_data(corpus->pdata[i], &n);
        run(bytes, n);
    }
    for (guint64 i = 0; i < inputs; i++) {
        gsize n;
        const uint8_t *bytes = g_bytes_get_data(corpus->pdata[draw(corpus->len)], &n);
        GByteArray *input = g_byte_array_new();
        g_byte_array_append(input, bytes, (guint)n);
        change(input, corpus);
        run(input->data, input->len);
        g_byte_array_free(input, TRUE);
    }
    printf("%u inputs of the corpus, %" G_GUINT64_FORMAT " made of them\n", corpus->len, inputs);
    g_ptr_array_free(corpus, TRUE);
    return 0;
}
