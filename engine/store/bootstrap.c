/* SPDX-License-Identifier: Apache-2.0 */
/* The first operator, catalogue, types and keys of an installation: one transaction, once. */
#include <stdio.h>
#include <stdlib.h>

#include "admin_job.h"
#include "key_change.h"
#include "policy_manifest.h"

/* The shipped catalogue and types. Source: PROTOCOL sections 2 and 3. */
static const char CATALOGUE_SQL[] =
    "INSERT INTO catalogue (code, kind, dutch, english) VALUES"
    " ('BSN', 'bsn', 'burgerservicenummer', 'citizen service number'),"
    " ('GD', 'date', 'geboortedatum', 'date of birth'),"
    " ('G', 'sex', 'geslacht', 'sex'),"
    " ('PC', 'postcode', 'postcode', 'postcode'),"
    " ('HN', 'number', 'huisnummer', 'house number'),"
    " ('GN', 'name', 'geboortenaam, zonder voorvoegsel', 'name at birth, without prefix'),"
    " ('VN', 'name', 'eerste voornaam', 'first given name'),"
    " ('VL', 'name', 'voorletters', 'initials'),"
    " ('LID', 'text', 'lokaal patientnummer', 'local patient number')";
static const char TYPES_SQL[] =
    "INSERT INTO type (number, code, kind, recipe, uniqueness) VALUES"
    " (nextval('type_number'), 'A', 'irreversible', 'BSN', 'identifying'),"
    " (nextval('type_number'), 'B', 'irreversible', 'GN,VL:1,GD,G', 'quasi'),"
    " (nextval('type_number'), 'C', 'irreversible', 'G,GD,PC', 'quasi'),"
    " (nextval('type_number'), 'R', 'reversible', 'LID', 'identifying')";

static SCHUIL_RC first_ensure(struct store_session *s)
{
    PG_RESULT *r = NULL;
    TRY(pg_query(s,
                 "SELECT EXISTS (SELECT FROM key) OR EXISTS (SELECT FROM operator)"
                 " OR EXISTS (SELECT FROM catalogue)",
                 0, NULL, &r));
    ENSURE(PQgetvalue(r, 0, 0)[0] == 'f', RC_CONFLICT_EXISTS);
    return SCHUIL_OK;
}

static SCHUIL_RC policy_make(const struct admin_context *context, const struct key_change *change,
                             const char *operator_name, const uint8_t fingerprint[32])
{
    char hex[3 + 2 * 32];
    const char *params[2] = {operator_name, hex};
    struct store_session *s = context->session;
    pg_hex(fingerprint, 32, hex);
    TRY(pg_do(s, CATALOGUE_SQL, 0, NULL));
    TRY(pg_do(s, TYPES_SQL, 0, NULL));
    TRY(pg_do(s, "INSERT INTO wrapping (name, lineage) VALUES ($1, $1)", 1,
              &change->wrapping->name));
    return pg_do(s,
                 "WITH o AS (INSERT INTO operator (name) VALUES ($1) RETURNING number)"
                 " INSERT INTO credential (operator, fingerprint) SELECT number, $2::bytea FROM o",
                 2, params);
}

/* What signs from now on. */
struct seeds {
    struct signing_seed audit; /* of the compartment that signs this process's events */
    struct signing_seed policy;
};

static void seeds_wipe(struct seeds *seeds)
{
    schuil_wipe(seeds, sizeof *seeds);
}

