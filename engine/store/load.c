/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a snapshot: policy, types and keys at one moment, in one repeatable-read transaction.
 * Rows become structs here; what they may be is the builder's to judge (engine/policy,
 * engine/keys). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys_read.h"
#include "manifest_file.h"
#include "policy_manifest.h"

/* One table: a query, and what to do with each of its rows. */
struct loading {
    struct store_session *session;
    const struct snapshot_source *source;
    struct snapshot_builder *builder;
    char *finding;
    size_t finding_cap;
};
typedef struct schuil_rc row_function(struct loading *l, const PGresult *r, int i);

static SCHUIL_RC rows_each(struct loading *l, const char *table, const char *sql,
                           row_function *take)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(l->session, sql, 0, NULL, &r));
    for (int i = 0; i < PQntuples(r); i++) {
        struct schuil_rc rc = take(l, r, i);
        if (!schuil_is_ok(rc)) {
            snprintf(l->finding, l->finding_cap, "%s %.40s: %s", table, PQgetvalue(r, i, 0),
                     schuil_rc_text(rc));
            return rc;
        }
    }
    return SCHUIL_OK;
}

static struct bytes cell(const PGresult *r, int i, int column)
{
    return bytes_of(PQgetvalue(r, i, column), (size_t)PQgetlength(r, i, column));
}

static SCHUIL_RC u32_take(const PGresult *r, int i, int column, uint32_t *ret)
{
    uint64_t value;
    TRY(pg_u64(r, i, column, UINT32_MAX, &value));
    *ret = (uint32_t)value;
    return SCHUIL_OK;
}

static SCHUIL_RC u16_take(const PGresult *r, int i, int column, uint16_t *ret)
{
    uint64_t value;
    TRY(pg_u64(r, i, column, UINT16_MAX, &value));
    *ret = (uint16_t)value;
    return SCHUIL_OK;
}

static SCHUIL_RC code_take(const PGresult *r, int i, int column, char ret[LIMIT_CODE_LEN + 1])
{
    struct bytes code = cell(r, i, column);
    ENSURE(code.len <= LIMIT_CODE_LEN, RC_STORE_DATA);
    memcpy(ret, code.data, code.len + 1);
    return SCHUIL_OK;
}

/* Null: open, INT64_MAX. Times before 1970 cannot be meant. */
static SCHUIL_RC time_take(const PGresult *r, int i, int column, int64_t *ret)
{
    uint64_t value = INT64_MAX;
    if (!PQgetisnull(r, i, column))
        TRY(pg_u64(r, i, column, INT64_MAX, &value));
    *ret = (int64_t)value;
    return SCHUIL_OK;
}

/* 'active', 'suspended', or what has ended. */
static enum entity_state entity_state_of(const PGresult *r, int i, int column)
{
    const char *text = PQgetvalue(r, i, column);
    if (strcmp(text, "active") == 0)
        return STATE_ACTIVE;
    return strcmp(text, "suspended") == 0 ? STATE_SUSPENDED : STATE_ENDED;
}

static struct schuil_rc organisation_take(struct loading *l, const PGresult *r, int i)
{
    struct organisation o = {.state = entity_state_of(r, i, 2)};
    TRY(u32_take(r, i, 0, &o.number));
    TRY(code_take(r, i, 1, o.code));
    return schuil_snapshot_add_organisation(l->builder, &o);
}

/* Of a certificate, or of an issuer with an OIN or URA. */
static SCHUIL_RC credential_form_take(const PGresult *r, int i, struct credential *ret)
{
    struct bytes oin = cell(r, i, 8), ura = cell(r, i, 9);
    bool is_issued = !PQgetisnull(r, i, 7);
    struct bytes id = oin.len > 0 ? oin : ura;
    ENSURE(id.len < sizeof ret->id, RC_STORE_DATA);
    ret->form = !is_issued ? CREDENTIAL_FINGERPRINT : oin.len > 0 ? CREDENTIAL_OIN : CREDENTIAL_URA;
    memcpy(ret->id, id.data, id.len);
    return pg_bytea(r, i, is_issued ? 7 : 1, ret->fingerprint, sizeof ret->fingerprint);
}

static struct schuil_rc credential_take(struct loading *l, const PGresult *r, int i)
{
    struct credential c = {.state = entity_state_of(r, i, 6)};
    TRY(u32_take(r, i, 0, &c.number));
    TRY(credential_form_take(r, i, &c));
    TRY(u32_take(r, i, 2, &c.organisation));
    TRY(u32_take(r, i, 3, &c.operator_number));
    TRY(time_take(r, i, 4, &c.valid_from_us));
    TRY(time_take(r, i, 5, &c.valid_until_us));
    return schuil_snapshot_add_credential(l->builder, &c);
}

