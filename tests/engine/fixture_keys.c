/* SPDX-License-Identifier: Apache-2.0 */
/* Good keys: see fixture_keys.h. */
#include "fixture_keys.h"

#include <stdlib.h>

#include "engine_unit.h"

#include "schuilnaam/crypto/group.h"
#include "schuilnaam/crypto/memory.h"

/* purpose, state, scope, epoch, generation, home */
#define FIXTURE_ROW(p, s, d, e, g, h)                                                              \
    {                                                                                              \
        .purpose = PURPOSE_##p, .state = KEY_##s, .scope = d, .epoch = e, .generation = g,         \
        .home = h                                                                                  \
    }
static const struct key_row fixture_rows[FIXTURE_ROW_COUNT] = {
    [ROW_MANIFEST_ISSUE] = FIXTURE_ROW(MANIFEST, ACTIVE, 0, 0, 0, COMPARTMENT_ISSUE),
    [ROW_MANIFEST_TRANSLATE] = FIXTURE_ROW(MANIFEST, ACTIVE, 0, 0, 0, COMPARTMENT_TRANSLATE),
    [ROW_AUDIT_ISSUE] = FIXTURE_ROW(AUDIT, ACTIVE, 0, 0, 0, COMPARTMENT_ISSUE),
    [ROW_AUDIT_TRANSLATE] = FIXTURE_ROW(AUDIT, ACTIVE, 0, 0, 0, COMPARTMENT_TRANSLATE),
    [ROW_AUDIT_OPERATE] = FIXTURE_ROW(AUDIT, ACTIVE, 0, 0, 0, COMPARTMENT_OPERATE),
    [ROW_POLICY] = FIXTURE_ROW(POLICY, ACTIVE, 0, 0, 0, -1),
    [ROW_ROOT] = FIXTURE_ROW(ROOT, ACTIVE, 0, 1, 0, -1),
    [ROW_TRANSPORT_OLD] = FIXTURE_ROW(TRANSPORT, TRANSLATE_ONLY, 0, 0, 0, -1),
    [ROW_TRANSPORT] = FIXTURE_ROW(TRANSPORT, ACTIVE, 0, 0, 0, -1),
    [ROW_TRANSPORT_NEXT] = FIXTURE_ROW(TRANSPORT, PRE_ACTIVE, 0, 0, 0, -1),
    [ROW_TRANSPORT_GONE] = FIXTURE_ROW(TRANSPORT, DESTROYED, 0, 0, 0, -1),
    [ROW_DOMAIN] = FIXTURE_ROW(DOMAIN, ACTIVE, 1, 1, 1, -1),
    [ROW_DOMAIN_SEAL] = FIXTURE_ROW(DOMAIN_SEAL, ACTIVE, 1, 0, 1, -1),
    [ROW_DOMAIN_2] = FIXTURE_ROW(DOMAIN, SUSPENDED, 2, 1, 1, -1),
    [ROW_DOMAIN_SEAL_2] = FIXTURE_ROW(DOMAIN_SEAL, TRANSLATE_ONLY, 2, 0, 1, -1),
    [ROW_SOURCE] = FIXTURE_ROW(SOURCE, ACTIVE, 3, 0, 1, -1),
    [ROW_SOURCE_OLD] = FIXTURE_ROW(SOURCE, TRANSLATE_ONLY, 1, 0, 1, -1),
    [ROW_SOURCE_NEW] = FIXTURE_ROW(SOURCE, ACTIVE, 1, 0, 2, -1),
    [ROW_PAIR] = FIXTURE_ROW(PAIR, ACTIVE, 0, 0, 0, -1),
    [ROW_ROOT_NEXT] = FIXTURE_ROW(ROOT, PRE_ACTIVE, 0, 2, 0, -1),
    [ROW_DOMAIN_NEXT] = FIXTURE_ROW(DOMAIN, PRE_ACTIVE, 1, 2, 1, -1),
    [ROW_DOMAIN_G2] = FIXTURE_ROW(DOMAIN, ACTIVE, 1, 1, 2, -1),
    [ROW_DOMAIN_SEAL_G2] = FIXTURE_ROW(DOMAIN_SEAL, ACTIVE, 1, 0, 2, -1),
    [ROW_DOMAIN_G2_NEXT] = FIXTURE_ROW(DOMAIN, PRE_ACTIVE, 1, 2, 2, -1),
};

