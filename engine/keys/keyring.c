/* SPDX-License-Identifier: Apache-2.0 */
/* Loading keys into a snapshot: manifests first, then every copy that is left is opened into the
 * slab and checked, then the self-test of a refresh. Look-ups are key_lookup.c.
 *
 * Invariants: nothing is opened of rows that no manifest vouches for, save the manifest keys
 * themselves; nothing is opened, or given a place, of compartments that this process does not
 * serve; a failure leaves the builder without keys. Source: PROTOCOL sections 4, 4.3 and 6. */
#include <inttypes.h>
#include <stdio.h>

#include "keys/key_compare.h"
#include "keys/manifest.h"
#include "keys/public_part.h"
#include "keys/selftest.h"
#include "keys/steps.h"
#include "schuilnaam/crypto/memory.h"
#include "snapshot_private.h"

enum { KEY_LEN_MAX = 64 };

/* What loading needs at every step. */
struct loading {
    struct keyring *keys;
    const struct key_table *table;
    const struct wrapping_ring *ring;
    unsigned compartments; /* bit 1 << enum compartment: what this process serves */
    char *finding;         /* FINDING_CAP bytes */
};

struct opened_key {
    uint8_t b[KEY_LEN_MAX];
};

static void opened_key_wipe(struct opened_key *key)
{
    schuil_wipe(key, sizeof *key);
}

void keyring_init(struct keyring *keys)
{
    *keys = (struct keyring){.slots = table_of(sizeof(struct key_slot))};
}

void keyring_done(struct keyring *keys)
{
    view_done(&keys->by_number);
    view_done(&keys->by_place);
    view_done(&keys->domain_active);
    table_done(&keys->slots);
    schuil_slab_free(keys->slab);
    keyring_init(keys);
}

static SCHUIL_RC refuse_key(const struct loading *l, uint32_t number, enum compartment c,
                            const char *what)
{
    snprintf(l->finding, FINDING_CAP, "key %" PRIu32 ", compartment %s: %s", number,
             schuil_compartment_name(c), what);
    return schuil_rc(RC_CONFIG_KEY_ROW);
}

/* A copy that this process may open. Others' copies are as if they were not there: their own
 * processes check them. */
static bool copy_is_ours(const struct loading *l, const struct key_row *row, enum compartment c)
{
    return (l->compartments & 1U << c) != 0 && row->copies[c].exists && row->copies[c].len > 0;
}

/* ---- manifests ---- */

static SCHUIL_RC manifest_row_find(const struct loading *l, enum compartment c,
                                   const struct key_row **ret)
{
    *ret = NULL;
    for (size_t i = 0; i < l->table->count; i++) {
        const struct key_row *row = &l->table->rows[i];
        if (row->purpose != PURPOSE_MANIFEST || row->state != KEY_ACTIVE ||
            !copy_is_ours(l, row, c))
            continue;
        if (*ret != NULL)
            return refuse_key(l, row->number, c, "a second active manifest key");
        *ret = row;
    }
    if (*ret != NULL)
        return SCHUIL_OK;
    snprintf(l->finding, FINDING_CAP, "manifest of compartment %s: no active manifest key",
             schuil_compartment_name(c));
    return schuil_rc(RC_CONFIG_MANIFEST);
}

static SCHUIL_RC copy_open(const struct loading *l, const struct key_row *row, enum compartment c,
                           uint8_t *ret, size_t ret_len)
{
    struct schuil_rc rc = schuil_key_unwrap_copy(row, c, l->ring, ret, ret_len);
    if (rc.code == RC_CONFIG_WRAPPING)
        snprintf(l->finding, FINDING_CAP,
                 "key %" PRIu32 ", compartment %s: its wrapping key %s is not here", row->number,
                 schuil_compartment_name(c), row->copies[c].wrapping_name);
    if (rc.code == RC_CONFIG_KEY_ROW)
        return refuse_key(l, row->number, c,
                          "its wrapped copy does not open under its wrapping key");
    return rc;
}

