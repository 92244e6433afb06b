/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a manifest, and telling an operator in one line which row or manifest differs. Findings
 * name numbers, fields and compartments; never a key, a hash or a mac.
 *
 * The rows' own bytes are made anew and compared with the stored ones, after the stored ones' mac
 * has verified: nothing is decided on bytes that nobody vouches for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys/manifest.h"

enum manifest_field {
    FIELD_PURPOSE,
    FIELD_SCOPE,
    FIELD_EPOCH,
    FIELD_GENERATION,
    FIELD_STATE,
    FIELD_DESTRUCTION,
    FIELD_PUBLIC,
    FIELD_COPY,
    FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_PURPOSE] = "purpose",    [FIELD_SCOPE] = "scope",
    [FIELD_EPOCH] = "epoch",        [FIELD_GENERATION] = "generation",
    [FIELD_STATE] = "state",        [FIELD_DESTRUCTION] = "destruction time",
    [FIELD_PUBLIC] = "public part", [FIELD_COPY] = "wrapped copy",
};

/* One row of a manifest's bytes, borrowed from them. */
struct manifest_entry {
    uint32_t number;
    struct bytes fields[FIELD_COUNT];
};

struct finding {
    char *text;
    size_t cap;
    enum compartment compartment;
};

static bool take_entry(struct bytes_reader *r, struct manifest_entry *ret)
{
    if (r->left.len == 0)
        return false;
    struct bytes number = take_bytes(r, 4);
    ret->fields[FIELD_PURPOSE] = take_lv(r);
    ret->fields[FIELD_SCOPE] = take_bytes(r, 4);
    ret->fields[FIELD_EPOCH] = take_bytes(r, 4);
    ret->fields[FIELD_GENERATION] = take_bytes(r, 4);
    ret->fields[FIELD_STATE] = take_lv(r);
    ret->fields[FIELD_DESTRUCTION] = take_bytes(r, 8);
    ret->fields[FIELD_PUBLIC] = take_lv(r);
    ret->fields[FIELD_COPY] = take_bytes(r, HASH_LEN);
    if (r->is_bad)
        return false;
    ret->number = get_u32(number.data);
    return true;
}

/* Skip the head; its parts were made or compared by others. */
static struct bytes_reader entries_of(struct bytes body)
{
    struct bytes_reader r = {.left = body};
    (void)take_lv(&r);
    (void)take_lv(&r);
    (void)take_bytes(&r, 8 + 4);
    return r;
}

static SCHUIL_RC refuse_manifest(const struct finding *f, enum schuil_rc_code code,
                                 const char *what)
{
    snprintf(f->text, f->cap, "manifest of compartment %s: %s",
             schuil_compartment_name(f->compartment), what);
    return schuil_rc(code);
}

static SCHUIL_RC refuse_row(const struct finding *f, uint32_t number, const char *what)
{
    snprintf(f->text, f->cap, "key %" PRIu32 ", compartment %s: %s", number,
             schuil_compartment_name(f->compartment), what);
    return schuil_rc(RC_CONFIG_MANIFEST);
}

/* The number of the key whose vouched-for copy this is; 0: none. */
static uint32_t copy_owner(struct bytes stored_body, struct bytes hash)
{
    struct bytes_reader r = entries_of(stored_body);
    struct manifest_entry entry;
    while (take_entry(&r, &entry))
        if (bytes_equal(entry.fields[FIELD_COPY], hash))
            return entry.number;
    return 0;
}

static SCHUIL_RC refuse_copy(const struct finding *f, struct bytes stored_body,
                             const struct manifest_entry *stored, const struct manifest_entry *made)
{
    char what[64];
    uint8_t none[HASH_LEN];
    struct bytes nothing = bytes_of("", 0);
    schuil_blake2b(1, &nothing, none);
    uint32_t owner = copy_owner(stored_body, made->fields[FIELD_COPY]);
    if (owner == 0 || memcmp(made->fields[FIELD_COPY].data, none, sizeof none) == 0)
        return refuse_row(f, stored->number, "its wrapped copy was altered");
    snprintf(what, sizeof what, "its wrapped copy is that of key %" PRIu32, owner);
    return refuse_row(f, stored->number, what);
}

static SCHUIL_RC entries_compare(const struct finding *f, struct bytes stored_body,
                                 const struct manifest_entry *stored,
                                 const struct manifest_entry *made)
{
    char what[64];
    for (unsigned field = 0; field < FIELD_COUNT; field++) {
        if (bytes_equal(stored->fields[field], made->fields[field]))
            continue;
        if (field == FIELD_COPY)
            return refuse_copy(f, stored_body, stored, made);
        snprintf(what, sizeof what, "its %s was altered", field_names[field]);
        return refuse_row(f, stored->number, what);
    }
    return SCHUIL_OK;
}

