/* SPDX-License-Identifier: Apache-2.0 */
/* The row by which a serving process tells the others that it lives and what it has loaded.
 *
 * Who asks whether all have loaded a change reads committed rows only. So a process whose row was
 * not live must confirm its snapshot once more after its row is there: either its row is seen by
 * whoever asks, or its second look sees what they changed. Source: PROTOCOL section 4.1. */
#include <inttypes.h>
#include <stdio.h>

#include "pg.h"

#define IS_LIVE "ended IS NULL AND confirmed > clock_timestamp() - interval '60 seconds'"
_Static_assert(LIMIT_LEASE_S == 60, "IS_LIVE says the same");

enum { ID_HEX_CAP = 3 + 2 * 16, ROLES_CAP = 64 };

struct counter_texts {
    char policy[24], issue[24], translate[24];
};

static void counters_print(const struct store_state_row *loaded, struct counter_texts *ret)
{
    const uint64_t *manifests = loaded->manifest_counters;
    snprintf(ret->policy, sizeof ret->policy, "%" PRIu64, loaded->policy_counter);
    snprintf(ret->issue, sizeof ret->issue, "%" PRIu64, manifests[COMPARTMENT_ISSUE]);
    snprintf(ret->translate, sizeof ret->translate, "%" PRIu64, manifests[COMPARTMENT_TRANSLATE]);
}

/* {issue,translate} */
static void roles_print(unsigned roles, char ret[ROLES_CAP])
{
    size_t len = 0;
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        if ((roles & 1U << c) != 0)
            len += (size_t)snprintf(ret + len, ROLES_CAP - len, "%s%s", len == 0 ? "{" : ",",
                                    schuil_compartment_name((enum compartment)c));
    snprintf(ret + len, ROLES_CAP - len, "%s", len == 0 ? "{}" : "}");
}

static SCHUIL_RC begin(struct store_session *s, const struct store_process *p, const char *id,
                       const struct counter_texts *counters)
{
    char roles[ROLES_CAP];
    const char *params[6] = {
        id, p->label, roles, counters->policy, counters->issue, counters->translate};
    roles_print(p->roles, roles);
    TRY(pg_do(s, "SELECT forget_processes()", 0, NULL));
    return pg_do(s,
                 "INSERT INTO process (id, label, roles, policy_counter, issue_counter,"
                 " translate_counter) VALUES ($1, $2, $3, $4, $5, $6)"
                 " ON CONFLICT (id) DO UPDATE SET confirmed = clock_timestamp(), ended = NULL,"
                 " policy_counter = excluded.policy_counter,"
                 " issue_counter = excluded.issue_counter,"
                 " translate_counter = excluded.translate_counter",
                 6, params);
}

SCHUIL_RC schuil_store_process_renew(struct store_session *s, const struct store_process *p,
                                     const struct store_state_row *loaded, bool *ret_was_live)
{
    PG_RESULT *r = NULL;
    char id[ID_HEX_CAP];
    struct counter_texts counters;
    const char *params[4] = {id, counters.policy, counters.issue, counters.translate};
    *ret_was_live = false;
    pg_hex(p->id, sizeof p->id, id);
    counters_print(loaded, &counters);
    TRY(pg_query(s,
                 "UPDATE process SET confirmed = clock_timestamp(), policy_counter = $2,"
                 " issue_counter = $3, translate_counter = $4 WHERE id = $1 AND " IS_LIVE
                 " RETURNING 1",
                 4, params, &r));
    *ret_was_live = PQntuples(r) == 1;
    return *ret_was_live ? SCHUIL_OK : begin(s, p, id, &counters);
}

SCHUIL_RC schuil_store_process_end(struct store_session *s, const struct store_process *p)
{
    char id[ID_HEX_CAP];
    const char *params[1] = {id};
    pg_hex(p->id, sizeof p->id, id);
    return pg_do(s, "UPDATE process SET ended = clock_timestamp() WHERE id = $1", 1, params);
}

SCHUIL_RC schuil_store_processes_behind(struct store_session *s, enum compartment c,
                                        uint64_t counter, uint64_t *ret_count)
{
    PG_RESULT *r = NULL;
    char text[24];
    const char *params[2] = {schuil_compartment_name(c), text};
    *ret_count = 0;
    ENSURE(c == COMPARTMENT_ISSUE || c == COMPARTMENT_TRANSLATE, RC_INPUT_VALUE);
    snprintf(text, sizeof text, "%" PRIu64, counter);
    TRY(pg_query(s,
                 "SELECT count(*) FROM process WHERE " IS_LIVE " AND $1 = ANY (roles)"
                 " AND CASE $1 WHEN 'issue' THEN issue_counter ELSE translate_counter END"
                 " < $2::bigint",
                 2, params, &r));
    return pg_u64(r, 0, 0, INT64_MAX, ret_count);
}
