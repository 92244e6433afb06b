/* SPDX-License-Identifier: Apache-2.0 */
/* Vector files for unit tests. A test runs in the root of the source tree.
 *
 * Our own files (tests/vectors) must be there; large third-party ones are looked for in
 * $SCHUILNAAM_VECTORS or ../shared/vectors, and a test that misses one says so and skips.
 * Hex is decoded here, not by the code under test. */
#ifndef TESTS_VECTOR_FILE_H
#define TESTS_VECTOR_FILE_H

#include <jansson.h>

#include "schuilnaam/bytes.h"

enum { VECTOR_LEN_MAX = 20000 };

struct vector_bytes {
    uint8_t b[VECTOR_LEN_MAX];
    size_t len;
};

/* tests/vectors/<name>; fails the test when it is not there. The caller calls json_decref. */
json_t *vector_file(const char *name);
/* A third-party file; NULL after the line "skipped: <name> not present": then call skip(). */
json_t *vector_file_shared(const char *name);

/* A member that must be there; fails the test otherwise. */
const json_t *vector_member(const json_t *object, const char *key);
const char *vector_text(const json_t *object, const char *key);
size_t vector_number(const json_t *object, const char *key);
/* A member of hex, decoded into ret; fails the test when it is no hex or too long. */
struct bytes vector_hex(const json_t *object, const char *key, struct vector_bytes *ret);
/* The same of exactly len bytes into ret: for keys and elements. */
void vector_hex_exact(const json_t *object, const char *key, void *ret, size_t len);
/* Hex text from a table in a test. */
struct bytes vector_hex_text(const char *hex, struct vector_bytes *ret);

#endif
