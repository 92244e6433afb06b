/* SPDX-License-Identifier: Apache-2.0 */
/* Wiping allocation for ourselves, jansson and libcurl; growing buffers. */
#include "memory.h"

#include <curl/curl.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "schuilnaam/crypto/secret.h"

enum { BUFFER_LEAST = 256 };

void *memory_take(size_t len)
{
    return malloc(len > 0 ? len : 1);
}

void memory_free(void *block)
{
    if (block == NULL)
        return;
    schuil_wipe(block, malloc_usable_size(block));
    free(block);
}

/* realloc would leave the old block behind as it was. */
void *memory_resize(void *block, size_t len)
{
    void *fresh = memory_take(len);
    if (fresh == NULL || block == NULL)
        return fresh;
    size_t old_len = malloc_usable_size(block);
    memcpy(fresh, block, old_len < len ? old_len : len);
    memory_free(block);
    return fresh;
}

static char *memory_copy_text(const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = memory_take(len);
    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

SCHUIL_RC memory_init(void)
{
    json_set_alloc_funcs(memory_take, memory_free);
    struct rlimit none = {0, 0};
    ENSURE(setrlimit(RLIMIT_CORE, &none) == 0, RC_INTERNAL);
    CURLcode code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, memory_take, memory_free,
                                         memory_resize, memory_copy_text, calloc);
    ENSURE(code == CURLE_OK, RC_INTERNAL);
    return SCHUIL_OK;
}

static SCHUIL_RC buffer_grow(struct buffer *b, size_t more)
{
    ENSURE(more <= SIZE_MAX / 4 && b->len <= SIZE_MAX / 4, RC_INTERNAL_MEMORY);
    size_t cap = b->cap > 0 ? b->cap : BUFFER_LEAST;
    while (cap - b->len < more)
        cap *= 2;
    char *fresh = memory_take(cap);
    ENSURE(fresh != NULL, RC_INTERNAL_MEMORY);
    if (b->len > 0)
        memcpy(fresh, b->data, b->len);
    memory_free(b->data);
    b->data = fresh;
    b->cap = cap;
    return SCHUIL_OK;
}

SCHUIL_RC buffer_put(struct buffer *b, struct bytes bytes)
{
    if (b->cap - b->len < bytes.len)
        TRY(buffer_grow(b, bytes.len));
    if (bytes.len > 0)
        memcpy(b->data + b->len, bytes.data, bytes.len);
    b->len += bytes.len;
    return SCHUIL_OK;
}

SCHUIL_RC buffer_put_text(struct buffer *b, const char *text)
{
    return buffer_put(b, bytes_text(text));
}

SCHUIL_RC buffer_put_char(struct buffer *b, char c)
{
    return buffer_put(b, bytes_of(&c, 1));
}

void buffer_clear(struct buffer *b)
{
    if (b->len > 0)
        schuil_wipe(b->data, b->len);
    b->len = 0;
}

void buffer_done(struct buffer *b)
{
    memory_free(b->data);
    *b = (struct buffer){0};
}
