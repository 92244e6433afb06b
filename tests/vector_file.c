/* SPDX-License-Identifier: Apache-2.0 */
/* Reading vector files; see vector_file.h. Whatever is wrong with a file fails the test. */
#include "vector_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void path_of(const char *folder, const char *name, char path[512])
{
    int len = snprintf(path, 512, "%s/%s", folder, name);

    assert_true(len > 0 && len < 512);
}

json_t *vector_file(const char *name)
{
    char path[512];
    json_error_t error;

    path_of("tests/vectors", name, path);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        fail_msg("%s: %s", path, error.text);
    return root;
}

json_t *vector_file_shared(const char *name)
{
    const char *folder = getenv("SCHUILNAAM_VECTORS");
    char path[512];
    json_error_t error;

    path_of(folder != NULL ? folder : "../shared/vectors", name, path);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("skipped: %s not present\n", name);
        return NULL;
    }
    json_t *root = json_loadf(file, 0, &error);
    (void)fclose(file);
    if (root == NULL)
        fail_msg("%s: %s", path, error.text);
    return root;
}

const json_t *vector_member(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    if (member == NULL)
        fail_msg("no member %s", key);
    return member;
}

const char *vector_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(vector_member(object, key));

    if (text == NULL)
        fail_msg("%s is no string", key);
    return text;
}

size_t vector_number(const json_t *object, const char *key)
{
    const json_t *member = vector_member(object, key);

    assert_true(json_is_integer(member) && json_integer_value(member) >= 0);
    return (size_t)json_integer_value(member);
}

static unsigned nibble(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c < 'a' || c > 'f')
        fail_msg("'%c' is no hex digit", c);
    return (unsigned)(c - 'a' + 10);
}

struct bytes vector_hex_text(const char *hex, struct vector_bytes *ret)
{
    size_t len = strlen(hex);

    assert_true(len % 2 == 0 && len / 2 <= VECTOR_LEN_MAX);
    ret->len = len / 2;
    for (size_t i = 0; i < ret->len; i++)
        ret->b[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    return bytes_of(ret->b, ret->len);
}

struct bytes vector_hex(const json_t *object, const char *key, struct vector_bytes *ret)
{
    return vector_hex_text(vector_text(object, key), ret);
}

void vector_hex_exact(const json_t *object, const char *key, void *ret, size_t len)
{
    static struct vector_bytes decoded;

    (void)vector_hex(object, key, &decoded);
    assert_int_equal(decoded.len, len);
    memcpy(ret, decoded.b, len);
}
