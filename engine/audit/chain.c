/* SPDX-License-Identifier: Apache-2.0 */
/* The chain: links over bodies, and the signature of the last event of a transaction. Not the cells
 * (event.c), not the INSERT (engine/store).
 *
 *     body_i = U16(columns) || (0x00, or 0x01 || U32(length) || bytes) ...
 *     link_i = BLAKE2b-256(LV(label) || chain || link_{i-1} || U64(i) || body_i)
 *     head   = LV(label) || chain || U64(i) || link_i, signed by Ed25519
 *
 * The body is never put together in memory: its parts are hashed one after another.
 * Source: PROTOCOL section 7. */
#include "audit/event.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/limits.h"

#define LINK_LABEL "schuilnaam/v1/audit"
#define HEAD_LABEL "schuilnaam/v1/audit-head"

enum {
    CHAIN_LEN = 16,
    LINK_HEAD_CAP = 2 + sizeof LINK_LABEL + CHAIN_LEN + HASH_LEN + 8 + 2,
    HEAD_CAP = 2 + sizeof HEAD_LABEL + CHAIN_LEN + 8 + HASH_LEN,
    CELL_HEAD_CAP = 1 + 4,
};

SCHUIL_RC schuil_audit_chain_new(struct audit_chain *ret)
{
    *ret = (struct audit_chain){0};
    return schuil_random(ret->chain, sizeof ret->chain);
}

static void cell_head_put(struct writer *w, const struct audit_cell *cell)
{
    put_u8(w, cell->is_null ? 0 : 1);
    if (!cell->is_null)
        put_u32(w, (uint32_t)cell->value.len);
}

SCHUIL_RC schuil_audit_link(const uint8_t chain[16], const uint8_t previous[HASH_LEN], uint64_t i,
                            const struct audit_cell cells[AUDIT_COL_COUNT], uint8_t ret[HASH_LEN])
{
    uint8_t link_head[LINK_HEAD_CAP], cell_heads[AUDIT_COL_COUNT][CELL_HEAD_CAP];
    struct bytes parts[1 + 2 * AUDIT_COL_COUNT];
    size_t count = 0;
    struct writer w = writer_over(link_head, sizeof link_head);
    put_lv_text(&w, LINK_LABEL);
    put_bytes(&w, bytes_of(chain, CHAIN_LEN));
    put_bytes(&w, bytes_of(previous, HASH_LEN));
    put_u64(&w, i);
    put_u16(&w, AUDIT_COL_COUNT);
    parts[count++] = writer_bytes(&w);
    for (size_t c = 0; c < AUDIT_COL_COUNT; c++) {
        ENSURE(cells[c].is_null || cells[c].value.len <= UINT32_MAX, RC_INPUT_LENGTH);
        struct writer head = writer_over(cell_heads[c], sizeof cell_heads[c]);
        cell_head_put(&head, &cells[c]);
        parts[count++] = writer_bytes(&head);
        if (!cells[c].is_null)
            parts[count++] = cells[c].value;
    }
    schuil_blake2b(count, parts, ret);
    return SCHUIL_OK;
}

static struct bytes head_message(const uint8_t chain[16], uint64_t i, const uint8_t link[HASH_LEN],
                                 uint8_t ret[HEAD_CAP])
{
    struct writer w = writer_over(ret, HEAD_CAP);
    put_lv_text(&w, HEAD_LABEL);
    put_bytes(&w, bytes_of(chain, CHAIN_LEN));
    put_u64(&w, i);
    put_bytes(&w, bytes_of(link, HASH_LEN));
    return writer_bytes(&w);
}

bool schuil_audit_head_verify(const uint8_t chain[16], uint64_t i, const uint8_t link[HASH_LEN],
                              const uint8_t public_key[ED25519_PUBLIC_LEN],
                              const uint8_t signature[ED25519_SIGNATURE_LEN])
{
    uint8_t message[HEAD_CAP];
    return schuil_ed25519_verify(public_key, head_message(chain, i, link, message), signature);
}

static SCHUIL_RC row_make(struct audit_chain *chain, const struct audit_event *event,
                          struct arena *arena, struct audit_row *ret)
{
    struct audit_cell cells[AUDIT_COL_COUNT];
    *ret = (struct audit_row){0};
    TRY(event_cells(event, arena, ret, cells));
    TRY(schuil_audit_link(chain->chain, chain->link, chain->i + 1, cells, ret->link));
    chain->i++;
    memcpy(chain->link, ret->link, sizeof chain->link);
    memcpy(ret->chain, chain->chain, sizeof ret->chain);
    ret->i = chain->i;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_audit_make(const struct audit_chain *chain, const struct audit_event *events,
                            size_t n, const struct signing_pair *pair, struct arena *arena,
                            struct audit_row *ret_rows, struct audit_chain *ret_next)
{
    struct audit_chain next = *chain;
    uint8_t message[HEAD_CAP];
    ENSURE(n >= 1 && n <= LIMIT_AUDIT_ROW_COUNT, RC_INPUT_LENGTH);
    for (size_t k = 0; k < n; k++)
        TRY(row_make(&next, &events[k], arena, &ret_rows[k]));
    struct audit_row *last = &ret_rows[n - 1];
    TRY(schuil_ed25519_sign(pair, head_message(last->chain, last->i, last->link, message),
                            last->signature));
    last->is_signed = true;
    *ret_next = next;
    return SCHUIL_OK;
}
