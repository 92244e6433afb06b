/* SPDX-License-Identifier: Apache-2.0 */
/* See store_fixture.h. */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool fixture_is_there(void)
{
    if (getenv("SCHUILNAAM_TEST_OWNER_DSN") && getenv("SCHUILNAAM_TEST_SERVER_DSN"))
        return true;
    printf("skipped: SCHUILNAAM_TEST_OWNER_DSN and SCHUILNAAM_TEST_SERVER_DSN name no database\n");
    return false;
}

void assert_rc(struct schuil_rc rc, enum schuil_rc_code code)
{
    assert_string_equal(schuil_rc_name(rc), schuil_rc_name(schuil_rc(code)));
}

static void assert_ok(struct schuil_rc rc, const struct store_session *s)
{
    if (!schuil_is_ok(rc))
        fail_msg("%s: %s", schuil_rc_name(rc), schuil_store_message(s));
}

const char *owner_sql(struct fixture *f, const char *sql)
{
    static char cell[4096];
    PG_RESULT *r = NULL;
    assert_ok(pg_query(f->owner, sql, 0, NULL, &r), f->owner);
    cell[0] = '\0';
    if (PQntuples(r) > 0)
        snprintf(cell, sizeof cell, "%s", PQgetvalue(r, 0, 0));
    return cell;
}

long owner_number(struct fixture *f, const char *sql)
{
    return strtol(owner_sql(f, sql), NULL, 10);
}

struct audit_event event_of(const struct fixture *f, enum audit_event_id id)
{
    struct audit_event event = f->prototype;
    event.id = id;
    event.time_us = admin_clock_us();
    return event;
}

int fixture_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    *state = f;
    f->owner_dsn = getenv("SCHUILNAAM_TEST_OWNER_DSN");
    f->server_dsn = getenv("SCHUILNAAM_TEST_SERVER_DSN");
    assert_ok(schuil_crypto_init(), NULL);
    assert_ok(schuil_store_open(f->owner_dsn, &f->owner), f->owner);
    owner_sql(f, "SET client_min_messages = warning");
    owner_sql(f, "DROP SCHEMA IF EXISTS schuilnaam CASCADE");
    assert_ok(schuil_store_migrate(f->owner, NULL), f->owner);
    owner_sql(f, "SET statement_timeout = '4500ms'");
    assert_ok(schuil_store_open(f->server_dsn, &f->server), f->server);
    assert_ok(schuil_random(f->wrapping.b, sizeof f->wrapping.b), NULL);
    f->compartments = (1U << COMPARTMENT_COUNT) - 1;
    f->ring = (struct wrapping_ring){.count = 1, .refs = {{.name = "test", .key = &f->wrapping}}};
    assert_ok(schuil_audit_chain_new(&f->chain), NULL);
    f->prototype = (struct audit_event){.outcome = "ok",
                                        .role = "operator",
                                        .access = "test",
                                        .compartment = "issue",
                                        .process = "test"};
    f->admin = (struct admin_context){.session = f->server,
                                      .ring = &f->ring,
                                      .chain = &f->chain,
                                      .audit_pair = &f->pair,
                                      .policy_pair = &f->policy_pair,
                                      .event = &f->prototype};
    snprintf(f->directory, sizeof f->directory, "/tmp/schuilnaam-test-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    return 0;
}

int fixture_up_first(void **state)
{
    struct snapshot *snapshot = NULL;
    char finding[256];
    uint8_t fingerprint[32] = {1};
    assert_int_equal(fixture_up(state), 0);
    struct fixture *f = *state;
    assert_ok(schuil_admin_bootstrap(&f->admin, "Operator", fingerprint, f->policy_key), f->server);
    assert_ok(fixture_load(f, NULL, &snapshot, finding), f->server);
    f->pair = *schuil_key_audit(snapshot);
    f->policy_pair = *schuil_key_policy(snapshot);
    schuil_snapshot_unref(snapshot);
    assert_ok(schuil_audit_chain_new(&f->chain), NULL);
    return 0;
}

int fixture_down(void **state)
{
    struct fixture *f = *state;
    char path[128];
    for (int c = 0; c < COMPARTMENT_COUNT; c++) {
        snprintf(path, sizeof path, "%s/manifest-%s", f->directory,
                 schuil_compartment_name((enum compartment)c));
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/manifest-policy", f->directory);
    unlink(path);
    rmdir(f->directory);
    schuil_store_close(f->owner);
    schuil_store_close(f->server);
    free(f);
    return 0;
}

static const struct admin_noun *noun_find(const char *name)
{
    const struct admin_noun *noun = schuil_admin_nouns();
    while (noun->name != NULL && strcmp(noun->name, name) != 0)
        noun++;
    assert_non_null(noun->name);
    return noun;
}

static struct schuil_rc call_do(struct fixture *f, struct admin_call call, const char *const *pairs)
{
    char names[16][64];
    struct admin_value values[16];
    size_t n = 0;
    for (; pairs != NULL && pairs[n] != NULL; n++) {
        size_t len = strcspn(pairs[n], "=");
        snprintf(names[n], sizeof names[n], "%.*s", (int)len, pairs[n]);
        values[n].name = names[n];
        values[n].text = pairs[n][len] == '=' ? pairs[n] + len + 1 : NULL;
    }
    struct admin_rows *rows = NULL;
    call.value_count = n;
    call.values = values;
    struct schuil_rc rc = schuil_admin_run(&f->admin, &call, &rows, &f->field);
    assert_int_equal(schuil_is_ok(rc), rows != NULL);
    schuil_admin_rows_free(rows);
    return rc;
}

struct schuil_rc admin_do(struct fixture *f, const char *noun, enum admin_verb verb, const char *id,
                          const char *const *pairs)
{
    return call_do(f, (struct admin_call){.noun = noun_find(noun), .verb = verb, .id = id}, pairs);
}

struct schuil_rc admin_act(struct fixture *f, const char *noun, const char *action, const char *id,
                           const char *const *pairs)
{
    const struct admin_action *found = NULL;
    for (size_t i = 0; (found = schuil_admin_action(i)) != NULL; i++)
        if (strcmp(found->noun, noun) == 0 && strcmp(found->name, action) == 0)
            break;
    assert_non_null(found);
    return call_do(f,
                   (struct admin_call){
                       .noun = noun_find(noun), .verb = ADMIN_DO_ACTION, .action = found, .id = id},
                   pairs);
}

void admin_make(struct fixture *f, const char *noun, const char *const *pairs)
{
    assert_ok(admin_do(f, noun, ADMIN_DO_CREATE, NULL, pairs), f->server);
}

void fixture_populate(struct fixture *f)
{
    admin_make(f, "keys", PAIRS("purpose=transport"));
    admin_make(f, "organisations", PAIRS("code=HOSP1", "name=Hospital \"one\" \\"));
    admin_make(f, "organisations", PAIRS("code=REG1", "name=Registry one", "kind=registry"));
    admin_make(f, "domains", PAIRS("code=REG1"));
    admin_make(f, "registries", PAIRS("code=REG1", "organisation=REG1", "domain=REG1"));
    admin_make(
        f, "connections",
        PAIRS("provider=HOSP1", "registry=REG1", "types=A,B,C", "quotaPerDay=100", "lifeHours=24"));
}

struct schuil_rc fixture_load(struct fixture *f, const char *directory, struct snapshot **ret,
                              char finding[256])
{
    struct snapshot_source source = {.ring = &f->ring,
                                     .compartments = f->compartments,
                                     .policy_key = f->policy_key,
                                     .state_directory = directory};
    return schuil_store_load(f->server, &source, ret, finding, 256);
}
