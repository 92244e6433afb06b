/* SPDX-License-Identifier: Apache-2.0 */
/* See policy_dump.h. Reading the rows is engine/store's, and so is naming the one that differs. */
#include "schuilnaam/engine/policy_dump.h"

#define POLICY_LABEL "schuilnaam/v1/policy"

enum { MESSAGE_CAP = 2 + sizeof POLICY_LABEL - 1 + 8 + HASH_LEN };

static void put(struct policy_dump *dump, struct bytes data)
{
    schuil_hash_put(&dump->all, data);
}

static void put_in_row(struct policy_dump *dump, struct bytes data)
{
    schuil_hash_put(&dump->all, data);
    schuil_hash_put(&dump->row, data);
}

void schuil_policy_dump_begin(struct policy_dump *dump)
{
    schuil_hash_begin(&dump->all);
}

void schuil_policy_dump_table(struct policy_dump *dump, const char *name, uint32_t row_count)
{
    uint8_t head[2], count[4];
    struct writer w = writer_over(head, sizeof head);
    struct writer c = writer_over(count, sizeof count);
    put_u16(&w, (uint16_t)strlen(name));
    put_u32(&c, row_count);
    put(dump, writer_bytes(&w));
    put(dump, bytes_text(name));
    put(dump, writer_bytes(&c));
}

void schuil_policy_dump_row(struct policy_dump *dump, uint16_t column_count)
{
    uint8_t head[2];
    struct writer w = writer_over(head, sizeof head);
    put_u16(&w, column_count);
    schuil_hash_begin(&dump->row);
    put_in_row(dump, writer_bytes(&w));
}

void schuil_policy_dump_null(struct policy_dump *dump)
{
    uint8_t absent = 0;
    put_in_row(dump, bytes_of(&absent, 1));
}

void schuil_policy_dump_value(struct policy_dump *dump, struct bytes value)
{
    uint8_t head[5];
    struct writer w = writer_over(head, sizeof head);
    put_u8(&w, 1);
    put_u32(&w, (uint32_t)value.len);
    put_in_row(dump, writer_bytes(&w));
    put_in_row(dump, value);
}

void schuil_policy_dump_row_end(struct policy_dump *dump, uint8_t ret[HASH_LEN])
{
    schuil_hash_end(&dump->row, ret);
}

void schuil_policy_dump_end(struct policy_dump *dump, uint8_t ret[HASH_LEN])
{
    schuil_hash_end(&dump->all, ret);
}

static struct bytes message_make(uint8_t ret[MESSAGE_CAP], uint64_t counter,
                                 const uint8_t digest[HASH_LEN])
{
    struct writer w = writer_over(ret, MESSAGE_CAP);
    put_lv_text(&w, POLICY_LABEL);
    put_u64(&w, counter);
    put_bytes(&w, bytes_of(digest, HASH_LEN));
    return writer_bytes(&w);
}

SCHUIL_RC schuil_policy_sign(const struct signing_pair *pair, uint64_t counter,
                             const uint8_t digest[HASH_LEN], uint8_t ret[ED25519_SIGNATURE_LEN])
{
    uint8_t message[MESSAGE_CAP];
    return schuil_ed25519_sign(pair, message_make(message, counter, digest), ret);
}

bool schuil_policy_verify(const uint8_t public_key[ED25519_PUBLIC_LEN], uint64_t counter,
                          const uint8_t digest[HASH_LEN],
                          const uint8_t signature[ED25519_SIGNATURE_LEN])
{
    uint8_t message[MESSAGE_CAP];
    return schuil_ed25519_verify(public_key, message_make(message, counter, digest), signature);
}
