/* SPDX-License-Identifier: Apache-2.0 */
/* See schuilnaam/engine/accept.h.
 *
 *   BEGIN -> look (locks; key rows verified) -> same as signed? -> two operators? -> counters
 * raised, sequences advanced -> its audit event -> COMMIT */
#include "schuilnaam/engine/accept.h"

#include <inttypes.h>
#include <stdio.h>

#include "admin_job.h"
#include "key_change.h"
#include "manifest_file.h"
#include "policy_manifest.h"

struct accepting {
    const struct admin_context *context;
    const struct snapshot_source *source;
    struct store_session *session;
    struct key_change change;
    struct acceptance found;
    uint64_t persons[ACCEPT_PERSON_COUNT]; /* operators' numbers */
};

static void accepting_done(struct accepting *a)
{
    key_change_done(&a->change);
}
#define ACCEPTING __attribute__((cleanup(accepting_done))) struct accepting

/* ---- what is there ---- */
static SCHUIL_RC seen_read(struct accepting *a, const char *name, size_t proof_len, uint64_t *ret)
{
    uint8_t proof[MANIFEST_PROOF_LEN_MAX];
    char finding[sizeof a->session->message];
    struct schuil_rc rc = manifest_file_read(a->source->state_directory, name, ret, proof,
                                             proof_len, finding, sizeof finding);
    return schuil_is_ok(rc) ? rc : pg_fail(a->session, (enum schuil_rc_code)rc.code, finding);
}

static SCHUIL_RC manifest_look(struct accepting *a, enum compartment c, struct accept_counter *ret)
{
    const struct manifest_row *m = &a->change.set.table.manifests[c];
    ret->there = m->counter;
    memcpy(ret->proof, m->mac, sizeof ret->proof);
    return seen_read(a, schuil_compartment_name(c), HASH_LEN, &ret->seen);
}

/* A signature that does not verify is told, not refused: whether it may be is for two to say. */
static SCHUIL_RC policy_look(struct accepting *a)
{
    POLICY_MANIFEST manifest = {.exists = false};
    POLICY_ROWS rows = {.list = NULL};
    struct acceptance *found = &a->found;
    TRY(policy_manifest_read(a->session, true, &manifest));
    TRY(policy_rows_read(a->session, &rows));
    (void)schuil_is_ok(policy_manifest_check(&manifest, &rows, found->policy_key,
                                             found->policy_finding, sizeof found->policy_finding));
    found->policy.there = manifest.counter;
    memcpy(found->policy.proof, rows.digest, sizeof rows.digest);
    return seen_read(a, "policy", ED25519_SIGNATURE_LEN, &found->policy.seen);
}

static SCHUIL_RC look(struct accepting *a)
{
    memcpy(a->found.policy_key, a->source->policy_key, sizeof a->found.policy_key);
    TRY(pg_do(a->session, "BEGIN", 0, NULL));
    TRY(key_change_begin(&a->change, a->context));
    TRY(manifest_look(a, COMPARTMENT_ISSUE, &a->found.issue));
    TRY(manifest_look(a, COMPARTMENT_TRANSLATE, &a->found.translate));
    return policy_look(a);
}

static struct accepting accepting_of(const struct admin_context *context,
                                     const struct snapshot_source *source)
{
    return (struct accepting){.context = context, .source = source, .session = context->session};
}

SCHUIL_RC schuil_store_accept_look(const struct admin_context *context,
                                   const struct snapshot_source *source, struct acceptance *ret)
{
    ACCEPTING a = accepting_of(context, source);
    struct schuil_rc rc = look(&a);
    pg_rollback(context->session);
    *ret = schuil_is_ok(rc) ? a.found : (struct acceptance){.policy_finding = ""};
    return rc;
}

static bool counter_equal(const struct accept_counter *a, const struct accept_counter *b)
{
    return a->seen == b->seen && a->there == b->there &&
           memcmp(a->proof, b->proof, sizeof a->proof) == 0;
}

