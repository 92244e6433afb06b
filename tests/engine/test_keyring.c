/* SPDX-License-Identifier: Apache-2.0 */
/* engine/keys/keyring.c, key_lookup.c and selftest.c: loading keys into a snapshot, and which key
 * is found for which use. */
#include "engine_unit.h"
#include "fixture_keys.h"
#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/snapshot.h"

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

/* Load the fixture; NULL and the finding when it is refused. */
static struct snapshot *load(enum schuil_rc_code expected)
{
    struct snapshot_builder *b;
    struct snapshot *s = NULL;
    const char *found = NULL;
    assert_ok(schuil_snapshot_builder_new(&b));
    struct schuil_rc rc = schuil_snapshot_add_keys(b, &fixture.table, &fixture.ring,
                                                   FIXTURE_ALL_COMPARTMENTS, &found);
    snprintf(finding, sizeof finding, "%s", found);
    assert_rc(rc, expected);
    /* A refusal leaves no key behind, whatever the caller does next. */
    assert_ok(schuil_snapshot_seal(b, 3, &s));
    struct root_ref root;
    assert_int_equal(schuil_key_root_active(s, &root), expected == RC_OK);
    assert_int_equal(schuil_key_highest(s), expected == RC_OK ? FIXTURE_ROW_COUNT : 0);
    if (expected == RC_OK)
        return s;
    assert_null(schuil_key_audit(s));
    schuil_snapshot_unref(s);
    return NULL;
}

static void refused(enum schuil_rc_code code, const char *expected)
{
    assert_null(load(code));
    assert_string_equal(finding, expected);
}

/* Change what rows say as a rightful change would, so that only the loading's own checks are left.
 */
static void vouched_refused(enum schuil_rc_code code, const char *expected)
{
    fixture_keys_vouch(&fixture, 6);
    refused(code, expected);
}

/* What signs is the pair of that row's seed and of no other. */
static void assert_signs_with(const struct snapshot *s, size_t row)
{
    uint8_t signature[ED25519_SIGNATURE_LEN];
    struct bytes text = bytes_text("a head");
    const struct signing_pair *pair = schuil_key_audit(s);
    assert_non_null(pair);
    assert_ok(schuil_ed25519_sign(pair, text, signature));
    assert_true(schuil_ed25519_verify(fixture.rows[row].public_part, text, signature));
}

static void each_use_finds_its_key(void **state)
{
    struct root_ref root;
    struct transport_ref transport;
    uint32_t number;
    (void)state;
    struct snapshot *s = load(RC_OK);
    assert_string_equal(finding, "");
    assert_true(schuil_key_root_active(s, &root));
    assert_memory_equal(root.key, fixture.keys[ROW_ROOT], 32);
    assert_int_equal(root.number, ROW_ROOT + 1);
    assert_int_equal(root.epoch, 1);
    assert_true(schuil_key_transport_newest(s, &transport));
    assert_memory_equal(transport.key, fixture.keys[ROW_TRANSPORT], 32);
    assert_int_equal(transport.number, ROW_TRANSPORT + 1);
    const struct scalar *domain = schuil_key_domain(s, 1, 1, 1, &number);
    assert_non_null(domain);
    assert_memory_equal(domain, fixture.keys[ROW_DOMAIN], 32);
    assert_int_equal(number, ROW_DOMAIN + 1);
    const struct siv_key *seal = schuil_key_domain_seal(s, 1, 1, &number);
    assert_non_null(seal);
    assert_memory_equal(seal, fixture.keys[ROW_DOMAIN_SEAL], 64);
    assert_int_equal(number, ROW_DOMAIN_SEAL + 1);
    seal = schuil_key_domain_seal(s, 2, 1, NULL);
    assert_memory_equal(seal, fixture.keys[ROW_DOMAIN_SEAL_2], 64);
    assert_signs_with(s, ROW_AUDIT_ISSUE);
    schuil_snapshot_unref(s);
}