static SCHUIL_RC keys_make(struct key_change *change, enum compartment home, struct seeds *ret,
                           struct audit_event *event)
{
    struct key_row row = {.purpose = PURPOSE_ROOT, .epoch = 1, .home = -1};
    TRY(key_change_make(change, &row, NULL, "made by bootstrap", NULL));
    event->key_numbers[event->key_count++] = row.number;
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        row = (struct key_row){.purpose = PURPOSE_AUDIT, .home = (int8_t)c};
        TRY(key_change_make(change, &row, NULL, "made by bootstrap",
                            c == (int)home ? ret->audit.b : NULL));
        event->key_numbers[event->key_count++] = row.number;
    }
    for (int c = COMPARTMENT_ISSUE; c <= COMPARTMENT_TRANSLATE; c++) {
        row = (struct key_row){.purpose = PURPOSE_MANIFEST, .home = (int8_t)c};
        TRY(key_change_make(change, &row, NULL, "made by bootstrap", change->manifest_keys[c].b));
        event->key_numbers[event->key_count++] = row.number;
    }
    row = (struct key_row){.purpose = PURPOSE_POLICY, .home = -1};
    TRY(key_change_make(change, &row, NULL, "made by bootstrap", ret->policy.b));
    event->key_numbers[event->key_count++] = row.number;
    return key_change_end(change);
}

static SCHUIL_RC policy_sign(struct store_session *s, const struct signing_seed *seed,
                             uint8_t ret_public[ED25519_PUBLIC_LEN])
{
    SECRET(signing_pair) pair;
    struct policy_change policy;
    schuil_ed25519_pair(seed, &pair);
    TRY(policy_change_begin_empty(&policy, s, &pair));
    TRY(policy_change_end(&policy));
    schuil_ed25519_pair_public(&pair, ret_public);
    return SCHUIL_OK;
}

/* A chain of its own for this process: begun, the event, and ended. A chain that was begun before
 * takes the event alone. */
static SCHUIL_RC events_write(const struct admin_context *context, const struct signing_pair *pair,
                              const struct audit_event *event, struct audit_chain *ret_next)
{
    struct audit_event events[3] = {*event, *event, *event};
    if (context->chain->i > 0)
        return admin_audit_write(context, pair, event, 1, ret_next);
    events[0].id = AUDIT_CHAIN_START;
    events[0].key_count = 0;
    events[0].detail = "{\"heads\":[],\"omitted\":0}";
    events[2].id = AUDIT_CHAIN_END;
    events[2].key_count = 0;
    events[2].detail = NULL;
    return admin_audit_write(context, pair, events, 3, ret_next);
}

static SCHUIL_RC all_make(const struct admin_context *context, const char *operator_name,
                          const uint8_t fingerprint[32], uint8_t ret_policy_key[ED25519_PUBLIC_LEN],
                          struct audit_chain *ret_next)
{
    KEY_CHANGE change = {.session = NULL};
    __attribute__((cleanup(seeds_wipe))) struct seeds seeds = {0};
    SECRET(signing_pair) pair;
    struct audit_event event = admin_event(context);
    enum compartment home = COMPARTMENT_ISSUE;
    if (event.compartment != NULL)
        ENSURE(schuil_compartment_parse(bytes_text(event.compartment), &home), RC_INTERNAL);
    event.compartment = schuil_compartment_name(home);
    event.id = AUDIT_BOOTSTRAP;
    event.outcome = "ok";
    event.detail = NULL;
    event.key_count = 0;
    TRY(pg_do(context->session, "BEGIN", 0, NULL));
    TRY(key_change_begin_empty(&change, context));
    TRY(first_ensure(context->session));
    TRY(policy_make(context, &change, operator_name, fingerprint));
    TRY(keys_make(&change, home, &seeds, &event));
    TRY(policy_sign(context->session, &seeds.policy, ret_policy_key));
    schuil_ed25519_pair(&seeds.audit, &pair);
    TRY(events_write(context, &pair, &event, ret_next));
    return pg_commit(context->session);
}

SCHUIL_RC schuil_admin_bootstrap(const struct admin_context *context, const char *operator_name,
                                 const uint8_t fingerprint[32],
                                 uint8_t ret_policy_key[ED25519_PUBLIC_LEN])
{
    struct audit_chain next;
    uint8_t policy_key[ED25519_PUBLIC_LEN];
    struct schuil_rc rc = all_make(context, operator_name, fingerprint, policy_key, &next);
    if (!schuil_is_ok(rc)) {
        pg_rollback(context->session);
        return rc;
    }
    *context->chain = next;
    memcpy(ret_policy_key, policy_key, sizeof policy_key);
    return SCHUIL_OK;
}
