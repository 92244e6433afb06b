/* SPDX-License-Identifier: Apache-2.0 */
/* engine/keys/keyring.c for a process that serves some of the compartments: what it finds, what
 * its memory holds, and what it checks. */
#include "engine_unit.h"
#include "fixture_keys.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/snapshot.h"

enum { TAKEN_CAP = 128 };
static const unsigned issue_alone = 1U << COMPARTMENT_ISSUE;
static const unsigned translate_alone = 1U << COMPARTMENT_TRANSLATE;
static const unsigned operate_alone = 1U << COMPARTMENT_OPERATE;

static struct fixture_keys fixture;
static char finding[256];
static struct bytes taken[TAKEN_CAP]; /* of the slab, as it was handed out */
static size_t taken_count;

/* Replaces schuil_slab_take at link time: all that a snapshot keeps of keys passes here. */
void *__real_schuil_slab_take(struct slab *slab, size_t len);
void *__wrap_schuil_slab_take(struct slab *slab, size_t len);
void *__wrap_schuil_slab_take(struct slab *slab, size_t len)
{
    void *place = __real_schuil_slab_take(slab, len);
    assert_true(taken_count < TAKEN_CAP);
    taken[taken_count++] = bytes_of(place, len);
    return place;
}

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

/* NULL and the finding when it is refused. */
static struct snapshot *load(unsigned compartments, enum schuil_rc_code expected)
{
    struct snapshot_builder *b;
    struct snapshot *s = NULL;
    const char *found = "";
    taken_count = 0;
    assert_ok(schuil_snapshot_builder_new(&b));
    struct schuil_rc rc =
        schuil_snapshot_add_keys(b, &fixture.table, &fixture.ring, compartments, &found);
    snprintf(finding, sizeof finding, "%s", found);
    assert_rc(rc, expected);
    if (expected == RC_OK)
        assert_ok(schuil_snapshot_seal(b, 3, &s));
    else
        schuil_snapshot_builder_free(b);
    return s;
}

static void refused(unsigned compartments, enum schuil_rc_code code, const char *expected)
{
    assert_null(load(compartments, code));
    assert_string_equal(finding, expected);
}

static void accepted(unsigned compartments)
{
    schuil_snapshot_unref(load(compartments, RC_OK));
}

/* Signs as the audit key of this row does. */
static void assert_audits_with(const struct snapshot *s, size_t row)
{
    uint8_t signature[ED25519_SIGNATURE_LEN];
    struct bytes text = bytes_text("a head");
    const struct signing_pair *pair = schuil_key_audit(s);
    assert_non_null(pair);
    assert_ok(schuil_ed25519_sign(pair, text, signature));
    assert_true(schuil_ed25519_verify(fixture.rows[row].public_part, text, signature));
}

static void assert_finds_no_key_of_issue(const struct snapshot *s)
{
    struct root_ref root;
    struct transport_ref transport;
    struct source_ref source;
    assert_false(schuil_key_root_active(s, &root));
    assert_null(root.key);
    assert_false(schuil_key_transport_newest(s, &transport));
    assert_null(transport.key);
    for (uint32_t organisation = 1; organisation <= 3; organisation++) {
        assert_false(schuil_key_source_active(s, organisation, &source));
        for (uint32_t generation = 1; generation <= 2; generation++)
            assert_null(schuil_key_source(s, organisation, generation, NULL));
    }
}

static void assert_finds_no_key_of_translate(const struct snapshot *s)
{
    uint32_t number, epoch, numbers[2];
    for (uint32_t i = 1; i <= FIXTURE_ROW_COUNT; i++)
        assert_null(schuil_key_transport(s, i));
    for (uint32_t domain = 1; domain <= 2; domain++)
        for (uint32_t generation = 1; generation <= 2; generation++) {
            assert_null(schuil_key_domain(s, domain, generation, 1, NULL));
            assert_null(schuil_key_domain(s, domain, generation, 2, NULL));
            assert_null(schuil_key_domain_seal(s, domain, generation, NULL));
            assert_null(schuil_key_domain_inverse(s, domain, generation, &number, &epoch));
        }
    assert_null(schuil_key_domain_step(s, 1, 1, 2, numbers));
    assert_null(schuil_key_domain_step(s, 1, 2, 1, numbers));
}