static void opening_finds_active_and_translate_only_keys(void **state)
{
    (void)state;
    struct snapshot *s = load(RC_OK);
    const struct transport_key *key = schuil_key_transport(s, ROW_TRANSPORT_OLD + 1);
    assert_non_null(key);
    assert_memory_equal(key, fixture.keys[ROW_TRANSPORT_OLD], 32);
    assert_non_null(schuil_key_transport(s, ROW_TRANSPORT + 1));
    schuil_snapshot_unref(s);
}

static void keys_made_ahead_open_but_make_nothing(void **state)
{
    struct root_ref root;
    struct transport_ref transport;
    (void)state;
    struct snapshot *s = load(RC_OK);
    const struct transport_key *key = schuil_key_transport(s, ROW_TRANSPORT_NEXT + 1);
    assert_non_null(key);
    assert_memory_equal(key, fixture.keys[ROW_TRANSPORT_NEXT], 32);
    const struct scalar *domain = schuil_key_domain(s, 1, 1, 2, NULL);
    assert_non_null(domain);
    assert_memory_equal(domain, fixture.keys[ROW_DOMAIN_NEXT], 32);
    assert_true(schuil_key_transport_newest(s, &transport));
    assert_int_equal(transport.number, ROW_TRANSPORT + 1);
    assert_true(schuil_key_root_active(s, &root));
    assert_int_equal(root.epoch, 1);
    schuil_snapshot_unref(s);
}

static void a_domain_key_made_ahead_opens_as_the_one_before_it(void **state)
{
    static const enum key_state stopped[] = {KEY_SUSPENDED, KEY_COMPROMISED, KEY_PRE_ACTIVE};
    (void)state;
    for (size_t i = 0; i < sizeof stopped / sizeof *stopped; i++) {
        fixture.rows[ROW_DOMAIN].state = stopped[i];
        fixture_keys_vouch(&fixture, 6 + i);
        struct snapshot *s = load(RC_OK);
        assert_null(schuil_key_domain(s, 1, 1, 2, NULL));
        schuil_snapshot_unref(s);
    }
    fixture.rows[ROW_DOMAIN].state = KEY_TRANSLATE_ONLY;
    fixture_keys_vouch(&fixture, 10);
    struct snapshot *s = load(RC_OK);
    assert_non_null(schuil_key_domain(s, 1, 1, 2, NULL));
    schuil_snapshot_unref(s);
}

static void other_states_numbers_and_purposes_find_nothing(void **state)
{
    uint32_t number = 77;
    (void)state;
    struct snapshot *s = load(RC_OK);
    assert_null(schuil_key_transport(s, 0));
    assert_null(schuil_key_transport(s, ROW_TRANSPORT_GONE + 1)); /* destroyed */
    assert_null(schuil_key_transport(s, ROW_PAIR + 1));
    assert_null(schuil_key_transport(s, FIXTURE_ROW_COUNT + 1));
    assert_null(schuil_key_domain(s, 2, 1, 1, &number)); /* suspended */
    assert_int_equal(number, 0);
    assert_null(schuil_key_domain(s, 1, 3, 1, NULL));
    assert_null(schuil_key_domain(s, 3, 1, 1, NULL));
    assert_null(schuil_key_domain_seal(s, 1, 3, NULL));
    assert_null(schuil_key_domain_seal(s, 3, 1, NULL));
    schuil_snapshot_unref(s);
}

static void a_provider_seals_with_its_newest_source_key_and_opens_with_each(void **state)
{
    struct source_ref source;
    uint32_t number;
    (void)state;
    struct snapshot *s = load(RC_OK);
    assert_true(schuil_key_source_active(s, 1, &source));
    assert_int_equal(source.number, ROW_SOURCE_NEW + 1);
    assert_int_equal(source.generation, 2);
    assert_memory_equal(source.key, fixture.keys[ROW_SOURCE_NEW], 64);
    const struct source_key *old = schuil_key_source(s, 1, 1, &number);
    assert_non_null(old);
    assert_memory_equal(old, fixture.keys[ROW_SOURCE_OLD], 64);
    assert_int_equal(number, ROW_SOURCE_OLD + 1);
    assert_true(schuil_key_source_active(s, 3, &source));
    assert_int_equal(source.number, ROW_SOURCE + 1);
    schuil_snapshot_unref(s);
}

