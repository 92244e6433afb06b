/* SPDX-License-Identifier: Apache-2.0 */
/* engine/keys/manifest.c and manifest_check.c: known answers, and every kind of change refused and
 * named. Vectors: tests/vectors/manifest.json, made by tests/reference. */
#include <stdlib.h>

#include "engine_unit.h"
#include "fixture_keys.h"
#include "vector_file.h"

static struct fixture_keys fixture;
static char finding[256];

static int setup(void **state)
{
    (void)state;
    fixture_keys_init(&fixture);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_keys_done(&fixture);
    return 0;
}

static void vector_row(const json_t *object, struct key_row *ret)
{
    struct vector_bytes bytes;
    *ret = (struct key_row){.number = (uint32_t)vector_number(object, "number"), .home = -1};
    assert_true(schuil_purpose_parse(bytes_text(vector_text(object, "purpose")), &ret->purpose));
    assert_true(schuil_key_state_parse(bytes_text(vector_text(object, "state")), &ret->state));
    ret->scope = (uint32_t)vector_number(object, "scope");
    ret->epoch = (uint32_t)vector_number(object, "epoch");
    ret->generation = (uint32_t)vector_number(object, "generation");
    ret->destruction_time_s = vector_number(object, "destruction_time");
    ret->public_len = (uint8_t)vector_hex(object, "public", &bytes).len;
    memcpy(ret->public_part, bytes.b, ret->public_len);
    const json_t *copies = vector_member(object, "copies");
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++) {
        const char *name = schuil_compartment_name((enum compartment)c);
        if (json_object_get(copies, name) == NULL)
            continue;
        ret->copies[c].exists = true;
        ret->copies[c].len = (uint16_t)vector_hex(copies, name, &bytes).len;
        memcpy(ret->copies[c].wrapped, bytes.b, ret->copies[c].len);
    }
}

static void manifests_are_those_of_the_second_implementation(void **state)
{
    static struct key_row rows[64];
    static struct vector_bytes expected;
    json_t *file = vector_file("manifest.json");
    size_t count = json_array_size(vector_member(file, "rows"));
    (void)state;
    assert_in_range(count, 10, COUNT_OF(rows));
    for (size_t i = 0; i < count; i++)
        vector_row(json_array_get(vector_member(file, "rows"), i), &rows[i]);
    size_t manifests = json_array_size(vector_member(file, "manifests"));
    assert_int_equal(manifests, 2);
    for (size_t i = 0; i < manifests; i++) {
        const json_t *manifest = json_array_get(vector_member(file, "manifests"), i);
        enum compartment c;
        struct manifest_key key;
        uint8_t *body, mac[HASH_LEN], expected_mac[HASH_LEN];
        size_t body_len;
        assert_true(schuil_compartment_parse(bytes_text(vector_text(manifest, "compartment")), &c));
        vector_hex_exact(manifest, "key", key.b, sizeof key.b);
        vector_hex_exact(manifest, "mac", expected_mac, sizeof expected_mac);
        assert_ok(schuil_manifest_make(rows, count, c, vector_number(manifest, "counter"), &key,
                                       &body, &body_len, mac));
        (void)vector_hex(manifest, "body", &expected);
        assert_int_equal(body_len, expected.len);
        assert_memory_equal(body, expected.b, body_len);
        assert_memory_equal(mac, expected_mac, sizeof mac);
        free(body);
    }
    json_decref(file);
}

static struct schuil_rc check(enum compartment c)
{
    enum fixture_row i = c == COMPARTMENT_ISSUE ? ROW_MANIFEST_ISSUE : ROW_MANIFEST_TRANSLATE;
    struct manifest_key key;
    memcpy(key.b, fixture.keys[i], sizeof key.b);
    memset(finding, '?', sizeof finding);
    return schuil_manifest_check(&fixture.table, c, &key, finding, sizeof finding);
}

static void refused(enum compartment c, enum schuil_rc_code code, const char *expected)
{
    assert_rc(check(c), code);
    assert_string_equal(finding, expected);
}

static void a_manifest_over_unchanged_rows_is_good(void **state)
{
    (void)state;
    assert_ok(check(COMPARTMENT_ISSUE));
    assert_string_equal(finding, "");
    assert_ok(check(COMPARTMENT_TRANSLATE));
    assert_rc(check(COMPARTMENT_OPERATE), RC_INPUT_VALUE);
}