static void issue_alone_finds_its_own_keys_and_no_others(void **state)
{
    struct root_ref root;
    struct transport_ref transport;
    struct source_ref source;
    (void)state;
    struct snapshot *s = load(issue_alone, RC_OK);
    assert_true(schuil_key_root_active(s, &root));
    assert_memory_equal(root.key, fixture.keys[ROW_ROOT], 32);
    assert_true(schuil_key_transport_newest(s, &transport));
    assert_memory_equal(transport.key, fixture.keys[ROW_TRANSPORT], 32);
    assert_true(schuil_key_source_active(s, 1, &source));
    assert_memory_equal(source.key, fixture.keys[ROW_SOURCE_NEW], 64);
    assert_audits_with(s, ROW_AUDIT_ISSUE);
    assert_finds_no_key_of_translate(s);
    assert_null(schuil_key_policy(s));
    schuil_snapshot_unref(s);
}

static void translate_alone_finds_its_own_keys_and_no_others(void **state)
{
    (void)state;
    struct snapshot *s = load(translate_alone, RC_OK);
    assert_memory_equal(schuil_key_domain(s, 1, 1, 1, NULL), fixture.keys[ROW_DOMAIN], 32);
    assert_memory_equal(schuil_key_domain(s, 1, 1, 2, NULL), fixture.keys[ROW_DOMAIN_NEXT], 32);
    assert_memory_equal(schuil_key_domain_seal(s, 1, 1, NULL), fixture.keys[ROW_DOMAIN_SEAL], 64);
    assert_memory_equal(schuil_key_transport(s, ROW_TRANSPORT_OLD + 1),
                        fixture.keys[ROW_TRANSPORT_OLD], 32);
    assert_memory_equal(schuil_key_transport(s, ROW_TRANSPORT + 1), fixture.keys[ROW_TRANSPORT],
                        32);
    assert_audits_with(s, ROW_AUDIT_TRANSLATE);
    assert_finds_no_key_of_issue(s);
    assert_null(schuil_key_policy(s));
    schuil_snapshot_unref(s);
}

static void operate_alone_finds_its_own_keys_and_no_others(void **state)
{
    (void)state;
    struct snapshot *s = load(operate_alone, RC_OK);
    assert_non_null(schuil_key_policy(s));
    assert_audits_with(s, ROW_AUDIT_OPERATE);
    assert_finds_no_key_of_issue(s);
    assert_finds_no_key_of_translate(s);
    schuil_snapshot_unref(s);
}

static bool is_held(size_t row)
{
    size_t len = schuil_purpose_len(fixture.rows[row].purpose);
    for (size_t i = 0; i < taken_count; i++)
        if (memmem(taken[i].data, taken[i].len, fixture.keys[row], len) != NULL)
            return true;
    return false;
}

static bool may_be_held(size_t i, unsigned compartments)
{
    const struct key_row *row = &fixture.rows[i];
    bool has_copy = false;
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        has_copy = has_copy || ((compartments & 1U << c) != 0 && row->copies[c].len > 0);
    return has_copy && row->state != KEY_DESTROYED;
}

static void memory_holds_the_keys_of_its_compartments_and_no_others(void **state)
{
    (void)state;
    for (unsigned compartments = 1; compartments <= FIXTURE_ALL_COMPARTMENTS; compartments++) {
        struct snapshot *s = load(compartments, RC_OK);
        for (size_t i = 0; i < FIXTURE_ROW_COUNT; i++)
            assert_int_equal(is_held(i), may_be_held(i, compartments));
        schuil_snapshot_unref(s);
    }
}