static void other_providers_generations_and_states_have_no_source_key(void **state)
{
    struct source_ref source;
    uint32_t number = 77;
    (void)state;
    fixture.rows[ROW_SOURCE_NEW].state = KEY_SUSPENDED;
    fixture_keys_vouch(&fixture, 6);
    struct snapshot *s = load(RC_OK);
    assert_false(schuil_key_source_active(s, 1, &source)); /* the other is translate-only */
    assert_null(source.key);
    assert_false(schuil_key_source_active(s, 2, &source));
    assert_false(schuil_key_source_active(s, 4, &source));
    assert_null(schuil_key_source(s, 1, 2, &number));
    assert_int_equal(number, 0);
    assert_null(schuil_key_source(s, 1, 3, NULL));
    assert_null(schuil_key_source(s, 2, 1, NULL));
    assert_non_null(schuil_key_source(s, 1, 1, NULL));
    schuil_snapshot_unref(s);
}

static void two_source_keys_of_one_generation_are_refused(void **state)
{
    (void)state;
    fixture.rows[ROW_SOURCE_NEW].generation = 1;
    fixture_keys_wrap(&fixture, ROW_SOURCE_NEW);
    fixture_keys_vouch(&fixture, 6);
    refused(RC_CONFIG_KEY_ROW,
            "key 18, compartment issue: another key has the same purpose, scope, "
            "epoch and generation");
}

static void a_transport_key_without_issues_copy_only_opens(void **state)
{
    struct transport_ref transport;
    (void)state;
    fixture.rows[ROW_TRANSPORT].copies[COMPARTMENT_ISSUE].len = 0;
    fixture_keys_vouch(&fixture, 6);
    struct snapshot *s = load(RC_OK);
    assert_false(schuil_key_transport_newest(s, &transport));
    assert_null(transport.key);
    assert_non_null(schuil_key_transport(s, ROW_TRANSPORT + 1));
    schuil_snapshot_unref(s);
}

static void the_newest_transport_key_and_the_highest_epoch_are_used(void **state)
{
    struct transport_ref transport;
    struct root_ref root;
    (void)state;
    fixture.rows[ROW_TRANSPORT_NEXT].state = KEY_ACTIVE;
    fixture.rows[ROW_ROOT_NEXT].state = KEY_ACTIVE;
    fixture_keys_vouch(&fixture, 6);
    struct snapshot *s = load(RC_OK);
    assert_true(schuil_key_transport_newest(s, &transport));
    assert_int_equal(transport.number, ROW_TRANSPORT_NEXT + 1);
    assert_true(schuil_key_root_active(s, &root));
    assert_int_equal(root.epoch, 2);
    schuil_snapshot_unref(s);
}

static void the_audit_key_is_the_first_compartments_that_has_one(void **state)
{
    (void)state;
    fixture.rows[ROW_AUDIT_ISSUE].state = KEY_SUSPENDED;
    fixture_keys_vouch(&fixture, 6);
    struct snapshot *s = load(RC_OK);
    assert_signs_with(s, ROW_AUDIT_TRANSLATE);
    schuil_snapshot_unref(s);
    fixture.rows[ROW_AUDIT_TRANSLATE].state = KEY_SUSPENDED;
    fixture_keys_vouch(&fixture, 7);
    s = load(RC_OK);
    assert_signs_with(s, ROW_AUDIT_OPERATE);
    schuil_snapshot_unref(s);
}

static void rows_that_no_manifest_vouches_for_are_refused(void **state)
{
    (void)state;
    fixture.rows[ROW_DOMAIN_2].state = KEY_ACTIVE;
    refused(RC_CONFIG_MANIFEST, "key 14, compartment translate: its state was altered");
    fixture.rows[ROW_DOMAIN_2].state = KEY_SUSPENDED;
    fixture.table.seen[COMPARTMENT_TRANSLATE].counter = 9;
    refused(RC_CONFIG_MANIFEST_OLD,
            "manifest of compartment translate: its counter 5 is lower than 9, seen before");
    fixture.table.manifests[COMPARTMENT_ISSUE].exists = false;
    refused(RC_CONFIG_MANIFEST, "manifest of compartment issue: absent");
}

