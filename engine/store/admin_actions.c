/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of actions: what operators can do to a noun beside list, show, create and change.
 * A row gives the route, the fields, the audit event, and the two functions behind it (struct
 * admin_action_row); JSON, OpenAPI and `schuilnaamd routes` come from it. An action runs in one
 * transaction with its audit event, like any change.
 *
 * To add one: its fields (name, type, flags, text), its row here, its line in the client's table
 * (client/commands/admin_table.c). */
#include "admin_approval.h"
#include "admin_job.h"
#include "admin_key_states.h"
#include "admin_rotations.h"
#include "rewrap.h"

#define REQ ADMIN_REQUIRED
#define FIELDS(name, ...) static const struct admin_field name[] = {__VA_ARGS__, {0}}

FIELDS(key_import_fields, {"purpose", ADMIN_TEXT, REQ, "root, domain, domain-seal or source"},
       {"domain", ADMIN_TEXT, 0, "code of the domain that a domain's key belongs to"},
       {"organisation", ADMIN_TEXT, 0, "code of the organisation that a source key belongs to"},
       {"key", ADMIN_SECRET, REQ, "hexadecimal: 32 bytes (root, domain) or 64"});

FIELDS(key_refresh_fields, {"reason", ADMIN_TEXT, REQ, "why"});
FIELDS(key_refresh_answer, {"operation", ADMIN_NUMBER, 0, "number of this refresh"},
       {"state", ADMIN_TEXT, 0, "asked, prepared (processes load the new keys), done or failed"},
       {"epoch", ADMIN_NUMBER, 0, "the new epoch; 0: not made yet"},
       {"root", ADMIN_NUMBER, 0, "number of the new root key; null: not made yet"},
       {"domainKeys", ADMIN_NUMBER, 0, "domain keys carried into the new epoch"},
       {"outcome", ADMIN_TEXT, 0, "why it failed"});
FIELDS(key_change_fields,
       {"state", ADMIN_TEXT, REQ, "active, translate-only, suspended, or compromised (for good)"},
       {"reason", ADMIN_TEXT, REQ, "why"});
FIELDS(key_end_fields, {"reason", ADMIN_TEXT, REQ, "why"});
FIELDS(key_rewrap_fields, {"reason", ADMIN_TEXT, REQ, "why"});
FIELDS(key_rewrap_answer, {"from", ADMIN_TEXT, ADMIN_SHOW, "name of the old wrapping key"},
       {"to", ADMIN_TEXT, ADMIN_SHOW, "name of the one that all keys lie under now"});
FIELDS(rotation_read_fields, {"domain", ADMIN_TEXT, REQ, "code of the domain"});
FIELDS(rotation_fields, {"domain", ADMIN_TEXT, REQ, "code of the domain"},
       {"reason", ADMIN_TEXT, REQ, "why"});
FIELDS(rotation_plan_answer, {"domain", ADMIN_TEXT, 0, "code of the domain"},
       {"fromGeneration", ADMIN_NUMBER, 0, "active generation of its keys"},
       {"toGeneration", ADMIN_NUMBER, 0, "generation that would take its place"},
       {"possible", ADMIN_BOOL, 0, "whether a rotation can be started now"},
       {"obstacle", ADMIN_TEXT, 0, "why not"},
       {"epochs", ADMIN_NUMBER, 0, "epochs that get a key of the new generation"},
       {"registries", ADMIN_LIST, 0, "registries that would have to carry their finals over"},
       {"finals", ADMIN_LIST, 0, "finals given so far, REGISTRY=COUNT, repeated ones too"},
       {"finalTotal", ADMIN_NUMBER, 0, "their sum"},
       {"approvals", ADMIN_TEXT, 0, "who must agree to what"});

#define ROTATION_ACTION(name_, event_, run_, plan_, text_)                                         \
    {                                                                                              \
        .told = {.noun = "rotations",                                                              \
                 .name = name_,                                                                    \
                 .event = event_,                                                                  \
                 .fields = rotation_fields,                                                        \
                 .text = text_},                                                                   \
        .plan = plan_, .run = run_                                                                 \
    }
