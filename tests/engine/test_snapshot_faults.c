/* SPDX-License-Identifier: Apache-2.0 */
/* Building a snapshot with each allocation failing in turn: a result,
 * never a crash, a leak (asan) or half a snapshot. The calls are replaced at link time. */
#include <stdlib.h>

#include "engine_unit.h"
#include "fixture_keys.h"
#include "fixture_policy.h"

void *__real_malloc(size_t len);
void *__real_calloc(size_t count, size_t len);
void *__real_realloc(void *data, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t count, size_t len);
void *__wrap_realloc(void *data, size_t len);

/* Calls until one fails; negative: none does. */
static long calls_left = -1;

static bool call_fails(void)
{
    if (calls_left < 0)
        return false;
    return calls_left-- == 0;
}

void *__wrap_malloc(size_t len)
{
    return call_fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t count, size_t len)
{
    return call_fails() ? NULL : __real_calloc(count, len);
}

void *__wrap_realloc(void *data, size_t len)
{
    return call_fails() ? NULL : __real_realloc(data, len);
}

static struct fixture_keys fixture;

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

static struct schuil_rc rows_add(struct snapshot_builder *b)
{
    const struct organisation o = {HOSP1, "HOSP1", STATE_ACTIVE}, r = {ORG1, "ORG1", STATE_ACTIVE};
    const struct credential credential = {.number = 1, .organisation = HOSP1};
    const struct domain d = {.number = 31, .code = "DOM1", .generation = 1};
    const struct registry registry = {
        .number = REG1, .code = "REG1", .organisation = ORG1, .domain = 31};
    struct connection c = fixture_connection();
    const char *finding;
    c.type_count = 1;
    TRY(schuil_snapshot_add_organisation(b, &o));
    TRY(schuil_snapshot_add_organisation(b, &r));
    TRY(schuil_snapshot_add_credential(b, &credential));
    TRY(schuil_snapshot_add_domain(b, &d));
    TRY(schuil_snapshot_add_registry(b, &registry));
    TRY(schuil_snapshot_add_connection(b, &c));
    TRY(schuil_snapshot_add_attribute(b, bytes_text("BSN"), bytes_text("bsn")));
    TRY(schuil_snapshot_add_ptype(b, bytes_text("A"), 1, 1, bytes_text("irreversible"), 1,
                                  bytes_text("BSN"), false));
    return schuil_snapshot_add_keys(b, &fixture.table, &fixture.ring, FIXTURE_ALL_COMPARTMENTS,
                                    &finding);
}

static struct schuil_rc snapshot_build(struct snapshot **ret)
{
    struct snapshot_builder *b;
    *ret = NULL;
    TRY(schuil_snapshot_builder_new(&b));
    struct schuil_rc rc = rows_add(b);
    if (!schuil_is_ok(rc)) {
        schuil_snapshot_builder_free(b);
        return rc;
    }
    return schuil_snapshot_seal(b, 1, ret);
}

static void each_allocation_that_fails_is_a_result(void **state)
{
    struct snapshot *s;
    struct schuil_rc rc;
    long tried = 0;
    (void)state;
    for (;; tried++) {
        calls_left = tried;
        rc = snapshot_build(&s);
        bool is_through = calls_left >= 0;
        calls_left = -1;
        if (is_through)
            break;
        assert_rc(rc, RC_INTERNAL_MEMORY);
        assert_null(s);
    }
    assert_ok(rc);
    assert_non_null(s);
    schuil_snapshot_unref(s);
    /* builder, snapshot, eight tables, two bodies, the slab, fourteen views, the templates' places
     */
    assert_true(tried > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_allocation_that_fails_is_a_result, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
