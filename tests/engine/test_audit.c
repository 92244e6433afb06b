/* SPDX-License-Identifier: Apache-2.0 */
/* engine/audit: known answers for bodies, links and signatures, and what the INSERT gets. Vectors:
 * tests/vectors/audit.json, made by tests/reference. */
#include <stdlib.h>

#include "engine_unit.h"
#include "schuilnaam/arena.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/audit.h"
#include "schuilnaam/limits.h"
#include "vector_file.h"

static const char *const columns[AUDIT_COL_COUNT] = {
#define AUDIT_COLUMN(name, sqltype) #name,
#include "schuilnaam/audit_columns.def"
#undef AUDIT_COLUMN
};

static struct arena *arena;

static const struct signing_seed any_seed = {{1, 2, 3}};
static struct signing_pair any_pair; /* of any_seed, made in setup */

static int setup(void **state)
{
    (void)state;
    arena = schuil_arena_new(1 << 20);
    if (arena == NULL || !schuil_is_ok(schuil_crypto_init()))
        return -1;
    schuil_ed25519_pair(&any_seed, &any_pair);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    schuil_arena_free(arena);
    return 0;
}

/* ---- vectors ---- */

static const char *event_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int64_t event_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static enum audit_event_id event_id(int64_t number)
{
    for (unsigned id = 0; id < AUDIT_EVENT_COUNT; id++)
        if (schuil_audit_number((enum audit_event_id)id) == number)
            return (enum audit_event_id)id;
    fail_msg("no event %d", (int)number);
    return AUDIT_EVENT_COUNT;
}

static struct audit_event vector_event(const json_t *o)
{
    struct audit_event e = {
        .time_us = event_number(o, "time"),
        .id = event_id(event_number(o, "event")),
        .outcome = event_text(o, "outcome"),
        .status = (int)event_number(o, "status"),
        .organisation = event_text(o, "organisation"),
        .credential = (uint32_t)event_number(o, "credential"),
        .behalf = event_text(o, "behalf"),
        .role = event_text(o, "role"),
        .access = event_text(o, "access"),
        .source = event_text(o, "source"),
        .registry = event_text(o, "registry"),
        .type_count = json_array_size(json_object_get(o, "types")),
        .has_counts = json_object_get(o, "asked") != NULL,
        .asked = event_number(o, "asked"),
        .made = event_number(o, "made"),
        .failed = event_number(o, "failed"),
        .key_count = json_array_size(json_object_get(o, "key_numbers")),
        .request = event_text(o, "request"),
        .compartment = event_text(o, "compartment"),
        .process = event_text(o, "process"),
        .reason = event_text(o, "reason"),
        .detail = event_text(o, "detail"),
    };
    assert_string_equal(schuil_audit_name(e.id), event_text(o, "name"));
    for (size_t i = 0; i < e.type_count; i++)
        e.types[i] = json_string_value(json_array_get(json_object_get(o, "types"), i));
    for (size_t i = 0; i < e.key_count; i++)
        e.key_numbers[i] =
            (uint32_t)json_integer_value(json_array_get(json_object_get(o, "key_numbers"), i));
    return e;
}

/* The reading side: a row's cells as the verifier would have them, back to protocol form. */
static void link_read_back(const struct audit_row *row, const uint8_t previous[HASH_LEN],
                           uint8_t ret[HASH_LEN])
{
    struct audit_cell cells[AUDIT_COL_COUNT];
    uint8_t lists[2][1024];
    for (size_t c = 0; c < AUDIT_COL_COUNT; c++) {
        cells[c] = (struct audit_cell){.is_null = row->cells[c] == NULL};
        if (cells[c].is_null)
            continue;
        cells[c].value = bytes_text(row->cells[c]);
        if (c != AUDIT_COL_types && c != AUDIT_COL_key_numbers)
            continue;
        struct writer w = writer_over(lists[c == AUDIT_COL_types], sizeof lists[0]);
        assert_ok(schuil_audit_list(cells[c].value, &w));
        assert_false(w.is_full);
        cells[c].value = writer_bytes(&w);
    }
    assert_ok(schuil_audit_link(row->chain, previous, row->i, cells, ret));
}

