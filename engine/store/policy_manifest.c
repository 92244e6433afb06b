/* SPDX-License-Identifier: Apache-2.0 */
/* See policy_manifest.h. */
#include "policy_manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "manifest_file.h"
#include "policy_compare.h"

void policy_manifest_done(struct policy_manifest *manifest)
{
    free(manifest->list);
    *manifest = (struct policy_manifest){.exists = false};
}

static SCHUIL_RC list_take(const PGresult *r, struct policy_manifest *ret)
{
    size_t len = (size_t)PQgetlength(r, 0, 2);
    ENSURE(len >= 2 && len % 2 == 0, RC_STORE_DATA);
    ret->list_len = (len - 2) / 2;
    ret->list = malloc(ret->list_len + 1);
    ENSURE(ret->list != NULL, RC_INTERNAL_MEMORY);
    return pg_bytea(r, 0, 2, ret->list, ret->list_len);
}

SCHUIL_RC policy_manifest_read(struct store_session *s, bool is_locked, struct policy_manifest *ret)
{
    PG_RESULT *r = NULL;
    *ret = (struct policy_manifest){.exists = false};
    TRY(pg_query(s,
                 is_locked ? "SELECT counter, signature, rows FROM policy_manifest FOR UPDATE"
                           : "SELECT counter, signature, rows FROM policy_manifest",
                 0, NULL, &r));
    if (PQntuples(r) == 0)
        return SCHUIL_OK;
    TRY(pg_u64(r, 0, 0, INT64_MAX, &ret->counter));
    TRY(pg_bytea(r, 0, 1, ret->signature, sizeof ret->signature));
    ret->exists = true;
    return list_take(r, ret);
}

/* ---- checking ---- */
static struct schuil_rc refuse(char *finding, size_t cap, const char *what)
{
    snprintf(finding, cap, "policy: %s", what);
    return schuil_rc(RC_CONFIG_POLICY);
}

SCHUIL_RC policy_manifest_check(const struct policy_manifest *manifest,
                                const struct policy_rows *rows, const uint8_t public_key[32],
                                char *finding, size_t cap)
{
    finding[0] = '\0';
    if (!manifest->exists)
        return refuse(finding, cap, "it is not signed");
    if (schuil_policy_verify(public_key, manifest->counter, rows->digest, manifest->signature))
        return SCHUIL_OK;
    if (policy_compare(bytes_of(manifest->list, manifest->list_len),
                       bytes_of(rows->list, rows->list_len), finding, cap))
        return schuil_rc(RC_CONFIG_POLICY);
    return refuse(finding, cap, "its signature does not verify with the configured key");
}

/* As with the keys: an older policy is refused, and the same counter with another signature. */
SCHUIL_RC policy_seen_check(const char *directory, const struct policy_manifest *manifest,
                            bool *ret_is_newer, char *finding, size_t cap)
{
    uint64_t seen;
    uint8_t signature[ED25519_SIGNATURE_LEN];
    *ret_is_newer = false;
    if (directory == NULL)
        return SCHUIL_OK;
    TRY(manifest_file_read(directory, POLICY_MANIFEST_FILE, &seen, signature, sizeof signature,
                           finding, cap));
    *ret_is_newer = manifest->counter > seen;
    if (*ret_is_newer || (manifest->counter == seen &&
                          memcmp(signature, manifest->signature, sizeof signature) == 0))
        return SCHUIL_OK;
    if (manifest->counter == seen)
        snprintf(finding, cap, "policy: its counter was seen with another signature");
    else
        snprintf(finding, cap,
                 "policy: its counter %" PRIu64 " is lower than %" PRIu64 ", already seen",
                 manifest->counter, seen);
    return schuil_rc(RC_CONFIG_MANIFEST_OLD);
}

/* ---- changing ---- */
SCHUIL_RC policy_change_begin(struct policy_change *change, struct store_session *s,
                              const struct signing_pair *pair, const char *directory)
{
    bool is_newer;
    POLICY_MANIFEST manifest = {.exists = false};
    POLICY_ROWS rows = {.list = NULL};
    uint8_t public_key[ED25519_PUBLIC_LEN];
    char finding[sizeof s->message];
    *change = (struct policy_change){.session = s, .pair = pair};
    schuil_ed25519_pair_public(pair, public_key);
    TRY(policy_manifest_read(s, true, &manifest));
    TRY(policy_rows_read(s, &rows));
    struct schuil_rc rc =
        policy_manifest_check(&manifest, &rows, public_key, finding, sizeof finding);
    if (schuil_is_ok(rc))
        rc = policy_seen_check(directory, &manifest, &is_newer, finding, sizeof finding);
    if (!schuil_is_ok(rc))
        return pg_fail(s, (enum schuil_rc_code)rc.code, finding);
    change->counter = manifest.counter;
    memcpy(change->digest, rows.digest, HASH_LEN);
    return SCHUIL_OK;
}

SCHUIL_RC policy_change_begin_empty(struct policy_change *change, struct store_session *s,
                                    const struct signing_pair *pair)
{
    POLICY_MANIFEST manifest = {.exists = false};
    *change = (struct policy_change){.session = s, .pair = pair};
    TRY(policy_manifest_read(s, true, &manifest));
    ENSURE(!manifest.exists, RC_CONFLICT_EXISTS);
    return SCHUIL_OK;
}

static SCHUIL_RC manifest_store(struct store_session *s, uint64_t counter,
                                const uint8_t signature[ED25519_SIGNATURE_LEN],
                                const struct policy_rows *rows)
{
    char number[24], signature_hex[3 + 2 * ED25519_SIGNATURE_LEN];
    char *list_hex = malloc(3 + 2 * rows->list_len);
    ENSURE(list_hex != NULL, RC_INTERNAL_MEMORY);
    const char *params[3] = {number, signature_hex, list_hex};
    snprintf(number, sizeof number, "%" PRIu64, counter);
    pg_hex(signature, ED25519_SIGNATURE_LEN, signature_hex);
    pg_hex(rows->list, rows->list_len, list_hex);
    struct schuil_rc rc = pg_do(s,
                                "INSERT INTO policy_manifest (counter, signature, rows)"
                                " VALUES ($1, $2, $3) ON CONFLICT (single) DO UPDATE"
                                " SET counter = $1, signature = $2, rows = $3",
                                3, params);
    free(list_hex);
    return rc;
}

static SCHUIL_RC rows_sign(struct store_session *s, const struct signing_pair *pair,
                           uint64_t counter, const struct policy_rows *rows)
{
    uint8_t signature[ED25519_SIGNATURE_LEN];
    TRY(schuil_policy_sign(pair, counter, rows->digest, signature));
    return manifest_store(s, counter, signature, rows);
}

SCHUIL_RC policy_change_end(struct policy_change *change)
{
    POLICY_ROWS rows = {.list = NULL};
    TRY(policy_rows_read(change->session, &rows));
    if (memcmp(rows.digest, change->digest, HASH_LEN) == 0)
        return SCHUIL_OK;
    return rows_sign(change->session, change->pair, change->counter + 1, &rows);
}

SCHUIL_RC policy_manifest_raise(struct store_session *s, const struct signing_pair *pair,
                                uint64_t counter)
{
    POLICY_ROWS rows = {.list = NULL};
    TRY(policy_rows_read(s, &rows));
    return rows_sign(s, pair, counter, &rows);
}
