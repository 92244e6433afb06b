/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of policy: taking them in, and the sealing checks. Not look-ups (lookup.c), not the
 * catalogue and its types (catalogue.c), not what they permit (permission.c).
 *
 * The database has the same rules as constraints; a snapshot does not lean on that, as whoever can
 * edit rows can drop constraints. */
#include "policy/codes.h"
#include "policy/compare.h"
#include "snapshot_private.h"

void policy_init(struct policy *policy)
{
    *policy = (struct policy){
        .organisations = table_of(sizeof(struct organisation)),
        .credentials = table_of(sizeof(struct credential)),
        .domains = table_of(sizeof(struct domain)),
        .registries = table_of(sizeof(struct registry)),
        .connections = table_of(sizeof(struct connection)),
        .quotas = table_of(sizeof(struct quota)),
        .rotations = table_of(sizeof(struct rotation)),
        .mandates = table_of(sizeof(struct mandate)),
        .linkages = table_of(sizeof(struct linkage)),
        .attributes = table_of(sizeof(struct attribute)),
        .types = table_of(sizeof(struct ptype)),
    };
}

static bool is_number(uint32_t number)
{
    return number >= 1 && number <= INT32_MAX;
}

SCHUIL_RC schuil_snapshot_add_organisation(struct snapshot_builder *b, const struct organisation *o)
{
    ENSURE(is_number(o->number), RC_STORE_DATA);
    ENSURE(code_field_is_good(o->code, sizeof o->code), RC_STORE_DATA);
    return table_add(&b->snapshot->policy.organisations, o);
}

static bool is_digits(const char *text, size_t cap, size_t len)
{
    return strnlen(text, cap) == len && strspn(text, "0123456789") == len;
}

static bool credential_id_is_good(const struct credential *c)
{
    switch (c->form) {
    case CREDENTIAL_FINGERPRINT:
        return c->id[0] == '\0';
    case CREDENTIAL_OIN:
        return is_digits(c->id, sizeof c->id, LIMIT_OIN_LEN);
    case CREDENTIAL_URA:
        return is_digits(c->id, sizeof c->id, LIMIT_URA_LEN);
    }
    return false;
}

SCHUIL_RC schuil_snapshot_add_credential(struct snapshot_builder *b, const struct credential *c)
{
    ENSURE(is_number(c->number), RC_STORE_DATA);
    /* One holder: a certificate of both would let an operator's rights into a provider's hands. */
    ENSURE((c->organisation == 0) != (c->operator_number == 0), RC_STORE_DATA);
    ENSURE(credential_id_is_good(c), RC_STORE_DATA);
    return table_add(&b->snapshot->policy.credentials, c);
}

SCHUIL_RC schuil_snapshot_add_domain(struct snapshot_builder *b, const struct domain *d)
{
    ENSURE(is_number(d->number) && is_number(d->generation), RC_STORE_DATA);
    ENSURE(code_field_is_good(d->code, sizeof d->code), RC_STORE_DATA);
    return table_add(&b->snapshot->policy.domains, d);
}

SCHUIL_RC schuil_snapshot_add_registry(struct snapshot_builder *b, const struct registry *r)
{
    ENSURE(is_number(r->number), RC_STORE_DATA);
    ENSURE(code_field_is_good(r->code, sizeof r->code), RC_STORE_DATA);
    return table_add(&b->snapshot->policy.registries, r);
}

SCHUIL_RC schuil_snapshot_add_connection(struct snapshot_builder *b, const struct connection *c)
{
    ENSURE(is_number(c->number), RC_STORE_DATA);
    ENSURE(c->type_count <= LIMIT_TYPE_COUNT, RC_STORE_DATA);
    ENSURE(c->life_hours >= 1 && c->life_hours <= LIMIT_LIFE_HOURS, RC_STORE_DATA);
    ENSURE(c->quota_day >= 0, RC_STORE_DATA);
    return table_add(&b->snapshot->policy.connections, c);
}

SCHUIL_RC schuil_snapshot_add_mandate(struct snapshot_builder *b, const struct mandate *m)
{
    ENSURE(is_number(m->number) && m->processor != m->principal, RC_STORE_DATA);
    return table_add(&b->snapshot->policy.mandates, m);
}

SCHUIL_RC schuil_snapshot_add_quota(struct snapshot_builder *b, const struct quota *q)
{
    ENSURE(q->kind > QUOTA_ISSUE && q->kind < QUOTA_KIND_COUNT, RC_STORE_DATA);
    ENSURE(q->subject <= INT32_MAX && q->per_day >= 0, RC_STORE_DATA);
    return table_add(&b->snapshot->policy.quotas, q);
}