static SCHUIL_RC manifest_verify(const struct loading *l, enum compartment c)
{
    const struct key_row *row;
    SECRET(manifest_key) key;
    TRY(schuil_manifest_age(l->table, c, l->finding, FINDING_CAP));
    TRY(manifest_row_find(l, c, &row));
    TRY(copy_open(l, row, c, key.b, sizeof key.b));
    return schuil_manifest_check(l->table, c, &key, l->finding, FINDING_CAP);
}

/* Those of operate have none. */
static SCHUIL_RC manifests_verify(const struct loading *l)
{
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        if ((l->compartments & 1U << c) != 0 &&
            schuil_purpose_in(PURPOSE_MANIFEST, (enum compartment)c))
            TRY(manifest_verify(l, (enum compartment)c));
    return SCHUIL_OK;
}

/* ---- keys ---- */

static unsigned row_copies(const struct loading *l, const struct key_row *row)
{
    unsigned copies = 0;
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        if (copy_is_ours(l, row, (enum compartment)c))
            copies |= 1U << c;
    return copies;
}

static bool row_is_open(const struct loading *l, const struct key_row *row)
{
    return row->state != KEY_DESTROYED && row_copies(l, row) != 0;
}

static SCHUIL_RC copies_check_places(const struct loading *l, const struct key_row *row)
{
    bool has_home = row->purpose == PURPOSE_MANIFEST || row->purpose == PURPOSE_AUDIT;
    unsigned copies = row_copies(l, row);
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++) {
        if ((copies & 1U << c) == 0)
            continue;
        if (!schuil_purpose_in(row->purpose, (enum compartment)c))
            return refuse_key(l, row->number, (enum compartment)c, "a copy that may not be there");
        if (has_home && copies != 1U << c)
            return refuse_key(l, row->number, (enum compartment)c, "more than its one copy");
    }
    return SCHUIL_OK;
}

/* Open every copy of ours; all must hold the same key. */
static SCHUIL_RC copies_open(const struct loading *l, const struct key_row *row, uint8_t *ret)
{
    size_t len = schuil_purpose_len(row->purpose);
    bool is_first = true;
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++) {
        __attribute__((cleanup(opened_key_wipe))) struct opened_key key = {0};
        if (!copy_is_ours(l, row, (enum compartment)c))
            continue;
        TRY(copy_open(l, row, (enum compartment)c, key.b, len));
        if (!is_first && !schuil_ct_equal(ret, key.b, len))
            return refuse_key(l, row->number, (enum compartment)c,
                              "its copies hold different keys");
        memcpy(ret, key.b, len);
        is_first = false;
    }
    return SCHUIL_OK;
}

static enum compartment first_compartment(unsigned copies)
{
    unsigned c = 0;
    while (c + 1 < COMPARTMENT_COUNT && (copies & 1U << c) == 0)
        c++;
    return (enum compartment)c;
}

static SCHUIL_RC public_part_check(const struct loading *l, const struct key_row *row,
                                   const uint8_t *key)
{
    uint8_t made[32];
    uint8_t made_len;
    enum compartment c = first_compartment(row_copies(l, row));
    struct schuil_rc rc = key_public_part(row->purpose, key, made, &made_len);
    if (rc.code == RC_CRYPTO_SCALAR)
        return refuse_key(l, row->number, c, "its key is zero or not canonical");
    TRY(rc);
    if (!bytes_equal(bytes_of(made, made_len), bytes_of(row->public_part, row->public_len)))
        return refuse_key(l, row->number, c, "its public part is not that of its key");
    return SCHUIL_OK;
}

static SCHUIL_RC row_load(const struct loading *l, const struct key_row *row)
{
    TRY(copies_check_places(l, row));
    uint8_t *secret = schuil_slab_take(l->keys->slab, schuil_purpose_len(row->purpose));
    ENSURE(secret != NULL, RC_INTERNAL_MEMORY);
    TRY(copies_open(l, row, secret));
    TRY(public_part_check(l, row, secret));
    struct key_slot slot = {
        .number = row->number,
        .scope = row->scope,
        .epoch = row->epoch,
        .generation = row->generation,
        .purpose = row->purpose,
        .state = row->state,
        .copies = row_copies(l, row),
        .secret = secret,
    };
    return table_add(&l->keys->slots, &slot);
}