static void vector_transaction(const json_t *transaction, const struct signing_pair *pair,
                               const uint8_t public_key[32], struct audit_chain *chain)
{
    const json_t *rows = vector_member(transaction, "rows");
    struct audit_event events[8];
    struct audit_row made[8];
    struct audit_chain next, before = *chain;
    size_t n = json_array_size(rows);
    uint8_t expected[HASH_LEN], signature[ED25519_SIGNATURE_LEN], read_back[HASH_LEN];
    assert_in_range(n, 1, 8);
    for (size_t i = 0; i < n; i++)
        events[i] = vector_event(vector_member(json_array_get(rows, i), "event"));
    assert_ok(schuil_audit_make(chain, events, n, pair, arena, made, &next));
    assert_memory_equal(chain, &before, sizeof before);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(rows, i);
        vector_hex_exact(row, "link", expected, sizeof expected);
        assert_memory_equal(made[i].link, expected, sizeof expected);
        assert_int_equal(made[i].i, vector_number(row, "i"));
        assert_memory_equal(made[i].chain, chain->chain, sizeof chain->chain);
        assert_int_equal(made[i].is_signed, i == n - 1);
        link_read_back(&made[i], i == 0 ? before.link : made[i - 1].link, read_back);
        assert_memory_equal(read_back, expected, sizeof expected);
    }
    vector_hex_exact(transaction, "signature", signature, sizeof signature);
    assert_memory_equal(made[n - 1].signature, signature, sizeof signature);
    assert_true(schuil_audit_head_verify(next.chain, next.i, next.link, public_key, signature));
    *chain = next;
}

static void chains_are_those_of_the_second_implementation(void **state)
{
    json_t *file = vector_file("audit.json");
    struct audit_chain chain = {0};
    struct signing_seed seed;
    struct signing_pair pair;
    uint8_t public_key[32], expected[32];
    (void)state;
    vector_hex_exact(file, "seed", seed.b, sizeof seed.b);
    vector_hex_exact(file, "public", public_key, sizeof public_key);
    vector_hex_exact(file, "chain", chain.chain, sizeof chain.chain);
    schuil_ed25519_public(&seed, expected);
    schuil_ed25519_pair(&seed, &pair);
    assert_memory_equal(public_key, expected, sizeof public_key);
    const json_t *named = vector_member(file, "columns");
    assert_int_equal(json_array_size(named), AUDIT_COL_COUNT);
    for (size_t c = 0; c < AUDIT_COL_COUNT; c++)
        assert_string_equal(json_string_value(json_array_get(named, c)), columns[c]);
    const json_t *transactions = vector_member(file, "transactions");
    assert_int_equal(json_array_size(transactions), 3);
    for (size_t i = 0; i < 3; i++)
        vector_transaction(json_array_get(transactions, i), &pair, public_key, &chain);
    assert_int_equal(chain.i, 4);
    json_decref(file);
}

/* ---- rows ---- */

static struct audit_event small_event(void)
{
    return (struct audit_event){.time_us = 1790000000123456,
                                .id = AUDIT_ISSUE,
                                .outcome = "ok",
                                .role = "provider",
                                .compartment = "issue",
                                .process = "p"};
}

static void cells_are_what_postgresql_takes(void **state)
{
    struct audit_event e = small_event();
    struct audit_chain chain, next;
    struct audit_row row;
    (void)state;
    e.status = 200;
    e.credential = 7;
    e.type_count = 3;
    e.types[0] = "A";
    e.types[1] = "a\"b\\c";
    e.types[2] = "";
    e.has_counts = true;
    e.made = 3;
    e.failed = INT64_MIN;
    e.key_count = 2;
    e.key_numbers[0] = 7;
    e.key_numbers[1] = UINT32_MAX;
    e.detail = "";
    assert_ok(schuil_audit_chain_new(&chain));
    assert_ok(schuil_audit_make(&chain, &e, 1, &any_pair, arena, &row, &next));
    assert_string_equal(row.cells[AUDIT_COL_time], "1790000000123456");
    assert_string_equal(row.cells[AUDIT_COL_event], "200");
    assert_string_equal(row.cells[AUDIT_COL_name], "ISSUE");
    assert_string_equal(row.cells[AUDIT_COL_outcome], "ok");
    assert_string_equal(row.cells[AUDIT_COL_status], "200");
    assert_string_equal(row.cells[AUDIT_COL_credential], "7");
    assert_string_equal(row.cells[AUDIT_COL_types], "{\"A\",\"a\\\"b\\\\c\",\"\"}");
    assert_string_equal(row.cells[AUDIT_COL_asked], "0");
    assert_string_equal(row.cells[AUDIT_COL_made], "3");
    assert_string_equal(row.cells[AUDIT_COL_failed], "-9223372036854775808");
    assert_string_equal(row.cells[AUDIT_COL_key_numbers], "{\"7\",\"4294967295\"}");
    assert_string_equal(row.cells[AUDIT_COL_detail], "");
}