/* Walk both in step: the first difference is told. */
static SCHUIL_RC bodies_compare(const struct finding *f, struct bytes stored_body,
                                struct bytes made_body)
{
    struct bytes_reader stored_rows = entries_of(stored_body), made_rows = entries_of(made_body);
    for (;;) {
        struct manifest_entry stored, made;
        bool has_stored = take_entry(&stored_rows, &stored);
        bool has_made = take_entry(&made_rows, &made);
        if (!has_stored && !has_made)
            return refuse_manifest(f, RC_CONFIG_MANIFEST, "its bytes are not in the known form");
        if (!has_made || (has_stored && stored.number < made.number))
            return refuse_row(f, stored.number, "the row was removed");
        if (!has_stored || made.number < stored.number)
            return refuse_row(f, made.number, "the row was added");
        TRY(entries_compare(f, stored_body, &stored, &made));
    }
}

static SCHUIL_RC head_check(const struct finding *f, const struct manifest_row *row)
{
    struct bytes_reader r = {.left = bytes_of(row->body, row->body_len)};
    struct bytes label = take_lv(&r), compartment = take_lv(&r), counter = take_bytes(&r, 8);
    if (r.is_bad || !bytes_equal(label, bytes_text(MANIFEST_LABEL)))
        return refuse_manifest(f, RC_CONFIG_MANIFEST, "its bytes are not in the known form");
    if (!bytes_equal(compartment, bytes_text(schuil_compartment_name(f->compartment))))
        return refuse_manifest(f, RC_CONFIG_MANIFEST, "it is another compartment's");
    if (get_u64(counter.data) != row->counter)
        return refuse_manifest(f, RC_CONFIG_MANIFEST, "its counter was altered");
    return SCHUIL_OK;
}

static SCHUIL_RC mac_check(const struct finding *f, const struct manifest_row *row,
                           const struct manifest_key *key)
{
    uint8_t mac[HASH_LEN];
    struct bytes body = bytes_of(row->body, row->body_len);
    if (!row->exists)
        return refuse_manifest(f, RC_CONFIG_MANIFEST, "absent");
    schuil_blake2b_keyed(key, 1, &body, mac);
    if (!schuil_ct_equal(mac, row->mac, sizeof mac))
        return refuse_manifest(f, RC_CONFIG_MANIFEST, "its mac does not verify");
    return SCHUIL_OK;
}

/* An old database put back verifies in itself; only what we saw last time tells. */
static SCHUIL_RC age_check(const struct finding *f, const struct key_table *table)
{
    const struct manifest_row *row = &table->manifests[f->compartment];
    uint64_t seen = table->seen[f->compartment].counter;
    char what[96];
    if (!row->exists || row->counter >= seen)
        return SCHUIL_OK;
    snprintf(what, sizeof what, "its counter %" PRIu64 " is lower than %" PRIu64 ", seen before",
             row->counter, seen);
    return refuse_manifest(f, RC_CONFIG_MANIFEST_OLD, what);
}

static SCHUIL_RC seen_check(const struct finding *f, const struct key_table *table)
{
    const struct manifest_row *row = &table->manifests[f->compartment];
    uint64_t seen = table->seen[f->compartment].counter;
    TRY(age_check(f, table));
    bool is_same = schuil_ct_equal(row->mac, table->seen[f->compartment].mac, HASH_LEN);
    if (seen != 0 && row->counter == seen && !is_same)
        return refuse_manifest(f, RC_CONFIG_MANIFEST_OLD, "its counter was seen with another mac");
    return SCHUIL_OK;
}

static SCHUIL_RC rows_compare(const struct finding *f, const struct key_table *table)
{
    const struct manifest_row *row = &table->manifests[f->compartment];
    uint8_t *made;
    size_t made_len;
    TRY(manifest_body(table->rows, table->count, f->compartment, row->counter, &made, &made_len));
    struct bytes stored_body = bytes_of(row->body, row->body_len);
    struct bytes made_body = bytes_of(made, made_len);
    struct schuil_rc rc = SCHUIL_OK;
    if (!bytes_equal(stored_body, made_body))
        rc = bodies_compare(f, stored_body, made_body);
    free(made);
    return rc;
}

SCHUIL_RC schuil_manifest_age(const struct key_table *table, enum compartment c, char *finding,
                              size_t finding_cap)
{
    struct finding f = {.text = finding, .cap = finding_cap, .compartment = c};
    if (finding_cap > 0)
        finding[0] = '\0';
    return age_check(&f, table);
}

SCHUIL_RC schuil_manifest_check(const struct key_table *table, enum compartment c,
                                const struct manifest_key *key, char *finding, size_t finding_cap)
{
    struct finding f = {.text = finding, .cap = finding_cap, .compartment = c};
    if (finding_cap > 0)
        finding[0] = '\0';
    ENSURE(schuil_purpose_in(PURPOSE_MANIFEST, c), RC_INPUT_VALUE);
    TRY(mac_check(&f, &table->manifests[c], key));
    TRY(head_check(&f, &table->manifests[c]));
    TRY(seen_check(&f, table));
    return rows_compare(&f, table);
}
