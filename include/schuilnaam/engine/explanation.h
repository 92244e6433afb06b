/* SPDX-License-Identifier: Apache-2.0 */
/* Why a call is permitted or not: the rules in the order in which they were looked at, and whether
 * each holds. The functions of policy.h that give a verdict write it on their way, when they are
 * given one; a request gives none. So a verdict and its reasons come from the same code. */
#ifndef SCHUILNAAM_ENGINE_EXPLANATION_H
#define SCHUILNAAM_ENGINE_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>

enum policy_rule {
    RULE_CREDENTIAL_KNOWN,
    RULE_CREDENTIAL_ACTIVE,
    RULE_CREDENTIAL_DATES,
    RULE_CALLER_ACTIVE,
    RULE_CALLER_ORGANISATION,
    RULE_PRINCIPAL_ACTIVE,
    RULE_MANDATE_KNOWN,
    RULE_MANDATE_ACTIVE,
    RULE_MANDATE_DATES,
    RULE_ONE_END,
    RULE_CALLER_ITSELF,
    RULE_TYPES_KNOWN,
    RULE_REGISTRY_KNOWN,
    RULE_REGISTRY_LISTED,
    RULE_REGISTRY_OWN,
    RULE_REGISTRY_OPEN,
    RULE_REGISTRY_MEMBER,
    RULE_ORGANISATION_ACTIVE,
    RULE_CONNECTION_KNOWN,
    RULE_CONNECTION_ACTIVE,
    RULE_CONNECTION_DATES,
    RULE_CONNECTION_TYPES,
    RULE_ROTATION,
    RULE_QUOTA,
    RULE_COUNT
};

/* Starts as {0}. Each rule stands in it once: one that is looked at again keeps its place. */
struct explanation {
    size_t count;
    struct {
        enum policy_rule rule;
        bool holds;
    } rows[RULE_COUNT];
};

void schuil_explanation_add(struct explanation *explanation, enum policy_rule rule, bool holds);
/* Note a rule, and give back whether it holds. NULL: nothing is noted. */
static inline bool schuil_rule(struct explanation *explanation, enum policy_rule rule, bool holds)
{
    if (explanation != NULL)
        schuil_explanation_add(explanation, rule, holds);
    return holds;
}

/* Whether all rules hold that were looked at. */
bool schuil_explanation_holds(const struct explanation *explanation);
/* "connection-active"; and a sentence for people, by whether it holds. */
const char *schuil_rule_name(enum policy_rule rule);
const char *schuil_rule_text(enum policy_rule rule, bool holds);

#endif