static struct schuil_rc mandate_take(struct loading *l, const PGresult *r, int i)
{
    struct mandate m = {.state = entity_state_of(r, i, 5),
                        .allows_both_ends = PQgetvalue(r, i, 6)[0] == 't'};
    TRY(u32_take(r, i, 0, &m.number));
    TRY(u32_take(r, i, 1, &m.processor));
    TRY(u32_take(r, i, 2, &m.principal));
    TRY(time_take(r, i, 3, &m.valid_from_us));
    TRY(time_take(r, i, 4, &m.valid_until_us));
    return schuil_snapshot_add_mandate(l->builder, &m);
}

static struct schuil_rc domain_take(struct loading *l, const PGresult *r, int i)
{
    struct domain d = {.is_bound = strcmp(PQgetvalue(r, i, 2), "bound") == 0};
    TRY(u32_take(r, i, 0, &d.number));
    TRY(code_take(r, i, 1, d.code));
    TRY(u32_take(r, i, 3, &d.generation));
    return schuil_snapshot_add_domain(l->builder, &d);
}

static struct schuil_rc rotation_take(struct loading *l, const PGresult *r, int i)
{
    struct rotation t = {.is_aborting = strcmp(PQgetvalue(r, i, 4), "aborting") == 0};
    TRY(u32_take(r, i, 0, &t.number));
    TRY(u32_take(r, i, 1, &t.domain));
    TRY(u32_take(r, i, 2, &t.from));
    TRY(u32_take(r, i, 3, &t.to));
    return schuil_snapshot_add_rotation(l->builder, &t);
}

static struct schuil_rc registry_take(struct loading *l, const PGresult *r, int i)
{
    const char *state = PQgetvalue(r, i, 4);
    struct registry g = {.state = strcmp(state, "listed") == 0      ? REGISTRY_LISTED
                                  : strcmp(state, "announced") == 0 ? REGISTRY_ANNOUNCED
                                                                    : REGISTRY_ENDED,
                         .allows_test_persons = strcmp(PQgetvalue(r, i, 5), "allow") == 0};
    TRY(u32_take(r, i, 0, &g.number));
    TRY(code_take(r, i, 1, g.code));
    TRY(u32_take(r, i, 2, &g.organisation));
    TRY(u32_take(r, i, 3, &g.domain));
    return schuil_snapshot_add_registry(l->builder, &g);
}

static struct schuil_rc attribute_take(struct loading *l, const PGresult *r, int i)
{
    return schuil_snapshot_add_attribute(l->builder, cell(r, i, 0), cell(r, i, 1));
}

static struct schuil_rc type_take(struct loading *l, const PGresult *r, int i)
{
    uint16_t version, number, normaliser;
    bool is_quasi = strcmp(PQgetvalue(r, i, 6), "quasi") == 0;
    TRY(u16_take(r, i, 0, &number));
    TRY(u16_take(r, i, 2, &version));
    TRY(u16_take(r, i, 4, &normaliser));
    return schuil_snapshot_add_ptype(l->builder, cell(r, i, 1), version, number, cell(r, i, 3),
                                     normaliser, cell(r, i, 5), is_quasi);
}

