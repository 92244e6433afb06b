/* SPDX-License-Identifier: Apache-2.0 */
/* The orders of policy's views: see compare.h. All on public values. */
#include "policy/compare.h"

#include <string.h>

#include "schuilnaam/engine/policy.h"

static int number_compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* Two rows of one struct, by a number and by a text. */
#define NUMBER_COMPARE(function, row, field)                                                       \
    int function(const void *a, const void *b)                                                     \
    {                                                                                              \
        return number_compare(((const struct row *)a)->field, ((const struct row *)b)->field);     \
    }
#define TEXT_COMPARE(function, row, field)                                                         \
    int function(const void *a, const void *b)                                                     \
    {                                                                                              \
        return strcmp(((const struct row *)a)->field, ((const struct row *)b)->field);             \
    }

NUMBER_COMPARE(organisation_number_compare, organisation, number)
NUMBER_COMPARE(credential_number_compare, credential, number)
NUMBER_COMPARE(domain_number_compare, domain, number)
NUMBER_COMPARE(registry_number_compare, registry, number)
NUMBER_COMPARE(connection_number_compare, connection, number)
NUMBER_COMPARE(type_number_compare, ptype, number)

TEXT_COMPARE(organisation_code_compare, organisation, code)
TEXT_COMPARE(domain_code_compare, domain, code)
TEXT_COMPARE(registry_code_compare, registry, code)
TEXT_COMPARE(attribute_code_compare, attribute, code)
TEXT_COMPARE(type_tref_compare, ptype, tref)

int credential_fingerprint_compare(const void *a, const void *b)
{
    const struct credential *x = a, *y = b;
    return memcmp(x->fingerprint, y->fingerprint, sizeof x->fingerprint);
}

int credential_id_compare(const void *a, const void *b)
{
    const struct credential *x = a, *y = b;
    int order = number_compare(x->form, y->form);
    if (order == 0)
        order = memcmp(x->fingerprint, y->fingerprint, sizeof x->fingerprint);
    return order != 0 ? order : strcmp(x->id, y->id);
}

bool credential_is_single(const void *row)
{
    return ((const struct credential *)row)->form == CREDENTIAL_FINGERPRINT;
}

bool credential_is_issued(const void *row)
{
    return !credential_is_single(row);
}

int mandate_pair_compare(const void *a, const void *b)
{
    const struct mandate *x = a, *y = b;
    int order = number_compare(x->processor, y->processor);
    return order != 0 ? order : number_compare(x->principal, y->principal);
}

bool mandate_is_open(const void *row)
{
    return ((const struct mandate *)row)->state != STATE_ENDED;
}

int connection_pair_compare(const void *a, const void *b)
{
    const struct connection *x = a, *y = b;
    int order = number_compare(x->registry, y->registry);
    return order != 0 ? order : number_compare(x->provider, y->provider);
}

int quota_subject_compare(const void *a, const void *b)
{
    const struct quota *x = a, *y = b;
    int order = number_compare(x->kind, y->kind);
    return order != 0 ? order : number_compare(x->subject, y->subject);
}

bool connection_is_open(const void *row)
{
    return ((const struct connection *)row)->state != STATE_ENDED;
}