static const struct admin_field no_fields[] = {{0}};
FIELDS(approval_refuse_fields, {"reason", ADMIN_TEXT, REQ, "why"});

static const struct admin_action_row actions[] = {
    {.told = {.noun = "keys",
              .name = "import",
              .makes = true,
              .event = AUDIT_KEY_IMPORT,
              .fields = key_import_fields,
              .text = "Replace the active key of a purpose and scope"},
     .run = admin_key_import},
    {.told = {.noun = "keys",
              .name = "refresh",
              .goes_on = true,
              .event = AUDIT_KEY_REFRESH,
              .fields = key_refresh_fields,
              .answer = key_refresh_answer,
              .text = "Replace root and domain keys by those of a new epoch; no final changes"},
     .run = admin_key_refresh},
    {.told = {.noun = "keys",
              .name = "change",
              .has_id = true,
              .event = AUDIT_KEY_STATE,
              .fields = key_change_fields,
              .text = "Suspend a key, take it up again, or call it compromised"},
     .run = admin_key_change},
    {.told = {.noun = "keys",
              .name = "end",
              .has_id = true,
              .event = AUDIT_KEY_END,
              .fields = key_end_fields,
              .text = "Destroy a key before its time"},
     .plan = admin_key_end_plan,
     .run = admin_key_end},
    {.told = {.noun = "keys",
              .name = "rewrap",
              .event = AUDIT_KEY_REWRAP,
              .fields = key_rewrap_fields,
              .answer = key_rewrap_answer,
              .text = "Move all keys to the next wrapping key"},
     .plan = admin_key_rewrap_plan,
     .run = admin_key_rewrap},
    {.told = {.noun = "rotations",
              .name = "plan",
              .is_read = true,
              .event = AUDIT_ADMIN_READ,
              .fields = rotation_read_fields,
              .answer = rotation_plan_answer,
              .text = "Tell what a rotation would do, and whether it is possible"},
     .run = admin_rotation_plan},
    {.told = {.noun = "rotations",
              .name = "status",
              .is_read = true,
              .event = AUDIT_ADMIN_READ,
              .fields = rotation_read_fields,
              .text = "Show the last rotation of a domain"},
     .run = admin_rotation_status},
    ROTATION_ACTION("start", AUDIT_ROTATION_START, admin_rotation_start, admin_rotation_start_plan,
                    "Make a domain's next generation of keys, answered beside the active one"),
    ROTATION_ACTION("finish", AUDIT_ROTATION_FINISH, admin_rotation_finish,
                    admin_rotation_finish_plan,
                    "Destroy the old generation, once every registry has declared completion"),
    ROTATION_ACTION("abort", AUDIT_ROTATION_ABORT, admin_rotation_abort, NULL,
                    "Give the new generation up; where finals of it have left, begin the way back"),
    {.told = {.noun = "approvals",
              .name = "approve",
              .has_id = true,
              .event = AUDIT_APPROVAL_APPROVE,
              .fields = no_fields,
              .text = "Let what another operator asked be done"},
     .run = admin_approval_approve},
    {.told = {.noun = "approvals",
              .name = "refuse",
              .has_id = true,
              .event = AUDIT_APPROVAL_REFUSE,
              .fields = approval_refuse_fields,
              .text = "Refuse what waits, or take back what one asked"},
     .run = admin_approval_refuse},
};

const struct admin_action *schuil_admin_action(size_t index)
{
    return index < sizeof actions / sizeof actions[0] ? &actions[index].told : NULL;
}

static const char *const verb_names[] = {[ADMIN_DO_LIST] = "list",
                                         [ADMIN_DO_SHOW] = "show",
                                         [ADMIN_DO_CREATE] = "create",
                                         [ADMIN_DO_CHANGE] = "change"};

const char *admin_verb_name(const struct admin_call *call)
{
    return call->verb == ADMIN_DO_ACTION ? call->action->name : verb_names[call->verb];
}

static const struct admin_action *action_find(const char *noun, const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].told.noun, noun) == 0 && strcmp(actions[i].told.name, name) == 0)
            return &actions[i].told;
    return NULL;
}