static struct bytes fixture_key(const struct fixture_keys *f, enum fixture_row i)
{
    return bytes_of(f->keys[i], schuil_purpose_len(f->rows[i].purpose));
}

void fixture_keys_wrap(struct fixture_keys *f, enum fixture_row i)
{
    assert_ok(schuil_key_adopt(&f->rows[i], fixture_key(f, i)));
    assert_ok(schuil_key_wrap_copies(&f->rows[i], fixture_key(f, i), &f->ring.refs[0]));
}

static void copy_destroy(struct key_row *row, enum compartment c)
{
    row->copies[c].len = 0;
    memset(row->copies[c].wrapped, 0, sizeof row->copies[c].wrapped);
}

static void key_multiply(struct fixture_keys *f, const struct scalar *factor, enum fixture_row of,
                         enum fixture_row to)
{
    struct scalar key, made;
    memcpy(key.b, f->keys[of], sizeof key.b);
    assert_ok(schuil_scalar_multiply(factor, &key, &made));
    memcpy(f->keys[to], made.b, sizeof made.b);
    fixture_keys_wrap(f, to);
}

/* r * k_1 and r^-1 * s_1: what a refresh makes. */
static void fixture_refresh(struct fixture_keys *f)
{
    struct scalar r, inverse;
    assert_ok(schuil_scalar_random(&r));
    assert_ok(schuil_scalar_invert(&r, &inverse));
    key_multiply(f, &r, ROW_ROOT, ROW_ROOT_NEXT);
    key_multiply(f, &inverse, ROW_DOMAIN, ROW_DOMAIN_NEXT);
    key_multiply(f, &inverse, ROW_DOMAIN_G2, ROW_DOMAIN_G2_NEXT);
}

void fixture_keys_vouch(struct fixture_keys *f, uint64_t counter)
{
    static const enum fixture_row key_rows[] = {ROW_MANIFEST_ISSUE, ROW_MANIFEST_TRANSLATE};
    for (unsigned c = COMPARTMENT_ISSUE; c <= COMPARTMENT_TRANSLATE; c++) {
        struct manifest_row *row = &f->table.manifests[c];
        struct manifest_key key;
        memcpy(key.b, f->keys[key_rows[c]], sizeof key.b);
        free(f->bodies[c]);
        assert_ok(schuil_manifest_make(f->rows, FIXTURE_ROW_COUNT, (enum compartment)c, counter,
                                       &key, &f->bodies[c], &row->body_len, row->mac));
        row->exists = true;
        row->counter = counter;
        row->body = f->bodies[c];
    }
}

void fixture_keys_init(struct fixture_keys *f)
{
    assert_ok(schuil_crypto_init());
    *f = (struct fixture_keys){.table = {.count = FIXTURE_ROW_COUNT}};
    f->table.rows = f->rows;
    assert_ok(schuil_random(&f->wrapping, sizeof f->wrapping));
    f->ring = (struct wrapping_ring){
        .count = 1, .refs = {{.name = FIXTURE_WRAPPING_NAME, .key = &f->wrapping}}};
    for (unsigned i = 0; i < FIXTURE_ROW_COUNT; i++) {
        struct key_row *row = &f->rows[i];
        *row = fixture_rows[i];
        row->number = i + 1;
        assert_ok(schuil_key_draw(row, f->keys[i]));
        fixture_keys_wrap(f, (enum fixture_row)i);
    }
    f->rows[ROW_TRANSPORT_OLD].destruction_time_s = 1790604000;
    copy_destroy(&f->rows[ROW_TRANSPORT_OLD], COMPARTMENT_ISSUE);
    copy_destroy(&f->rows[ROW_TRANSPORT_GONE], COMPARTMENT_ISSUE);
    copy_destroy(&f->rows[ROW_TRANSPORT_GONE], COMPARTMENT_TRANSLATE);
    fixture_refresh(f);
    fixture_keys_vouch(f, 5);
}

void fixture_keys_done(struct fixture_keys *f)
{
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        free(f->bodies[c]);
    memset(f, 0, sizeof *f);
}