/* "3,1,12" */
static SCHUIL_RC types_parse(const char *text, uint16_t ret[LIMIT_TYPE_COUNT], uint16_t *ret_count)
{
    while (*text != '\0') {
        char *end = NULL;
        unsigned long number = strtoul(text, &end, 10);
        ENSURE(end != text && number >= 1 && number <= UINT16_MAX, RC_STORE_DATA);
        ENSURE(*ret_count < LIMIT_TYPE_COUNT, RC_STORE_DATA);
        ret[(*ret_count)++] = (uint16_t)number;
        text = *end == ',' ? end + 1 : end;
        ENSURE(*end == ',' || *end == '\0', RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC quota_attach(struct loading *l, struct connection *c)
{
    if (l->source->quotas == NULL)
        return SCHUIL_OK;
    c->quota = schuil_quota_table_cell(l->source->quotas, QUOTA_ISSUE, c->number);
    ENSURE(c->quota != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static struct schuil_rc connection_take(struct loading *l, const PGresult *r, int i)
{
    uint64_t quota;
    struct connection c = {.is_blind = PQgetvalue(r, i, 7)[0] == 't',
                           .is_salted = PQgetvalue(r, i, 10)[0] == 't',
                           .allows_both_ends = PQgetvalue(r, i, 11)[0] == 't',
                           .state = entity_state_of(r, i, 9)};
    TRY(u32_take(r, i, 0, &c.number));
    TRY(u32_take(r, i, 1, &c.provider));
    TRY(u32_take(r, i, 2, &c.registry));
    TRY(types_parse(PQgetvalue(r, i, 3), c.types, &c.type_count));
    TRY(time_take(r, i, 4, &c.valid_from_us));
    TRY(time_take(r, i, 5, &c.valid_until_us));
    TRY(pg_u64(r, i, 6, INT64_MAX, &quota));
    TRY(u32_take(r, i, 8, &c.life_hours));
    c.quota_day = (int64_t)quota;
    TRY(quota_attach(l, &c));
    return schuil_snapshot_add_connection(l->builder, &c);
}

static struct schuil_rc linkage_take(struct loading *l, const PGresult *r, int i)
{
    struct linkage k = {.state = entity_state_of(r, i, 7)};
    TRY(u32_take(r, i, 0, &k.number));
    TRY(u32_take(r, i, 1, &k.source));
    TRY(u32_take(r, i, 2, &k.research));
    TRY(types_parse(PQgetvalue(r, i, 3), k.types, &k.type_count));
    TRY(time_take(r, i, 4, &k.valid_from_us));
    TRY(time_take(r, i, 5, &k.valid_until_us));
    TRY(u32_take(r, i, 6, &k.life_hours));
    return schuil_snapshot_add_linkage(l->builder, &k);
}

static struct schuil_rc quota_take(struct loading *l, const PGresult *r, int i)
{
    struct quota q;
    uint64_t per_day;
    ENSURE(schuil_quota_kind_find(cell(r, i, 0), &q.kind), RC_STORE_DATA);
    TRY(u32_take(r, i, 1, &q.subject));
    TRY(pg_u64(r, i, 2, INT64_MAX, &per_day));
    q.per_day = (int64_t)per_day;
    return schuil_snapshot_add_quota(l->builder, &q);
}

#define MICROSECONDS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

static SCHUIL_RC policy_load(struct loading *l)
{
    TRY(rows_each(l, "organisation", "SELECT number, code, state FROM organisation",
                  organisation_take));
    /* A credential is no better than its holder: an operator that is not active has none. */
    TRY(rows_each(
        l, "credential",
        "SELECT c.number, c.fingerprint, coalesce(c.organisation, 0),"
        " coalesce(c.operator, 0), " MICROSECONDS("c.valid_from") ", " MICROSECONDS(
            "c.valid_until") ","
                             " CASE WHEN c.state = 'active' THEN coalesce(o.state, 'active') ELSE "
                             "c.state END, c.issuer, c.oin, c.ura"
                             " FROM credential c LEFT JOIN operator o ON o.number = c.operator"
                             /* Of one issuer's OIN or URA the newest row decides: others are
                                revoked. */
                             " WHERE c.issuer IS NULL OR NOT EXISTS (SELECT FROM credential n"
                             " WHERE n.number > c.number AND n.issuer = c.issuer"
                             " AND (n.oin = c.oin OR n.ura = c.ura))",
        credential_take));
    TRY(rows_each(l, "domain", "SELECT number, code, kind, generation FROM domain", domain_take));
    TRY(rows_each(l, "rotation",
                  "SELECT number, domain, from_generation, to_generation, state FROM rotation"
                  " WHERE state IN ('open', 'aborting')",
                  rotation_take));
    TRY(rows_each(l, "registry",
                  "SELECT number, code, organisation, domain, state, test_persons FROM registry",
                  registry_take));
    TRY(rows_each(l, "attribute", "SELECT code, kind FROM catalogue ORDER BY code",
                  attribute_take));
    TRY(rows_each(l, "type",
                  "SELECT number, code, version, kind, normaliser, recipe, uniqueness FROM type"
                  " ORDER BY number",
                  type_take));
    TRY(rows_each(
        l, "mandate",
        "SELECT number, processor, principal, " MICROSECONDS("valid_from") ", " MICROSECONDS(
            "valid_until") ", state, both_ends IS NOT NULL FROM mandate",
        mandate_take));
    TRY(rows_each(l, "linkage",
                  "SELECT number, source, research, array_to_string(types, ','), " MICROSECONDS(
                      "valid_from") ", " MICROSECONDS("valid_until") ", life_hours, state"
                                                                     " FROM linkage",
                  linkage_take));
    TRY(rows_each(l, "quota", "SELECT kind, subject, per_day FROM quota", quota_take));
    return rows_each(l, "connection",
                     "SELECT number, provider, registry, array_to_string(types, "
                     "','), " MICROSECONDS("valid_from") ", " MICROSECONDS(
                         "valid_until") ","
                                        " quota_day, blind, life_hours, state, salted, both_ends "
                                        "IS NOT NULL FROM connection",
                     connection_take);
}

/* Of this process's compartments those that have a manifest, and so a local file. */
static bool manifest_is_ours(const struct loading *l, enum compartment c)
{
    return (l->source->compartments & 1U << c) != 0 && schuil_purpose_in(PURPOSE_MANIFEST, c);
}

/* Before the snapshot can be used, as PROTOCOL section 6 asks. */
static SCHUIL_RC seen_write(struct loading *l, const struct key_table *table)
{
    if (l->source->state_directory == NULL)
        return SCHUIL_OK;
    for (unsigned i = 0; i < COMPARTMENT_COUNT; i++) {
        enum compartment c = (enum compartment)i;
        const struct manifest_row *m = &table->manifests[c];
        if (manifest_is_ours(l, c) && m->counter > table->seen[c].counter)
            TRY(manifest_file_write(l->source->state_directory, schuil_compartment_name(c),
                                    m->counter, bytes_of(m->mac, HASH_LEN), l->finding,
                                    l->finding_cap));
    }
    return SCHUIL_OK;
}

static SCHUIL_RC keys_load(struct loading *l)
{
    KEY_SET set = {.cap = 0};
    const char *why = "";
    TRY(key_set_read(l->session, &set));
    TRY(key_seen_read(l->source->state_directory, l->source->compartments, &set.table, l->finding,
                      l->finding_cap));
    struct schuil_rc rc = schuil_snapshot_add_keys(l->builder, &set.table, l->source->ring,
                                                   l->source->compartments, &why);
    if (!schuil_is_ok(rc)) {
        snprintf(l->finding, l->finding_cap, "%s", why);
        return rc;
    }
    return seen_write(l, &set.table);
}

/* ---- the signature of policy ---- */
static SCHUIL_RC policy_verify(struct loading *l, struct policy_manifest *manifest)
{
    POLICY_ROWS rows = {.list = NULL};
    if (l->source->policy_key == NULL) {
        snprintf(l->finding, l->finding_cap, "policy: no key is configured that it is signed with");
        return schuil_rc(RC_CONFIG_POLICY);
    }
    TRY(policy_manifest_read(l->session, false, manifest));
    TRY(policy_rows_read(l->session, &rows));
    return policy_manifest_check(manifest, &rows, l->source->policy_key, l->finding,
                                 l->finding_cap);
}

static SCHUIL_RC policy_keep(struct loading *l, const struct policy_manifest *manifest)
{
    return manifest_file_write(l->source->state_directory, POLICY_MANIFEST_FILE, manifest->counter,
                               bytes_of(manifest->signature, sizeof manifest->signature),
                               l->finding, l->finding_cap);
}

static SCHUIL_RC load_inside(struct loading *l, struct store_state_row *ret_state)
{
    bool is_newer;
    POLICY_MANIFEST manifest = {.exists = false};
    TRY(pg_do(l->session, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL));
    TRY(schuil_store_read_state(l->session, ret_state));
    TRY(policy_load(l));
    TRY(policy_verify(l, &manifest));
    TRY(policy_seen_check(l->source->state_directory, &manifest, &is_newer, l->finding,
                          l->finding_cap));
    if (l->source->ring != NULL)
        TRY(keys_load(l));
    return is_newer ? policy_keep(l, &manifest) : SCHUIL_OK;
}

SCHUIL_RC schuil_store_load(struct store_session *s, const struct snapshot_source *source,
                            struct snapshot **ret, char *ret_finding, size_t finding_cap)
{
    struct store_state_row state;
    struct loading l = {
        .session = s, .source = source, .finding = ret_finding, .finding_cap = finding_cap};
    *ret = NULL;
    ret_finding[0] = '\0';
    s->message[0] = '\0';
    TRY(schuil_snapshot_builder_new(&l.builder));
    struct schuil_rc rc = load_inside(&l, &state);
    pg_rollback(s); /* it only read */
    if (!schuil_is_ok(rc)) {
        schuil_snapshot_builder_free(l.builder);
        if (ret_finding[0] == '\0')
            snprintf(ret_finding, finding_cap, "%s",
                     s->message[0] != '\0' ? s->message : schuil_rc_text(rc));
        return rc;
    }
    rc = schuil_snapshot_seal(l.builder, state.policy_counter, ret);
    if (!schuil_is_ok(rc))
        snprintf(ret_finding, finding_cap, "policy: %s", schuil_rc_text(rc));
    return rc;
}