static void a_compartment_has_one_active_manifest_key(void **state)
{
    (void)state;
    fixture.rows[ROW_MANIFEST_TRANSLATE].state = KEY_SUSPENDED;
    refused(RC_CONFIG_MANIFEST, "manifest of compartment translate: no active manifest key");
    fixture.rows[ROW_MANIFEST_TRANSLATE].state = KEY_ACTIVE;
    fixture.rows[ROW_AUDIT_TRANSLATE].purpose = PURPOSE_MANIFEST;
    refused(RC_CONFIG_KEY_ROW, "key 4, compartment translate: a second active manifest key");
}

static void keys_under_another_wrapping_key_are_refused(void **state)
{
    (void)state;
    fixture.wrapping.b[0] ^= 1;
    refused(RC_CONFIG_KEY_ROW,
            "key 1, compartment issue: its wrapped copy does not open under its wrapping key");
    fixture.wrapping.b[0] ^= 1;
    fixture.rows[ROW_SOURCE].copies[COMPARTMENT_ISSUE].wrapping_name[0] = 'x';
    refused(RC_CONFIG_WRAPPING, "key 16, compartment issue: its wrapping key x1 is not here");
}

static void a_public_part_that_is_not_its_keys_is_refused(void **state)
{
    (void)state;
    fixture.rows[ROW_ROOT].public_part[0] ^= 1;
    vouched_refused(RC_CONFIG_KEY_ROW,
                    "key 7, compartment issue: its public part is not that of its key");
    fixture.rows[ROW_ROOT].public_part[0] ^= 1;
    fixture.rows[ROW_AUDIT_OPERATE].public_len = 0;
    vouched_refused(RC_CONFIG_KEY_ROW,
                    "key 5, compartment operate: its public part is not that of its key");
}

static void a_scalar_out_of_range_is_refused(void **state)
{
    static const uint8_t zero[32];
    (void)state;
    assert_ok(schuil_key_wrap_copies(&fixture.rows[ROW_DOMAIN], bytes_of(zero, 32),
                                     &fixture.ring.refs[0]));
    vouched_refused(RC_CONFIG_KEY_ROW,
                    "key 12, compartment translate: its key is zero or not canonical");
}

static void copies_that_differ_are_refused(void **state)
{
    struct key_row *row = &fixture.rows[ROW_TRANSPORT], other = *row;
    uint8_t key[32];
    (void)state;
    assert_ok(schuil_key_draw(&other, key));
    assert_ok(schuil_key_wrap_copies(&other, bytes_of(key, 32), &fixture.ring.refs[0]));
    row->copies[COMPARTMENT_TRANSLATE] = other.copies[COMPARTMENT_TRANSLATE];
    vouched_refused(RC_CONFIG_KEY_ROW,
                    "key 9, compartment translate: its copies hold different keys");
}

static void a_copy_in_a_wrong_compartment_is_refused(void **state)
{
    (void)state;
    fixture.rows[ROW_ROOT].copies[COMPARTMENT_OPERATE] =
        fixture.rows[ROW_ROOT].copies[COMPARTMENT_ISSUE];
    refused(RC_CONFIG_KEY_ROW, "key 7, compartment operate: a copy that may not be there");
    memset(&fixture.rows[ROW_ROOT].copies[COMPARTMENT_OPERATE], 0,
           sizeof fixture.rows[ROW_ROOT].copies[0]);
    fixture.rows[ROW_AUDIT_ISSUE].copies[COMPARTMENT_OPERATE] =
        fixture.rows[ROW_AUDIT_OPERATE].copies[COMPARTMENT_OPERATE];
    refused(RC_CONFIG_KEY_ROW, "key 3, compartment issue: more than its one copy");
}

