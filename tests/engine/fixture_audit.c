/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture_audit.h"

#include "engine_unit.h"

enum { ARENA_CAP = 1 << 20, LIST_CAP = 512 };

static void cell_take(struct fixture_chain *f, const struct audit_row *row, size_t c,
                      struct audit_cell *ret)
{
    *ret = (struct audit_cell){.is_null = row->cells[c] == NULL};
    if (ret->is_null)
        return;
    ret->value = bytes_text(row->cells[c]);
    if (c != AUDIT_COL_types && c != AUDIT_COL_key_numbers)
        return;
    struct writer w = writer_over(schuil_arena_take(f->arena, LIST_CAP), LIST_CAP);
    assert_ok(schuil_audit_list(ret->value, &w));
    assert_false(w.is_full);
    ret->value = writer_bytes(&w);
}

static void entry_take(struct fixture_chain *f, const struct audit_row *row)
{
    struct audit_entry *e = &f->entries[f->count++];
    *e = (struct audit_entry){.i = row->i, .is_signed = row->is_signed};
    memcpy(e->chain, row->chain, sizeof e->chain);
    memcpy(e->link, row->link, sizeof e->link);
    memcpy(e->signature, row->signature, sizeof e->signature);
    for (size_t c = 0; c < AUDIT_COL_COUNT; c++)
        cell_take(f, row, c, &e->cells[c]);
}

static struct audit_event event_make(size_t n, const char *detail)
{
    return (struct audit_event){
        .time_us = 1790000000123456 + (int64_t)n,
        .id = detail != NULL ? AUDIT_CHAIN_START : AUDIT_ISSUE,
        .outcome = "ok",
        .status = n % 2 ? 200 : 0,
        .organisation = n % 3 ? "HOSP1" : NULL,
        .credential = (uint32_t)n,
        .role = "provider",
        .access = "api",
        .source = "a \"quoted\" \\ and\n\x01 \x7f caf\xc3\xa9",
        .type_count = n % 3,
        .types = {"A", "C.2"},
        .has_counts = n % 2,
        .asked = (int64_t)n,
        .key_count = n % 4,
        .key_numbers = {1, 22, 4294967295},
        .compartment = "issue",
        .process = "",
        .detail = detail,
    };
}

void fixture_chain_make(struct fixture_chain *ret, uint8_t name, size_t count, const char *detail)
{
    static const struct signing_seed seed = {{7}};
    struct audit_chain chain = {.i = 0}, next;
    struct audit_row rows[2];
    struct audit_key key = {.compartment = COMPARTMENT_ISSUE};
    *ret = (struct fixture_chain){.arena = schuil_arena_new(ARENA_CAP)};
    assert_non_null(ret->arena);
    schuil_ed25519_pair(&seed, &ret->pair);
    schuil_ed25519_public(&seed, key.public_part);
    assert_ok(schuil_audit_keys_add(&ret->keys, &key));
    memset(chain.chain, name, sizeof chain.chain);
    for (size_t i = 0; i < count; i += 2) {
        struct audit_event events[2] = {event_make(i, i == 0 ? detail : NULL),
                                        event_make(i + 1, NULL)};
        size_t n = count - i < 2 ? 1 : 2;
        assert_ok(schuil_audit_make(&chain, events, n, &ret->pair, ret->arena, rows, &next));
        chain = next;
        for (size_t k = 0; k < n; k++)
            entry_take(ret, &rows[k]);
    }
}

void fixture_chain_done(struct fixture_chain *chain)
{
    schuil_arena_free(chain->arena);
}
