/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a new pseudonym type is one that a snapshot will take: its recipe is given to a builder
 * that knows the catalogue, so that a type which would stop every server from loading is refused
 * here. */
#include <stdlib.h>

#include "admin_job.h"

static struct bytes cell(const PGresult *r, int row, int column)
{
    return bytes_text(PQgetvalue(r, row, column));
}

static SCHUIL_RC recipe_try(struct admin_job *job, struct snapshot_builder *b)
{
    PG_RESULT *r = NULL;
    const char *version = admin_given(job->call, "version");
    unsigned long number = version == NULL ? 1 : strtoul(version, NULL, 10);
    TRY(pg_query(job->session, "SELECT code, kind FROM catalogue ORDER BY code", 0, NULL, &r));
    for (int i = 0; i < PQntuples(r); i++)
        TRY(schuil_snapshot_add_attribute(b, cell(r, i, 0), cell(r, i, 1)));
    if (number < 1 || number > UINT16_MAX)
        return admin_refuse(job, RC_INPUT_VALUE, "version");
    const char *kind = admin_given(job->call, "kind");
    kind = kind == NULL ? "irreversible" : kind;
    struct schuil_rc rc = schuil_snapshot_add_ptype(
        b, bytes_text(admin_given(job->call, "code")), (uint16_t)number, 1, bytes_text(kind), 1,
        bytes_text(admin_given(job->call, "recipe")), false);
    if (rc.code == RC_STORE_DATA)
        return admin_refuse(job, RC_INPUT_VALUE, "recipe");
    return rc;
}

SCHUIL_RC admin_type_check(struct admin_job *job)
{
    struct snapshot_builder *b = NULL;
    TRY(schuil_snapshot_builder_new(&b));
    struct schuil_rc rc = recipe_try(job, b);
    schuil_snapshot_builder_free(b);
    return rc;
}