bool admin_call_find(const char *noun, const char *verb, struct admin_call *ret)
{
    const struct admin_noun *found = schuil_admin_nouns();
    while (found->name != NULL && strcmp(found->name, noun) != 0)
        found++;
    bool is_create = strcmp(verb, verb_names[ADMIN_DO_CREATE]) == 0;
    bool is_change = strcmp(verb, verb_names[ADMIN_DO_CHANGE]) == 0;
    ret->noun = found;
    ret->action = action_find(noun, verb);
    ret->verb = ret->action != NULL ? ADMIN_DO_ACTION
                : is_create         ? ADMIN_DO_CREATE
                                    : ADMIN_DO_CHANGE;
    if (found->name == NULL)
        return false;
    return ret->action != NULL || (is_create && found->can_create) ||
           (is_change && found->can_change);
}

/* `told` is the first member of its row. */
const struct admin_action_row *admin_action_row(const struct admin_action *action)
{
    return (const struct admin_action_row *)(const void *)action;
}

/* ---- what a call takes and shows ---- */
struct admin_fields schuil_admin_taken(const struct admin_call *call)
{
    switch (call->verb) {
    case ADMIN_DO_ACTION:
        return (struct admin_fields){.list = call->action->fields};
    case ADMIN_DO_CREATE:
        return (struct admin_fields){.list = call->noun->fields, .flag = ADMIN_CREATE};
    case ADMIN_DO_CHANGE:
        return (struct admin_fields){.list = call->noun->fields, .flag = ADMIN_CHANGE};
    default:
        return (struct admin_fields){.list = NULL};
    }
}

struct admin_fields schuil_admin_shown(const struct admin_call *call)
{
    if (call->verb == ADMIN_DO_ACTION && call->action->answer != NULL)
        return (struct admin_fields){.list = call->action->answer};
    return (struct admin_fields){.list = call->noun->fields, .flag = ADMIN_SHOW};
}

const struct admin_field *schuil_admin_field_next(const struct admin_fields *fields, size_t *index)
{
    if (fields->list == NULL)
        return NULL;
    while (fields->list[*index].name != NULL) {
        const struct admin_field *field = &fields->list[(*index)++];
        if (fields->flag == 0 || (field->flags & fields->flag) != 0)
            return field;
    }
    return NULL;
}

bool schuil_admin_is_read(const struct admin_call *call)
{
    return call->verb == ADMIN_DO_ACTION
               ? call->action->is_read
               : call->verb == ADMIN_DO_LIST || call->verb == ADMIN_DO_SHOW;
}

bool schuil_admin_makes(const struct admin_call *call)
{
    return call->verb == ADMIN_DO_ACTION ? call->action->makes : call->verb == ADMIN_DO_CREATE;
}

/* ---- answers of an action's own ---- */
static SCHUIL_RC answer_begin(struct admin_job *job, const struct admin_fields *fields)
{
    PGresAttDesc columns[ADMIN_FIELD_CAP] = {0};
    int count = 0;
    size_t at = 0;
    for (const struct admin_field *f; (f = schuil_admin_field_next(fields, &at)) != NULL;) {
        ENSURE(count < ADMIN_FIELD_CAP, RC_INTERNAL);
        /* libpq takes names as they are, and copies them. */
        columns[count++].name = (char *)(uintptr_t)f->name;
    }
    job->answer = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    ENSURE(job->answer != NULL, RC_INTERNAL_MEMORY);
    ENSURE(PQsetResultAttrs(job->answer, count, columns) != 0, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

SCHUIL_RC admin_answer_row(struct admin_job *job, const char *const *cells)
{
    struct admin_fields fields = schuil_admin_shown(job->call);
    if (job->answer == NULL)
        TRY(answer_begin(job, &fields));
    int row = PQntuples(job->answer);
    for (int c = 0; c < PQnfields(job->answer); c++) {
        int len = cells[c] == NULL ? -1 : (int)strlen(cells[c]);
        /* libpq copies the value. */
        ENSURE(PQsetvalue(job->answer, row, c, (char *)(uintptr_t)cells[c], len) != 0,
               RC_INTERNAL_MEMORY);
    }
    return SCHUIL_OK;
}
