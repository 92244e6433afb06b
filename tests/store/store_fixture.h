/* SPDX-License-Identifier: Apache-2.0 */
/* An installation for one test: an empty schema that was migrated and bootstrapped, with a session
 * as the server's role and one as the owner. SCHUILNAAM_TEST_OWNER_DSN and
 * SCHUILNAAM_TEST_SERVER_DSN name the database; without them the tests are skipped. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "admin_job.h"
#include "schuilnaam/crypto/memory.h"

struct fixture {
    const char *owner_dsn, *server_dsn;
    struct store_session *owner, *server;
    struct wrapping_key wrapping;
    struct wrapping_ring ring;       /* holds it, as "test" */
    struct signing_pair pair;        /* audit key of issue */
    struct signing_pair policy_pair; /* policy key */
    uint8_t policy_key[ED25519_PUBLIC_LEN];
    struct audit_chain chain;
    struct audit_event prototype;
    struct admin_context admin;
    const char *field;     /* at fault in the last call */
    unsigned compartments; /* that fixture_load loads keys of: all, unless a test says less */
    char directory[64];    /* empty, for local files */
};

bool fixture_is_there(void);
/* cmocka set-up and tear-down. */
int fixture_up(void **state);       /* migrated, nothing in it */
int fixture_up_first(void **state); /* and bootstrapped */
int fixture_down(void **state);

void assert_rc(struct schuil_rc rc, enum schuil_rc_code code);
/* Run as the owner; the first cell of the answer in a static buffer, "" if there is none. */
const char *owner_sql(struct fixture *f, const char *sql);
long owner_number(struct fixture *f, const char *sql);
/* "name=value" pairs, ended by NULL; "name" alone: null. */
/* An action of the table. */
struct schuil_rc admin_act(struct fixture *f, const char *noun, const char *action, const char *id,
                           const char *const *pairs);
struct schuil_rc admin_do(struct fixture *f, const char *noun, enum admin_verb verb, const char *id,
                          const char *const *pairs);
/* create, and insist */
void admin_make(struct fixture *f, const char *noun, const char *const *pairs);
#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})
/* HOSP1, REG1 with its domain, one connection (number 1), a transport key. */
void fixture_populate(struct fixture *f);
struct schuil_rc fixture_load(struct fixture *f, const char *directory, struct snapshot **ret,
                              char finding[256]);
struct audit_event event_of(const struct fixture *f, enum audit_event_id id);

#endif