static SCHUIL_RC same_ensure(struct accepting *a, const struct acceptance *wanted)
{
    const struct acceptance *found = &a->found;
    bool is_same = counter_equal(&found->issue, &wanted->issue) &&
                   counter_equal(&found->translate, &wanted->translate) &&
                   counter_equal(&found->policy, &wanted->policy) &&
                   strcmp(found->policy_finding, wanted->policy_finding) == 0 &&
                   memcmp(found->policy_key, wanted->policy_key, sizeof found->policy_key) == 0;
    if (is_same && schuil_acceptance_is_needed(found))
        return SCHUIL_OK;
    return pg_fail(a->session, RC_CONFLICT_STATE,
                   is_same ? "nothing is to be accepted" : "something else is there by now");
}

/* ---- who ---- */
static SCHUIL_RC person_find(struct accepting *a, const uint8_t fingerprint[HASH_LEN],
                             uint64_t *ret)
{
    PG_RESULT *r = NULL;
    char hex[3 + 2 * HASH_LEN];
    const char *params[1] = {hex};
    pg_hex(fingerprint, HASH_LEN, hex);
    TRY(pg_query(a->session,
                 "SELECT o.number FROM credential c JOIN operator o ON o.number = c.operator"
                 " WHERE c.fingerprint = $1::bytea AND c.state = 'active' AND o.state = 'active'"
                 " AND c.valid_from <= now() AND coalesce(c.valid_until > now(), true)",
                 1, params, &r));
    if (PQntuples(r) != 1)
        return pg_fail(a->session, RC_AUTH_PERMISSION, "a signature is not an active operator's");
    return pg_u64(r, 0, 0, INT32_MAX, ret);
}

static SCHUIL_RC persons_ensure(struct accepting *a,
                                const struct accept_person persons[ACCEPT_PERSON_COUNT])
{
    for (size_t i = 0; i < ACCEPT_PERSON_COUNT; i++)
        TRY(person_find(a, persons[i].fingerprint, &a->persons[i]));
    if (a->persons[0] != a->persons[1])
        return SCHUIL_OK;
    return pg_fail(a->session, RC_AUTH_PERMISSION, "both signatures are one operator's");
}

/* ---- the change ---- */
static uint64_t highest(const struct accept_counter *c)
{
    return c->seen > c->there ? c->seen : c->there;
}

static SCHUIL_RC pair_open(struct accepting *a, enum key_purpose purpose, enum compartment c,
                           struct signing_pair *ret)
{
    for (size_t i = 0; i < a->change.set.table.count; i++) {
        const struct key_row *row = &a->change.set.rows[i];
        SECRET(signing_seed) seed;
        if (row->purpose != purpose || row->state != KEY_ACTIVE || !row->copies[c].exists)
            continue;
        TRY(schuil_key_unwrap_copy(row, c, a->change.ring, seed.b, sizeof seed.b));
        schuil_ed25519_pair(&seed, ret);
        return SCHUIL_OK;
    }
    return pg_fail(a->session, RC_CONFIG_KEY_ROW, "a signing key is not there");
}

static SCHUIL_RC policy_raise(struct accepting *a)
{
    SECRET(signing_pair) pair;
    uint8_t public_key[ED25519_PUBLIC_LEN];
    TRY(pair_open(a, PURPOSE_POLICY, COMPARTMENT_OPERATE, &pair));
    schuil_ed25519_pair_public(&pair, public_key);
    if (memcmp(public_key, a->found.policy_key, sizeof public_key) != 0)
        return pg_fail(a->session, RC_CONFIG_POLICY,
                       "the policy key is not the one that the configuration names");
    return policy_manifest_raise(a->session, &pair, highest(&a->found.policy) + 1);
}