static void what_an_event_does_not_tell_is_null(void **state)
{
    static const enum audit_column there[] = {
        AUDIT_COL_time, AUDIT_COL_event,       AUDIT_COL_name,   AUDIT_COL_outcome,
        AUDIT_COL_role, AUDIT_COL_compartment, AUDIT_COL_process};
    struct audit_event e = small_event();
    struct audit_chain chain = {0}, next;
    struct audit_row row;
    size_t count = 0;
    (void)state;
    assert_ok(schuil_audit_make(&chain, &e, 1, &any_pair, arena, &row, &next));
    for (size_t c = 0; c < AUDIT_COL_COUNT; c++)
        count += row.cells[c] != NULL;
    assert_int_equal(count, COUNT_OF(there));
    for (size_t i = 0; i < COUNT_OF(there); i++)
        assert_non_null(row.cells[there[i]]);
}

static void absent_and_empty_have_different_links(void **state)
{
    struct audit_event absent = small_event(), empty = absent;
    struct audit_chain chain = {0}, next;
    struct audit_row row, other;
    (void)state;
    empty.detail = "";
    assert_ok(schuil_audit_make(&chain, &absent, 1, &any_pair, arena, &row, &next));
    assert_ok(schuil_audit_make(&chain, &empty, 1, &any_pair, arena, &other, &next));
    assert_memory_not_equal(row.link, other.link, HASH_LEN);
}

static void a_transaction_made_again_is_the_same(void **state)
{
    struct audit_event e[2] = {small_event(), small_event()};
    struct audit_chain chain = {.chain = {5}, .i = 9, .link = {8}}, first, second;
    struct audit_row rows[2], again[2];
    (void)state;
    assert_ok(schuil_audit_make(&chain, e, 2, &any_pair, arena, rows, &first));
    assert_ok(schuil_audit_make(&chain, e, 2, &any_pair, arena, again, &second));
    assert_memory_equal(&first, &second, sizeof first);
    assert_memory_equal(rows[1].signature, again[1].signature, sizeof rows[1].signature);
    assert_int_equal(rows[0].i, 10);
    assert_int_equal(first.i, 11);
    assert_memory_not_equal(rows[0].link, rows[1].link, HASH_LEN);
}

static void a_failure_advances_nothing(void **state)
{
    struct audit_event e = small_event();
    struct audit_chain chain = {.i = 3}, next, untouched;
    static struct audit_row rows[LIMIT_AUDIT_ROW_COUNT + 1];
    struct arena *tiny = schuil_arena_new(1);
    (void)state;
    memset(&next, 0x5a, sizeof next);
    untouched = next;
    assert_non_null(tiny);
    assert_rc(schuil_audit_make(&chain, &e, 1, &any_pair, tiny, rows, &next), RC_INTERNAL_MEMORY);
    assert_rc(schuil_audit_make(&chain, &e, 0, &any_pair, arena, rows, &next), RC_INPUT_LENGTH);
    assert_rc(
        schuil_audit_make(&chain, &e, LIMIT_AUDIT_ROW_COUNT + 1, &any_pair, arena, rows, &next),
        RC_INPUT_LENGTH);
    e.type_count = COUNT_OF(e.types) + 1;
    assert_rc(schuil_audit_make(&chain, &e, 1, &any_pair, arena, rows, &next), RC_INPUT_LENGTH);
    e.type_count = 0;
    e.key_count = LIMIT_KEY_NUMBER_COUNT + 1;
    assert_rc(schuil_audit_make(&chain, &e, 1, &any_pair, arena, rows, &next), RC_INPUT_LENGTH);
    assert_memory_equal(&next, &untouched, sizeof next);
    assert_int_equal(chain.i, 3);
    schuil_arena_free(tiny);
}