static void two_keys_in_one_place_are_refused(void **state)
{
    (void)state;
    fixture.rows[ROW_DOMAIN_2].scope = 1;
    fixture_keys_wrap(&fixture, ROW_DOMAIN_2);
    vouched_refused(RC_CONFIG_KEY_ROW,
                    "key 14, compartment translate: another key has the same purpose, scope, epoch "
                    "and generation");
    fixture.rows[ROW_DOMAIN_2].scope = 2;
    fixture_keys_wrap(&fixture, ROW_DOMAIN_2);
    fixture.rows[ROW_DOMAIN_SEAL_2].scope = 1;
    fixture.rows[ROW_DOMAIN_SEAL_2].epoch = 9; /* a seal outlives epochs */
    fixture_keys_wrap(&fixture, ROW_DOMAIN_SEAL_2);
    vouched_refused(RC_CONFIG_KEY_ROW,
                    "key 15, compartment translate: another key has the same purpose, scope, epoch "
                    "and generation");
}

static void an_epoch_that_would_change_finals_is_refused(void **state)
{
    struct key_row row = {.purpose = PURPOSE_DOMAIN};
    (void)state;
    assert_ok(schuil_key_draw(&row, fixture.keys[ROW_DOMAIN_NEXT]));
    fixture_keys_wrap(&fixture, ROW_DOMAIN_NEXT);
    vouched_refused(RC_CONFIG_SELFTEST,
                    "key 21, compartment translate: self-test failed, the finals "
                    "of its domain would differ between epochs");
}

static void an_epoch_without_its_root_row_is_refused(void **state)
{
    (void)state;
    fixture.rows[ROW_ROOT_NEXT].epoch = 3;
    fixture_keys_wrap(&fixture, ROW_ROOT_NEXT);
    vouched_refused(RC_CONFIG_SELFTEST,
                    "key 21, compartment translate: self-test failed, the finals "
                    "of its domain would differ between epochs");
}

static void the_self_test_needs_only_the_public_part_of_a_root(void **state)
{
    (void)state;
    fixture.rows[ROW_ROOT].state = KEY_DESTROYED;
    fixture.rows[ROW_ROOT].copies[COMPARTMENT_ISSUE].len = 0;
    fixture.rows[ROW_ROOT_NEXT].state = KEY_ACTIVE;
    fixture.rows[ROW_DOMAIN_NEXT].state = KEY_ACTIVE;
    fixture.rows[ROW_DOMAIN].state = KEY_TRANSLATE_ONLY;
    fixture_keys_vouch(&fixture, 6);
    struct snapshot *s = load(RC_OK);
    assert_non_null(schuil_key_domain(s, 1, 1, 1, NULL));
    assert_non_null(schuil_key_domain(s, 1, 1, 2, NULL));
    schuil_snapshot_unref(s);
}

static void rows_out_of_order_are_refused(void **state)
{
    (void)state;
    fixture.rows[4].number = fixture.rows[3].number;
    refused(RC_STORE_DATA, "");
    fixture.table.count = 0;
    refused(RC_CONFIG_MANIFEST, "manifest of compartment issue: no active manifest key");
}

static void keys_are_added_once(void **state)
{
    struct snapshot_builder *b;
    const char *found;
    (void)state;
    assert_ok(schuil_snapshot_builder_new(&b));
    assert_ok(schuil_snapshot_add_keys(b, &fixture.table, &fixture.ring, FIXTURE_ALL_COMPARTMENTS,
                                       &found));
    assert_rc(schuil_snapshot_add_keys(b, &fixture.table, &fixture.ring, FIXTURE_ALL_COMPARTMENTS,
                                       &found),
              RC_INTERNAL);
    schuil_snapshot_builder_free(b);
}