/* By 1,000,000; a sequence of a small range by a 64th of it. */
static SCHUIL_RC sequences_advance(struct accepting *a)
{
    return pg_do(a->session,
                 "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass,"
                 " LEAST(coalesce(last_value, 0) + LEAST(1000000, max_value / 64), max_value))"
                 " FROM pg_sequences WHERE schemaname = 'schuilnaam'",
                 0, NULL);
}

/* Giving an epoch or a generation raises a counter, and the counters never come back. So what was
 * given up to now is below their sum, or below 1,000,000 + their sum if given after an earlier
 * acceptance; and none is given twice although one backup is restored again and again. */
static SCHUIL_RC epochs_advance(struct accepting *a)
{
    char counters[24];
    const char *params[1] = {counters};
    snprintf(counters, sizeof counters, "%" PRIu64,
             highest(&a->found.issue) + highest(&a->found.translate));
    return pg_do(a->session,
                 "UPDATE state SET numbers_from ="
                 " GREATEST(numbers_from, LEAST(2147483647, 1000000 + $1::numeric))",
                 1, params);
}

static SCHUIL_RC raise_all(struct accepting *a)
{
    TRY(key_change_raise(&a->change, COMPARTMENT_ISSUE, highest(&a->found.issue) + 1));
    TRY(key_change_raise(&a->change, COMPARTMENT_TRANSLATE, highest(&a->found.translate) + 1));
    TRY(policy_raise(a));
    TRY(sequences_advance(a));
    return epochs_advance(a);
}

static void detail_make(const struct accepting *a, char *ret, size_t cap)
{
    const struct acceptance *f = &a->found;
    snprintf(ret, cap,
             "{\"operators\":[%" PRIu64 ",%" PRIu64 "],\"issue\":[%" PRIu64 ",%" PRIu64
             "],\"translate\":[%" PRIu64 ",%" PRIu64 "],\"policy\":[%" PRIu64 ",%" PRIu64
             "],\"policySignature\":%s}",
             a->persons[0], a->persons[1], f->issue.seen, f->issue.there, f->translate.seen,
             f->translate.there, f->policy.seen, f->policy.there,
             f->policy_finding[0] == '\0' ? "true" : "false");
}

/* A chain of its own: begun, the event, and ended. */
static SCHUIL_RC event_write(struct accepting *a, const char *reason, struct audit_chain *ret_next)
{
    SECRET(signing_pair) pair;
    char detail[512];
    struct audit_event events[3];
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        events[i] = admin_event(a->context);
    detail_make(a, detail, sizeof detail);
    events[0].id = AUDIT_CHAIN_START;
    events[0].detail = "{\"heads\":[],\"omitted\":0}";
    events[1].id = AUDIT_ACCEPT;
    events[1].detail = detail;
    events[1].reason = reason;
    events[2].id = AUDIT_CHAIN_END;
    TRY(pair_open(a, PURPOSE_AUDIT, COMPARTMENT_ISSUE, &pair));
    return admin_audit_write(a->context, &pair, events, 3, ret_next);
}

static SCHUIL_RC accept_inside(struct accepting *a, const struct acceptance *wanted,
                               const struct accept_person persons[ACCEPT_PERSON_COUNT],
                               const char *reason, struct audit_chain *ret_next)
{
    TRY(look(a));
    TRY(same_ensure(a, wanted));
    TRY(persons_ensure(a, persons));
    TRY(raise_all(a));
    TRY(event_write(a, reason, ret_next));
    return pg_commit(a->session);
}

SCHUIL_RC schuil_store_accept(const struct admin_context *context,
                              const struct snapshot_source *source, const struct acceptance *wanted,
                              const struct accept_person persons[ACCEPT_PERSON_COUNT],
                              const char *reason)
{
    ACCEPTING a = accepting_of(context, source);
    struct audit_chain next;
    struct schuil_rc rc = accept_inside(&a, wanted, persons, reason, &next);
    if (schuil_is_ok(rc))
        *context->chain = next;
    else
        pg_rollback(context->session);
    return rc;
}
