/* SPDX-License-Identifier: Apache-2.0 */
/* What the client makes keys and texts of: a file of source keys, or (first byte odd) parameters of
 * a registry. A file that is read is the one that its fields make, but for the case of the digits.
 */
#include "fuzz.h"

#include <stdio.h>
#include <strings.h>

#include "memory.h"
#include "parameters.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/memory.h"
#include "source_key.h"

static void check_file(struct bytes text)
{
    static char again[SOURCE_KEYS_FILE_MOST + 1];
    struct source_keys keys;
    if (schuil_is_ok(source_keys_read(text, "fuzz", &keys))) {
        size_t len = (size_t)snprintf(again, sizeof again,
                                      "schuilnaam source keys 1\norganisation %s\nnumber %u\n",
                                      keys.organisation, (unsigned)keys.number);
        for (size_t i = 0; i < keys.count; i++) {
            char hex[129] = "";
            schuil_hex_encode(bytes_of(keys.keys[i].key->b, 64), hex);
            len += (size_t)snprintf(again + len, sizeof again - len, "key %u %s\n",
                                    (unsigned)keys.keys[i].generation, hex);
            FUZZ_CHECK(source_keys_find(&keys, keys.keys[i].generation) == keys.keys[i].key);
        }
        FUZZ_CHECK(keys.count > 0 && len == text.len);
        FUZZ_CHECK(strncasecmp(again, (const char *)text.data, len) == 0);
    }
    source_keys_done(&keys);
}

static bool is_code(const char *text)
{
    return text[0] >= 'A' && text[0] <= 'Z' &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text);
}

static void check_parameters(struct bytes text)
{
    struct parameters p;
    struct parameters_type type;
    if (schuil_is_ok(parameters_read(text, &p))) {
        FUZZ_CHECK(is_code(p.registry) && is_code(p.domain) && is_code(p.organisation));
        FUZZ_CHECK(p.domain_number >= 1 && p.organisation_number >= 1);
        if (schuil_is_ok(parameters_type(&p, "R", &type)))
            FUZZ_CHECK(is_code(type.code) && type.version >= 1 &&
                       (!type.is_reversible || type.attribute[0] != '\0'));
    }
    parameters_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static bool is_ready;
    struct bytes input = bytes_of(data, len);
    if (!is_ready)
        FUZZ_CHECK(schuil_is_ok(memory_init()) && schuil_is_ok(schuil_crypto_init()));
    is_ready = true;
    if (fuzz_take_u8(&input) % 2 == 0)
        check_file(input);
    else
        check_parameters(input);
    return 0;
}
