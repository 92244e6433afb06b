/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by name and in words, and the list of those that were looked at. */
#include "schuilnaam/engine/explanation.h"

static const struct rule_words {
    const char *name, *holds, *fails;
} words[RULE_COUNT] = {
    [RULE_CREDENTIAL_KNOWN] = {"credential-known", "the caller has a credential",
                               "there is no such caller, or it has no credential"},
    [RULE_CREDENTIAL_ACTIVE] = {"credential-active", "the credential is active",
                                "the credential is suspended or revoked"},
    [RULE_CREDENTIAL_DATES] = {"credential-dates", "the time is within the credential's dates",
                               "the credential is not in force yet, or no more"},
    [RULE_CALLER_ACTIVE] = {"caller-active", "who holds the credential is active",
                            "the organisation that holds the credential is suspended or ended"},
    [RULE_CALLER_ORGANISATION] = {"caller-organisation", "the caller is an organisation",
                                  "the caller is an operator; only organisations make this call"},
    [RULE_PRINCIPAL_ACTIVE] = {"principal-active", "the organisation acted for is active",
                               "the organisation acted for is unknown, suspended or ended"},
    [RULE_MANDATE_KNOWN] = {"mandate-known", "the caller has a mandate of it",
                            "the caller has no mandate of the organisation acted for"},
    [RULE_MANDATE_ACTIVE] = {"mandate-active", "the mandate is active", "the mandate is suspended"},
    [RULE_MANDATE_DATES] = {"mandate-dates", "the time is within the mandate's dates",
                            "the mandate is not in force yet, or no more"},
    [RULE_ONE_END] = {"one-end", "the processor stands at one end of the connection only",
                      "the processor would stand at both ends of a connection, without a reason"},
    [RULE_CALLER_ITSELF] = {"caller-itself", "the organisation calls itself",
                            "no processor may make this call, whatever its mandate"},
    [RULE_TYPES_KNOWN] = {"types-known", "the types exist", "a type does not exist"},
    [RULE_REGISTRY_KNOWN] = {"registry-known", "the registry exists", "there is no such registry"},
    [RULE_REGISTRY_LISTED] = {"registry-listed", "the registry is listed",
                              "the registry is announced or ended, not listed"},
    [RULE_REGISTRY_OWN] = {"registry-own", "the registry is the organisation's own",
                           "the registry is another organisation's"},
    [RULE_REGISTRY_OPEN] = {"registry-open", "the registry has not ended",
                            "the registry has ended"},
    [RULE_REGISTRY_MEMBER] = {"registry-member",
                              "the organisation holds the registry or is connected to it",
                              "the organisation neither holds the registry nor is connected to it"},
    [RULE_ORGANISATION_ACTIVE] = {"organisation-active",
                                  "the organisation that is called for is active",
                                  "the organisation that is called for is suspended or ended"},
    [RULE_CONNECTION_KNOWN] = {"connection-known", "there is a connection to the registry",
                               "there is no connection to the registry, or it has ended"},
    [RULE_CONNECTION_ACTIVE] = {"connection-active", "the connection is active",
                                "the connection is suspended"},
    [RULE_CONNECTION_DATES] = {"connection-dates", "the time is within the connection's dates",
                               "the connection is not in force yet, or no more"},
    [RULE_CONNECTION_TYPES] = {"connection-types", "the connection permits the types",
                               "the connection does not permit one of the types"},
    [RULE_ROTATION] = {"rotation-open", "the registry's domain is being rotated",
                       "the registry's domain is not being rotated"},
    [RULE_QUOTA] = {"quota-granted", "there is a quota for a day; what is used of it is not told",
                    "no quota is granted for this call"},
};

void schuil_explanation_add(struct explanation *e, enum policy_rule rule, bool holds)
{
    size_t i = 0;
    while (i < e->count && e->rows[i].rule != rule)
        i++;
    e->rows[i].rule = rule;
    e->rows[i].holds = holds;
    if (i == e->count)
        e->count++;
}

bool schuil_explanation_holds(const struct explanation *e)
{
    for (size_t i = 0; i < e->count; i++)
        if (!e->rows[i].holds)
            return false;
    return true;
}

const char *schuil_rule_name(enum policy_rule rule)
{
    return words[rule].name;
}

const char *schuil_rule_text(enum policy_rule rule, bool holds)
{
    return holds ? words[rule].holds : words[rule].fails;
}
