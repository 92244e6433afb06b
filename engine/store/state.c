/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper asks again and again: counters and clock, notifications, quota reservations; and
 * the heads of the chains for a chain's first event. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "pg.h"

SCHUIL_RC schuil_store_read_state(struct store_session *s, struct store_state_row *ret)
{
    PG_RESULT *r = NULL;
    uint64_t clock_us, version;
    *ret = (struct store_state_row){.policy_counter = 0};
    TRY(pg_query(s,
                 "SELECT policy_counter,"
                 " coalesce((SELECT counter FROM manifest WHERE compartment = 'issue'), 0),"
                 " coalesce((SELECT counter FROM manifest WHERE compartment = 'translate'), 0),"
                 " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,"
                 " (SELECT max(version) FROM schema_version) FROM state",
                 0, NULL, &r));
    ENSURE(PQntuples(r) == 1, RC_STORE_DATA);
    TRY(pg_u64(r, 0, 0, INT64_MAX, &ret->policy_counter));
    TRY(pg_u64(r, 0, 1, INT64_MAX, &ret->manifest_counters[COMPARTMENT_ISSUE]));
    TRY(pg_u64(r, 0, 2, INT64_MAX, &ret->manifest_counters[COMPARTMENT_TRANSLATE]));
    TRY(pg_u64(r, 0, 3, INT64_MAX, &clock_us));
    TRY(pg_u64(r, 0, 4, INT32_MAX, &version));
    ret->clock_us = (int64_t)clock_us;
    ret->schema_version = (uint32_t)version;
    return SCHUIL_OK;
}

SCHUIL_RC schuil_store_listen(struct store_session *s)
{
    return pg_do(s, "LISTEN schuilnaam", 0, NULL);
}

/* All notifications that are here; they say no more than "look again". */
static bool notifications_take(struct store_session *s)
{
    bool is_any = false;
    for (PGnotify *n; (n = PQnotifies(s->conn)) != NULL; is_any = true)
        PQfreemem(n);
    return is_any;
}

static SCHUIL_RC input_take(struct store_session *s)
{
    if (PQconsumeInput(s->conn) && PQstatus(s->conn) == CONNECTION_OK)
        return SCHUIL_OK;
    PQfinish(s->conn);
    s->conn = NULL;
    return pg_fail(s, RC_STORE_AWAY, "connection lost");
}

SCHUIL_RC schuil_store_wait(struct store_session *s, int wake_fd, int64_t timeout_us,
                            bool *ret_notified)
{
    int64_t deadline_us = pg_now_us() + timeout_us;
    *ret_notified = false;
    ENSURE(s->conn != NULL, RC_STORE_AWAY);
    while (!(*ret_notified = notifications_take(s))) {
        int64_t left = deadline_us - pg_now_us();
        struct pollfd p[2] = {{.fd = PQsocket(s->conn), .events = POLLIN},
                              {.fd = wake_fd, .events = POLLIN}};
        if (left <= 0)
            return SCHUIL_OK;
        int n = poll(p, wake_fd < 0 ? 1 : 2, (int)(left / 1000) + 1);
        if (n < 0 && errno != EINTR)
            return schuil_rc(RC_INTERNAL);
        if (n <= 0)
            continue;
        if (p[0].revents != 0)
            TRY(input_take(s));
        if (p[1].revents != 0)
            return SCHUIL_OK;
    }
    return SCHUIL_OK;
}

/* Kind, subject and day as the first three parameters. */
struct subject_params {
    char subject[16], day[16];
    const char *params[6];
};

static void subject_fill(struct subject_params *p, enum quota_kind kind, uint32_t subject,
                         uint32_t day)
{
    snprintf(p->subject, sizeof p->subject, "%" PRIu32, subject);
    snprintf(p->day, sizeof p->day, "%" PRIu32, day);
    p->params[0] = schuil_quota_kind_name(kind);
    p->params[1] = p->subject;
    p->params[2] = p->day;
}