static void each_altered_field_is_named(void **state)
{
    struct key_row *row = &fixture.rows[ROW_DOMAIN], good = *row;
    struct key_row bad[7];
    static const char *const names[] = {"purpose", "scope",       "epoch",           "generation",
                                        "state",   "public part", "destruction time"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = good;
    bad[0].purpose = PURPOSE_DOMAIN_SEAL;
    bad[1].scope++;
    bad[2].epoch++;
    bad[3].generation++;
    bad[4].state = KEY_TRANSLATE_ONLY;
    bad[5].public_len = 32;
    bad[6].destruction_time_s = 1;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char expected[128];
        *row = bad[i];
        snprintf(expected, sizeof expected, "key 12, compartment translate: its %s was altered",
                 names[i]);
        refused(COMPARTMENT_TRANSLATE, RC_CONFIG_MANIFEST, expected);
    }
    *row = good;
    assert_ok(check(COMPARTMENT_TRANSLATE));
}

static void an_altered_public_part_of_a_root_is_refused_by_both(void **state)
{
    (void)state;
    fixture.rows[ROW_ROOT].public_part[0] ^= 1;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST,
            "key 7, compartment issue: its public part was altered");
    refused(COMPARTMENT_TRANSLATE, RC_CONFIG_MANIFEST,
            "key 7, compartment translate: its public part was altered");
}

static void a_destroyed_key_made_active_again_is_refused(void **state)
{
    (void)state;
    /* Its state alone is not under the manifest: without a copy it counts as destroyed. */
    fixture.rows[ROW_TRANSPORT_GONE].state = KEY_ACTIVE;
    assert_ok(check(COMPARTMENT_ISSUE));
    fixture.rows[ROW_TRANSPORT_GONE].copies[COMPARTMENT_ISSUE] =
        fixture.rows[ROW_TRANSPORT].copies[COMPARTMENT_ISSUE];
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST,
            "key 11, compartment issue: its state was altered");
    fixture.rows[ROW_TRANSPORT_GONE].state = KEY_DESTROYED;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST,
            "key 11, compartment issue: its wrapped copy is that of key 9");
}

static void swapped_copies_are_named_with_their_owner(void **state)
{
    struct key_row swap = fixture.rows[ROW_DOMAIN];
    (void)state;
    memcpy(fixture.rows[ROW_DOMAIN].copies, fixture.rows[ROW_DOMAIN_2].copies, sizeof swap.copies);
    memcpy(fixture.rows[ROW_DOMAIN_2].copies, swap.copies, sizeof swap.copies);
    refused(COMPARTMENT_TRANSLATE, RC_CONFIG_MANIFEST,
            "key 12, compartment translate: its wrapped copy is that of key 14");
    assert_ok(check(COMPARTMENT_ISSUE));
}

static void an_altered_copy_is_named(void **state)
{
    (void)state;
    fixture.rows[ROW_SOURCE].copies[COMPARTMENT_ISSUE].wrapped[50] ^= 0x80;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST,
            "key 16, compartment issue: its wrapped copy was altered");
}

static void a_destroyed_copy_is_named(void **state)
{
    (void)state;
    fixture.rows[ROW_ROOT].copies[COMPARTMENT_ISSUE].len = 0;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST,
            "key 7, compartment issue: its state was altered");
}

static void removed_rows_are_named(void **state)
{
    struct key_row first = fixture.rows[ROW_ROOT];
    (void)state;
    fixture.rows[ROW_ROOT].copies[COMPARTMENT_ISSUE].exists = false;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST, "key 7, compartment issue: the row was removed");
    fixture.rows[ROW_ROOT] = first;
    fixture.table.count = ROW_DOMAIN_NEXT;
    refused(COMPARTMENT_TRANSLATE, RC_CONFIG_MANIFEST,
            "key 20, compartment translate: the row was removed");
}

static void added_rows_are_named(void **state)
{
    (void)state;
    fixture.rows[ROW_AUDIT_OPERATE].copies[COMPARTMENT_ISSUE] =
        fixture.rows[ROW_AUDIT_ISSUE].copies[COMPARTMENT_ISSUE];
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST, "key 5, compartment issue: the row was added");
    fixture.table.count--;
    fixture_keys_vouch(&fixture, 6);
    /* vouched over all rows of the fixture: make it over one less, then show the last */
    struct manifest_key key;
    uint8_t *body;
    memcpy(key.b, fixture.keys[ROW_MANIFEST_TRANSLATE], sizeof key.b);
    struct manifest_row *row = &fixture.table.manifests[COMPARTMENT_TRANSLATE];
    assert_ok(schuil_manifest_make(fixture.rows, fixture.table.count, COMPARTMENT_TRANSLATE, 6,
                                   &key, &body, &row->body_len, row->mac));
    row->body = body;
    assert_ok(check(COMPARTMENT_TRANSLATE));
    fixture.table.count++;
    refused(COMPARTMENT_TRANSLATE, RC_CONFIG_MANIFEST,
            "key 24, compartment translate: the row was added");
    free(body);
}