static void every_byte_of_a_head_is_signed(void **state)
{
    struct audit_event e = small_event();
    struct audit_chain chain = {.chain = {1}}, next;
    struct audit_row row;
    uint8_t public_key[32];
    (void)state;
    schuil_ed25519_public(&any_seed, public_key);
    assert_ok(schuil_audit_make(&chain, &e, 1, &any_pair, arena, &row, &next));
    assert_true(schuil_audit_head_verify(row.chain, row.i, row.link, public_key, row.signature));
    assert_false(
        schuil_audit_head_verify(row.chain, row.i + 1, row.link, public_key, row.signature));
    row.link[31] ^= 1;
    assert_false(schuil_audit_head_verify(row.chain, row.i, row.link, public_key, row.signature));
    row.link[31] ^= 1;
    row.chain[15] ^= 1;
    assert_false(schuil_audit_head_verify(row.chain, row.i, row.link, public_key, row.signature));
    row.chain[15] ^= 1;
    row.signature[0] ^= 1;
    assert_false(schuil_audit_head_verify(row.chain, row.i, row.link, public_key, row.signature));
}

static void a_new_chain_has_its_own_name(void **state)
{
    struct audit_chain a = {.i = 4}, b;
    (void)state;
    assert_ok(schuil_audit_chain_new(&a));
    assert_ok(schuil_audit_chain_new(&b));
    assert_memory_not_equal(a.chain, b.chain, sizeof a.chain);
    assert_int_equal(a.i, 0);
    assert_zeros(a.link, sizeof a.link);
}

/* ---- lists as PostgreSQL prints them ---- */

static void arrays_become_their_elements_lvs(void **state)
{
    static const struct {
        const char *array;
        size_t len;
        const char *lvs;
    } good[] = {
        {"{}", 0, ""},
        {"{A}", 3, "\0\1A"},
        {"{A,C.2}", 8, "\0\1A\0\3C.2"},
        {"{7,12}", 7,
         "\0\1"
         "7\0\2"
         "12"},
        {"{\"\"}", 2, "\0\0"},
        {"{\"a\\\"b\\\\c\",\"NULL\",\"x,}{ y\"}", 20, "\0\5a\"b\\c\0\4NULL\0\6x,}{ y"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        uint8_t out[64];
        struct writer w = writer_over(out, sizeof out);
        assert_ok(schuil_audit_list(bytes_text(good[i].array), &w));
        if (i + 1 < COUNT_OF(good))
            assert_int_equal(w.len, good[i].len);
        assert_memory_equal(out, good[i].lvs, w.len);
    }
}

static void other_texts_are_no_arrays(void **state)
{
    static const char *const bad[] = {"",       "{",     "}",      "A",        "{A",
                                      "{A,",    "{A,}",  "{,A}",   "{A}x",     " {A}",
                                      "{NULL}", "{\"A}", "{\"A\\", "{\"A\"B}", "{{A}}",
                                      "{A B}",  "{A\"}", "{A}{B}", "{A\\}"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t out[64];
        struct writer w = writer_over(out, sizeof out);
        assert_rc(schuil_audit_list(bytes_text(bad[i]), &w), RC_STORE_DATA);
    }
}

static void a_list_that_does_not_fit_shows_in_the_writer(void **state)
{
    uint8_t out[4];
    (void)state;
    for (size_t cap = 0; cap < sizeof out; cap++) {
        struct writer w = writer_over(out, cap);
        assert_ok(schuil_audit_list(bytes_text("{AB,\"C\"}"), &w));
        assert_true(w.is_full);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_those_of_the_second_implementation),
        cmocka_unit_test(cells_are_what_postgresql_takes),
        cmocka_unit_test(what_an_event_does_not_tell_is_null),
        cmocka_unit_test(absent_and_empty_have_different_links),
        cmocka_unit_test(a_transaction_made_again_is_the_same),
        cmocka_unit_test(a_failure_advances_nothing),
        cmocka_unit_test(every_byte_of_a_head_is_signed),
        cmocka_unit_test(a_new_chain_has_its_own_name),
        cmocka_unit_test(arrays_become_their_elements_lvs),
        cmocka_unit_test(other_texts_are_no_arrays),
        cmocka_unit_test(a_list_that_does_not_fit_shows_in_the_writer),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