/* s_2 = up * s_1 and s_1 = down * s_2, as bytes that the test multiplies itself. */
static void the_step_between_two_generations_is_the_quotient_of_their_keys(void **state)
{
    struct scalar old, new, made;
    uint32_t numbers[2];
    (void)state;
    struct snapshot *s = load(RC_OK);
    memcpy(old.b, fixture.keys[ROW_DOMAIN], sizeof old.b);
    memcpy(new.b, fixture.keys[ROW_DOMAIN_G2], sizeof new.b);
    const struct scalar *up = schuil_key_domain_step(s, 1, 1, 2, numbers);
    assert_non_null(up);
    assert_int_equal(numbers[0], ROW_DOMAIN + 1);
    assert_int_equal(numbers[1], ROW_DOMAIN_G2 + 1);
    assert_ok(schuil_scalar_multiply(up, &old, &made));
    assert_memory_equal(&made, &new, sizeof made);
    const struct scalar *down = schuil_key_domain_step(s, 1, 2, 1, numbers);
    assert_non_null(down);
    assert_ok(schuil_scalar_multiply(down, &new, &made));
    assert_memory_equal(&made, &old, sizeof made);
    assert_null(schuil_key_domain_step(s, 1, 1, 1, numbers));
    assert_null(schuil_key_domain_step(s, 1, 1, 3, numbers));
    assert_null(schuil_key_domain_step(s, 2, 1, 2, numbers));
    assert_int_equal(numbers[0], 0);
    schuil_snapshot_unref(s);
}

static void there_is_no_step_to_a_key_that_is_not_active(void **state)
{
    uint32_t numbers[2];
    (void)state;
    fixture.rows[ROW_DOMAIN_G2].state = KEY_SUSPENDED;
    fixture_keys_vouch(&fixture, 6);
    struct snapshot *s = load(RC_OK);
    assert_null(schuil_key_domain_step(s, 1, 1, 2, numbers));
    assert_null(schuil_key_domain_step(s, 1, 2, 1, numbers));
    schuil_snapshot_unref(s);
}

static void a_snapshot_without_keys_finds_none(void **state)
{
    struct snapshot_builder *b;
    struct snapshot *s;
    struct root_ref root;
    struct transport_ref transport;
    (void)state;
    assert_ok(schuil_snapshot_builder_new(&b));
    assert_ok(schuil_snapshot_seal(b, 1, &s));
    assert_false(schuil_key_root_active(s, &root));
    assert_false(schuil_key_transport_newest(s, &transport));
    assert_null(schuil_key_transport(s, 1));
    assert_null(schuil_key_domain(s, 1, 1, 1, NULL));
    assert_null(schuil_key_domain_seal(s, 1, 1, NULL));
    assert_null(schuil_key_audit(s));
    schuil_snapshot_unref(s);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        fresh(each_use_finds_its_key),
        fresh(opening_finds_active_and_translate_only_keys),
        fresh(keys_made_ahead_open_but_make_nothing),
        fresh(a_domain_key_made_ahead_opens_as_the_one_before_it),
        fresh(other_states_numbers_and_purposes_find_nothing),
        fresh(a_provider_seals_with_its_newest_source_key_and_opens_with_each),
        fresh(other_providers_generations_and_states_have_no_source_key),
        fresh(two_source_keys_of_one_generation_are_refused),
        fresh(a_transport_key_without_issues_copy_only_opens),
        fresh(the_newest_transport_key_and_the_highest_epoch_are_used),
        fresh(the_audit_key_is_the_first_compartments_that_has_one),
        fresh(rows_that_no_manifest_vouches_for_are_refused),
        fresh(a_compartment_has_one_active_manifest_key),
        fresh(keys_under_another_wrapping_key_are_refused),
        fresh(a_public_part_that_is_not_its_keys_is_refused),
        fresh(a_scalar_out_of_range_is_refused),
        fresh(copies_that_differ_are_refused),
        fresh(a_copy_in_a_wrong_compartment_is_refused),
        fresh(two_keys_in_one_place_are_refused),
        fresh(an_epoch_that_would_change_finals_is_refused),
        fresh(an_epoch_without_its_root_row_is_refused),
        fresh(the_self_test_needs_only_the_public_part_of_a_root),
        fresh(rows_out_of_order_are_refused),
        fresh(keys_are_added_once),
        fresh(the_step_between_two_generations_is_the_quotient_of_their_keys),
        fresh(there_is_no_step_to_a_key_that_is_not_active),
        fresh(a_snapshot_without_keys_finds_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