static void an_altered_manifest_is_refused(void **state)
{
    struct manifest_row *row = &fixture.table.manifests[COMPARTMENT_ISSUE];
    const char *const bad_mac = "manifest of compartment issue: its mac does not verify";
    (void)state;
    row->mac[31] ^= 1;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST, bad_mac);
    row->mac[31] ^= 1;
    fixture.bodies[COMPARTMENT_ISSUE][60] ^= 1;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST, bad_mac);
    fixture.bodies[COMPARTMENT_ISSUE][60] ^= 1;
    row->body_len--;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST, bad_mac);
    row->body_len = 0;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST, bad_mac);
    row->exists = false;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST, "manifest of compartment issue: absent");
}

static void an_altered_counter_is_refused(void **state)
{
    (void)state;
    fixture.table.manifests[COMPARTMENT_ISSUE].counter++;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST,
            "manifest of compartment issue: its counter was altered");
}

static void a_manifest_of_the_other_compartment_is_refused(void **state)
{
    (void)state;
    /* Even where both had one manifest key. */
    memcpy(fixture.keys[ROW_MANIFEST_TRANSLATE], fixture.keys[ROW_MANIFEST_ISSUE], 32);
    fixture.table.manifests[COMPARTMENT_TRANSLATE] = fixture.table.manifests[COMPARTMENT_ISSUE];
    refused(COMPARTMENT_TRANSLATE, RC_CONFIG_MANIFEST,
            "manifest of compartment translate: it is another compartment's");
}

static void an_older_manifest_than_seen_is_refused(void **state)
{
    (void)state;
    fixture.table.seen[COMPARTMENT_ISSUE].counter = 6;
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST_OLD,
            "manifest of compartment issue: its counter 5 is lower than 6, seen before");
    /* So is it told without a key. */
    assert_int_equal(
        schuil_manifest_age(&fixture.table, COMPARTMENT_ISSUE, finding, sizeof finding).code,
        RC_CONFIG_MANIFEST_OLD);
    assert_string_equal(
        finding, "manifest of compartment issue: its counter 5 is lower than 6, seen before");
    fixture.table.seen[COMPARTMENT_ISSUE].counter = 5;
    assert_ok(schuil_manifest_age(&fixture.table, COMPARTMENT_ISSUE, finding, sizeof finding));
    assert_string_equal(finding, "");
    refused(COMPARTMENT_ISSUE, RC_CONFIG_MANIFEST_OLD,
            "manifest of compartment issue: its counter was seen with another mac");
    memcpy(fixture.table.seen[COMPARTMENT_ISSUE].mac,
           fixture.table.manifests[COMPARTMENT_ISSUE].mac, HASH_LEN);
    assert_ok(check(COMPARTMENT_ISSUE));
    fixture.table.seen[COMPARTMENT_ISSUE].counter = 4;
    memset(fixture.table.seen[COMPARTMENT_ISSUE].mac, 0, HASH_LEN);
    assert_ok(check(COMPARTMENT_ISSUE));
}

static void rows_out_of_order_make_no_manifest(void **state)
{
    struct manifest_key key = {{1}};
    uint8_t *body = (uint8_t *)finding, mac[HASH_LEN];
    size_t body_len = 9;
    (void)state;
    fixture.rows[3].number = fixture.rows[2].number;
    assert_rc(schuil_manifest_make(fixture.rows, FIXTURE_ROW_COUNT, COMPARTMENT_ISSUE, 1, &key,
                                   &body, &body_len, mac),
              RC_STORE_DATA);
    assert_null(body);
    assert_int_equal(body_len, 0);
    fixture.rows[3].number = 4;
    assert_rc(schuil_manifest_make(fixture.rows, FIXTURE_ROW_COUNT, COMPARTMENT_OPERATE, 1, &key,
                                   &body, &body_len, mac),
              RC_INPUT_VALUE);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manifests_are_those_of_the_second_implementation),
        fresh(a_manifest_over_unchanged_rows_is_good),
        fresh(each_altered_field_is_named),
        fresh(an_altered_public_part_of_a_root_is_refused_by_both),
        fresh(a_destroyed_key_made_active_again_is_refused),
        fresh(swapped_copies_are_named_with_their_owner),
        fresh(an_altered_copy_is_named),
        fresh(a_destroyed_copy_is_named),
        fresh(removed_rows_are_named),
        fresh(added_rows_are_named),
        fresh(an_altered_manifest_is_refused),
        fresh(an_altered_counter_is_refused),
        fresh(a_manifest_of_the_other_compartment_is_refused),
        fresh(an_older_manifest_than_seen_is_refused),
        fresh(rows_out_of_order_make_no_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