static SCHUIL_RC policy_make_views(struct policy *p)
{
    TRY(view_make(&p->organisation_by_number, &p->organisations, organisation_number_compare,
                  NULL));
    TRY(view_make(&p->organisation_by_code, &p->organisations, organisation_code_compare, NULL));
    TRY(view_make(&p->credential_by_number, &p->credentials, credential_number_compare, NULL));
    TRY(view_make(&p->credential_by_fingerprint, &p->credentials, credential_fingerprint_compare,
                  credential_is_single));
    TRY(view_make(&p->credential_by_id, &p->credentials, credential_id_compare,
                  credential_is_issued));
    TRY(view_make(&p->mandate_by_pair, &p->mandates, mandate_pair_compare, mandate_is_open));
    TRY(view_make(&p->domain_by_number, &p->domains, domain_number_compare, NULL));
    TRY(view_make(&p->domain_by_code, &p->domains, domain_code_compare, NULL));
    TRY(view_make(&p->registry_by_number, &p->registries, registry_number_compare, NULL));
    TRY(view_make(&p->registry_by_code, &p->registries, registry_code_compare, NULL));
    TRY(view_make(&p->connection_by_number, &p->connections, connection_number_compare, NULL));
    TRY(view_make(&p->connection_by_pair, &p->connections, connection_pair_compare,
                  connection_is_open));
    TRY(view_make(&p->quota_by_subject, &p->quotas, quota_subject_compare, NULL));
    TRY(view_make(&p->attribute_by_code, &p->attributes, attribute_code_compare, NULL));
    TRY(view_make(&p->type_by_number, &p->types, type_number_compare, NULL));
    return view_make(&p->type_by_tref, &p->types, type_tref_compare, NULL);
}

static bool has_organisation(const struct policy *p, uint32_t number)
{
    struct organisation key = {.number = number};
    return view_find(&p->organisation_by_number, &key, organisation_number_compare) != NULL;
}

static bool has_domain(const struct policy *p, uint32_t number)
{
    struct domain key = {.number = number};
    return view_find(&p->domain_by_number, &key, domain_number_compare) != NULL;
}

static bool has_registry(const struct policy *p, uint32_t number)
{
    struct registry key = {.number = number};
    return view_find(&p->registry_by_number, &key, registry_number_compare) != NULL;
}

static bool has_type(const struct policy *p, uint16_t number)
{
    struct ptype key = {.number = number};
    return view_find(&p->type_by_number, &key, type_number_compare) != NULL;
}

static SCHUIL_RC credentials_check(const struct policy *p)
{
    for (size_t i = 0; i < p->credentials.count; i++) {
        const struct credential *c = table_row(&p->credentials, i);
        ENSURE(c->organisation == 0 || has_organisation(p, c->organisation), RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC registries_check(const struct policy *p)
{
    for (size_t i = 0; i < p->registries.count; i++) {
        const struct registry *r = table_row(&p->registries, i);
        ENSURE(has_organisation(p, r->organisation), RC_STORE_DATA);
        ENSURE(has_domain(p, r->domain), RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC connections_check(const struct policy *p)
{
    for (size_t i = 0; i < p->connections.count; i++) {
        const struct connection *c = table_row(&p->connections, i);
        ENSURE(has_organisation(p, c->provider), RC_STORE_DATA);
        ENSURE(has_registry(p, c->registry), RC_STORE_DATA);
        for (size_t t = 0; t < c->type_count; t++)
            ENSURE(has_type(p, c->types[t]), RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

static bool has_connection(const struct policy *p, uint32_t number)
{
    struct connection key = {.number = number};
    return view_find(&p->connection_by_number, &key, connection_number_compare) != NULL;
}

static bool has_subject(const struct policy *p, const struct quota *q)
{
    switch (q->kind) {
    case QUOTA_BLIND:
    case QUOTA_REVERSE:
        return has_connection(p, q->subject);
    case QUOTA_ROTATE:
    case QUOTA_EVALUATE:
        return has_registry(p, q->subject);
    default:
        return true;
    }
}

static SCHUIL_RC mandates_check(const struct policy *p)
{
    for (size_t i = 0; i < p->mandates.count; i++) {
        const struct mandate *m = table_row(&p->mandates, i);
        ENSURE(has_organisation(p, m->processor), RC_STORE_DATA);
        ENSURE(has_organisation(p, m->principal), RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC quotas_check(const struct policy *p)
{
    for (size_t i = 0; i < p->quotas.count; i++) {
        const struct quota *q = table_row(&p->quotas, i);
        ENSURE(q->subject == 0 || has_subject(p, q), RC_STORE_DATA);
    }
    return SCHUIL_OK;
}

SCHUIL_RC policy_seal(struct policy *policy)
{
    TRY(policy_make_views(policy));
    TRY(credentials_check(policy));
    TRY(registries_check(policy));
    TRY(connections_check(policy));
    TRY(rotations_seal(policy));
    TRY(mandates_check(policy));
    TRY(linkages_seal(policy));
    return quotas_check(policy);
}

void policy_done(struct policy *policy)
{
    struct view *views[] = {
        &policy->organisation_by_number, &policy->organisation_by_code,
        &policy->credential_by_number,   &policy->credential_by_fingerprint,
        &policy->domain_by_number,       &policy->domain_by_code,
        &policy->registry_by_number,     &policy->registry_by_code,
        &policy->connection_by_number,   &policy->connection_by_pair,
        &policy->quota_by_subject,       &policy->credential_by_id,
        &policy->mandate_by_pair,        &policy->attribute_by_code,
        &policy->type_by_number,         &policy->type_by_tref,
        &policy->rotation_by_domain,     &policy->linkage_by_number,
        &policy->linkage_by_pair,
    };
    struct table *tables[] = {
        &policy->organisations, &policy->credentials, &policy->domains,  &policy->registries,
        &policy->connections,   &policy->attributes,  &policy->types,    &policy->quotas,
        &policy->rotations,     &policy->mandates,    &policy->linkages,
    };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        view_done(views[i]);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        table_done(tables[i]);
}