SCHUIL_RC schuil_store_reserve(struct store_session *s, const struct quota_want *want,
                               uint64_t *ret_got, bool *ret_alarm)
{
    PG_RESULT *r = NULL;
    struct subject_params p;
    char text[3][24];
    *ret_got = 0;
    *ret_alarm = false;
    ENSURE(want->least >= 1 && want->least <= want->want, RC_INPUT_VALUE);
    ENSURE(want->want <= INT64_MAX && want->quota >= 0, RC_INPUT_VALUE);
    subject_fill(&p, want->kind, want->subject, want->day);
    snprintf(text[0], sizeof text[0], "%" PRId64, want->quota);
    snprintf(text[1], sizeof text[1], "%" PRIu64, want->least);
    snprintf(text[2], sizeof text[2], "%" PRIu64, want->want);
    for (size_t i = 0; i < 3; i++)
        p.params[3 + i] = text[i];
    TRY(pg_query(s, "SELECT got, alarm FROM reserve($1, $2, $3, $4, $5, $6)", 6, p.params, &r));
    TRY(pg_u64(r, 0, 0, INT64_MAX, ret_got));
    *ret_alarm = PQgetvalue(r, 0, 1)[0] == 't';
    return SCHUIL_OK;
}

SCHUIL_RC schuil_store_alarm_told(struct store_session *s, enum quota_kind kind, uint32_t subject,
                                  uint32_t day)
{
    struct subject_params p;
    subject_fill(&p, kind, subject, day);
    return pg_do(s, "SELECT alarm_told($1, $2, $3)", 3, p.params);
}

SCHUIL_RC schuil_store_usage(struct store_session *s, enum quota_kind kind, uint32_t subject,
                             uint32_t day, uint64_t *ret_reserved)
{
    PG_RESULT *r = NULL;
    struct subject_params p;
    *ret_reserved = 0;
    subject_fill(&p, kind, subject, day);
    TRY(pg_query(s,
                 "SELECT coalesce((SELECT reserved FROM usage WHERE kind = $1"
                 " AND subject = $2::integer AND day = date '1970-01-01' + $3::integer), 0)",
                 3, p.params, &r));
    return pg_u64(r, 0, 0, INT64_MAX, ret_reserved);
}

SCHUIL_RC schuil_store_audit_heads(struct store_session *s, char *ret, size_t cap)
{
    PG_RESULT *r = NULL;
    char room[24];
    const char *params[1] = {room};
    ENSURE(cap >= 128, RC_INPUT_LENGTH);
    /* 16 + 19 + 32 bytes as hex and digits between quotes: under 128 characters a head. */
    snprintf(room, sizeof room, "%zu", (cap - 128) / 128);
    TRY(pg_query(s,
                 "SELECT '{\"heads\":[' || coalesce(string_agg(format('[\"%s\",%s,\"%s\"]',"
                 " encode(chain, 'hex'), i, encode(link, 'hex')), ',' ORDER BY at DESC)"
                 " FILTER (WHERE place <= $1::bigint), '')"
                 " || '],\"omitted\":' || count(*) FILTER (WHERE place > $1::bigint) || '}'"
                 " FROM (SELECT *, row_number() OVER (ORDER BY at DESC) AS place"
                 " FROM audit_heads()) h",
                 1, params, &r));
    size_t len = strlen(PQgetvalue(r, 0, 0));
    ENSURE(len < cap, RC_STORE_DATA);
    memcpy(ret, PQgetvalue(r, 0, 0), len + 1);
    return SCHUIL_OK;
}

SCHUIL_RC schuil_store_partitions(struct store_session *s, uint64_t *ret_made)
{
    PG_RESULT *r = NULL;
    *ret_made = 0;
    TRY(pg_query(s, "SELECT make_partitions_ahead()", 0, NULL, &r));
    return pg_u64(r, 0, 0, INT32_MAX, ret_made);
}