static SCHUIL_RC slab_make(const struct loading *l, size_t len)
{
    snprintf(l->finding, FINDING_CAP, "%zu bytes of keys could not be locked in memory", len);
    ENSURE(len <= LIMIT_MEMORY_SLAB_LEN, RC_CONFIG_MEMLOCK);
    TRY(schuil_slab_new(len, &l->keys->slab));
    l->finding[0] = '\0';
    return SCHUIL_OK;
}

static SCHUIL_RC rows_load(const struct loading *l)
{
    size_t len = 2 * sizeof(struct signing_pair); /* of audit and policy */
    len += keyring_steps_len(l->table);
    for (size_t i = 0; i < l->table->count; i++)
        if (row_is_open(l, &l->table->rows[i]))
            len += schuil_purpose_len(l->table->rows[i].purpose);
    TRY(slab_make(l, len));
    for (size_t i = 0; i < l->table->count; i++)
        if (row_is_open(l, &l->table->rows[i]))
            TRY(row_load(l, &l->table->rows[i]));
    return SCHUIL_OK;
}

static SCHUIL_RC places_check(const struct loading *l)
{
    const struct view *view = &l->keys->by_place;
    for (size_t i = 1; i < view->count; i++) {
        const struct key_slot *slot = view->rows[i];
        if (key_is_single(slot) && key_place_compare(view->rows[i - 1], slot) == 0)
            return refuse_key(l, slot->number, first_compartment(slot->copies),
                              "another key has the same purpose, scope, epoch and generation");
    }
    return SCHUIL_OK;
}

static SCHUIL_RC selftest_check(const struct loading *l)
{
    uint32_t number = 0;
    struct schuil_rc rc = keyring_selftest(l->keys, l->table, &number);
    if (rc.code == RC_CONFIG_SELFTEST)
        snprintf(l->finding, FINDING_CAP,
                 "key %" PRIu32
                 ", compartment translate: self-test failed, the finals of its domain "
                 "would differ between epochs",
                 number);
    return rc;
}

/* A key as it signs: made here, as each request that is alone needs a signature. */
static SCHUIL_RC pair_make(struct keyring *keys, const struct key_slot *slot,
                           const struct signing_pair **ret)
{
    if (slot == NULL)
        return SCHUIL_OK;
    struct signing_pair *pair = schuil_slab_take(keys->slab, sizeof *pair);
    ENSURE(pair != NULL, RC_INTERNAL_MEMORY);
    schuil_ed25519_pair(slot->secret, pair);
    *ret = pair;
    return SCHUIL_OK;
}

static SCHUIL_RC keyring_load(const struct loading *l)
{
    const struct key_table *table = l->table;
    TRY(rows_check_ascending(table->rows, table->count));
    TRY(manifests_verify(l));
    TRY(rows_load(l));
    TRY(view_make(&l->keys->by_number, &l->keys->slots, key_number_compare, NULL));
    TRY(view_make(&l->keys->by_place, &l->keys->slots, key_order_compare, NULL));
    TRY(places_check(l));
    TRY(selftest_check(l));
    TRY(keyring_steps(l->keys));
    if (table->count > 0)
        l->keys->highest = table->rows[table->count - 1].number;
    keyring_choose(l->keys);
    TRY(pair_make(l->keys, l->keys->audit, &l->keys->audit_pair));
    TRY(pair_make(l->keys, l->keys->policy, &l->keys->policy_pair));
    return schuil_slab_seal(l->keys->slab);
}

SCHUIL_RC schuil_snapshot_add_keys(struct snapshot_builder *b, const struct key_table *table,
                                   const struct wrapping_ring *ring, unsigned compartments,
                                   const char **ret_finding)
{
    struct loading l = {
        .keys = &b->snapshot->keys,
        .table = table,
        .ring = ring,
        .compartments = compartments,
        .finding = b->finding,
    };
    b->finding[0] = '\0';
    *ret_finding = b->finding;
    ENSURE(l.keys->slab == NULL && compartments != 0, RC_INTERNAL);
    ENSURE(compartments < 1U << COMPARTMENT_COUNT, RC_INTERNAL);
    struct schuil_rc rc = keyring_load(&l);
    if (!schuil_is_ok(rc))
        keyring_done(l.keys);
    return rc;
}