static void a_wrapping_key_of_another_compartment_is_not_needed(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIXTURE_ROW_COUNT; i++)
        for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
            if (c != COMPARTMENT_TRANSLATE && fixture.rows[i].copies[c].exists)
                fixture.rows[i].copies[c].wrapping_name[0] = 'x';
    accepted(translate_alone);
    refused(issue_alone, RC_CONFIG_WRAPPING,
            "key 1, compartment issue: its wrapping key x1 is not here");
    refused(operate_alone, RC_CONFIG_WRAPPING,
            "key 5, compartment operate: its wrapping key x1 is not here");
}

static void each_process_verifies_its_own_manifest(void **state)
{
    (void)state;
    fixture.table.manifests[COMPARTMENT_TRANSLATE].mac[0] ^= 1;
    refused(translate_alone, RC_CONFIG_MANIFEST,
            "manifest of compartment translate: its mac does not verify");
    accepted(issue_alone);
    accepted(operate_alone);
    refused(issue_alone | translate_alone, RC_CONFIG_MANIFEST,
            "manifest of compartment translate: its mac does not verify");
    fixture.table.manifests[COMPARTMENT_TRANSLATE].mac[0] ^= 1;
    fixture.table.seen[COMPARTMENT_ISSUE].counter = 9;
    accepted(translate_alone);
    refused(issue_alone, RC_CONFIG_MANIFEST_OLD,
            "manifest of compartment issue: its counter 5 is lower than 9, seen before");
}

static void translate_alone_repeats_the_self_test(void **state)
{
    struct key_row row = {.purpose = PURPOSE_DOMAIN};
    (void)state;
    assert_ok(schuil_key_draw(&row, fixture.keys[ROW_DOMAIN_NEXT]));
    fixture_keys_wrap(&fixture, ROW_DOMAIN_NEXT);
    fixture_keys_vouch(&fixture, 6);
    refused(translate_alone, RC_CONFIG_SELFTEST,
            "key 21, compartment translate: self-test failed, the finals of its domain would "
            "differ between epochs");
    accepted(issue_alone);
}

/* What translate cannot vouch for, a root's state, does not choose the K_e of its self-test. */
static void the_self_test_leans_on_no_more_than_translates_manifest(void **state)
{
    (void)state;
    fixture.rows[ROW_ROOT].state = KEY_DESTROYED;
    fixture.rows[ROW_ROOT_NEXT].state = KEY_COMPROMISED;
    accepted(translate_alone);
    fixture.rows[ROW_ROOT].public_part[0] ^= 1;
    refused(translate_alone, RC_CONFIG_MANIFEST,
            "key 7, compartment translate: its public part was altered");
}

static void some_compartment_must_be_served(void **state)
{
    (void)state;
    refused(0, RC_INTERNAL, "");
    refused(1U << COMPARTMENT_COUNT, RC_INTERNAL, "");
}

static void operate_alone_in_an_empty_database_finds_nothing(void **state)
{
    (void)state;
    fixture.table.count = 0;
    struct snapshot *s = load(operate_alone, RC_OK);
    assert_null(schuil_key_audit(s));
    assert_null(schuil_key_policy(s));
    assert_int_equal(schuil_key_highest(s), 0);
    schuil_snapshot_unref(s);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        fresh(issue_alone_finds_its_own_keys_and_no_others),
        fresh(translate_alone_finds_its_own_keys_and_no_others),
        fresh(operate_alone_finds_its_own_keys_and_no_others),
        fresh(memory_holds_the_keys_of_its_compartments_and_no_others),
        fresh(a_wrapping_key_of_another_compartment_is_not_needed),
        fresh(each_process_verifies_its_own_manifest),
        fresh(translate_alone_repeats_the_self_test),
        fresh(the_self_test_leans_on_no_more_than_translates_manifest),
        fresh(some_compartment_must_be_served),
        fresh(operate_alone_in_an_empty_database_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
