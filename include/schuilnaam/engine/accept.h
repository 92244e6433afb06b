/* SPDX-License-Identifier: Apache-2.0 */
/* Accepting on purpose what a server refuses: manifests and policy that are older than those seen
 * (a backup was restored), or policy whose signature ended with a migration. Two operators sign a
 * statement that says exactly what is there; then counters rise above all that was seen, so that no
 * earlier state can come back by itself, and sequences, epochs and generations go ahead, so that no
 * number is given twice.
 * Never accepted: key rows that their manifest does not vouch for. Source: PROTOCOL section 6. */
#ifndef SCHUILNAAM_ENGINE_ACCEPT_H
#define SCHUILNAAM_ENGINE_ACCEPT_H

#include "schuilnaam/engine/admin.h"

enum {
    ACCEPT_PERSON_COUNT = 2,
    ACCEPT_REASON_LEN = 200,     /* bytes, 1 or more; no control characters */
    ACCEPT_STATEMENT_CAP = 2048, /* bytes, with a zero */
};

struct acceptance {
    struct accept_counter {
        uint64_t seen, there;
        uint8_t proof[HASH_LEN]; /* the mac; of policy the hash of its dump */
    } issue, translate, policy;
    uint8_t policy_key[ED25519_PUBLIC_LEN];
    char policy_finding[160]; /* "": its signature verifies */
};

/* Who signed: the SHA-256 of the certificate. */
struct accept_person {
    uint8_t fingerprint[HASH_LEN];
};

/* Whether there is anything to accept: something older than was seen, policy whose signature does
 * not verify, or a host that has seen nothing (a restore into an empty folder). */
bool schuil_acceptance_is_needed(const struct acceptance *a);
/* The statement, text with a zero at its end. made: RFC 3339, UTC; reason as above. RC_INPUT_VALUE:
 * reason; RC_INPUT_LENGTH: it does not fit. */
SCHUIL_RC schuil_acceptance_write(const struct acceptance *a, const char *made, const char *reason,
                                  char ret[ACCEPT_STATEMENT_CAP]);

/* context: a session of the owner, ring, chain and event prototype; its pairs may be NULL. source:
 * policy key and state directory. What is there and what was seen, changing nothing.
 * RC_CONFIG_KEY_ROW, RC_CONFIG_MANIFEST, RC_CONFIG_WRAPPING, RC_STORE_*: the session's message
 * tells. */
SCHUIL_RC schuil_store_accept_look(const struct admin_context *context,
                                   const struct snapshot_source *source, struct acceptance *ret);
/* Accept exactly `wanted`, in one transaction with its audit event. RC_CONFLICT_STATE: something
 * else is there by now, or nothing is to be accepted; RC_AUTH_PERMISSION: not two different
 * operators in force. Local files stay as they are: the next load finds counters above them. */
SCHUIL_RC schuil_store_accept(const struct admin_context *context,
                              const struct snapshot_source *source, const struct acceptance *wanted,
                              const struct accept_person persons[ACCEPT_PERSON_COUNT],
                              const char *reason);

#endif
