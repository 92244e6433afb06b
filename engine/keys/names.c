/* SPDX-License-Identifier: Apache-2.0 */
/* Compartments, purposes and states by name, and what a purpose is. One table each; the names are
 * the protocol's and stand in wrapped copies and manifests, so they never change.
 * Source: PROTOCOL section 6. */
#include "schuilnaam/engine/keys.h"

enum {
    IN_ISSUE = 1 << COMPARTMENT_ISSUE,
    IN_TRANSLATE = 1 << COMPARTMENT_TRANSLATE,
    IN_OPERATE = 1 << COMPARTMENT_OPERATE
};

struct purpose_row {
    const char *name;
    size_t len;
    unsigned compartments;
};

static const struct purpose_row purposes[PURPOSE_COUNT] = {
    [PURPOSE_ROOT] = {"root", 32, IN_ISSUE},
    [PURPOSE_DOMAIN] = {"domain", 32, IN_TRANSLATE},
    [PURPOSE_DOMAIN_SEAL] = {"domain-seal", 64, IN_TRANSLATE},
    [PURPOSE_SOURCE] = {"source", 64, IN_ISSUE},
    [PURPOSE_TRANSPORT] = {"transport", 32, IN_ISSUE | IN_TRANSLATE},
    [PURPOSE_PAIR] = {"pair", 32, IN_ISSUE | IN_TRANSLATE},
    [PURPOSE_MANIFEST] = {"manifest", 32, IN_ISSUE | IN_TRANSLATE},
    [PURPOSE_AUDIT] = {"audit", 32, IN_ISSUE | IN_TRANSLATE | IN_OPERATE},
    [PURPOSE_POLICY] = {"policy", 32, IN_OPERATE},
};

struct state_row {
    const char *name;
    bool works, opens;
};

static const struct state_row states[KEY_STATE_COUNT] = {
#define KEY_STATE(state, name, works, opens, text) [KEY_##state] = {name, works, opens},
#include "schuilnaam/key_states.def"
};

static const bool moves[KEY_STATE_COUNT][KEY_STATE_COUNT] = {
#define KEY_MOVE(from, to, text) [KEY_##from][KEY_##to] = true,
#include "schuilnaam/key_states.def"
};

static const char *const compartments[COMPARTMENT_COUNT] = {
    [COMPARTMENT_ISSUE] = "issue",
    [COMPARTMENT_TRANSLATE] = "translate",
    [COMPARTMENT_OPERATE] = "operate",
};

const char *schuil_compartment_name(enum compartment c)
{
    return compartments[c];
}

const char *schuil_purpose_name(enum key_purpose p)
{
    return purposes[p].name;
}

const char *schuil_key_state_name(enum key_state s)
{
    return states[s].name;
}

bool schuil_key_state_works(enum key_state s)
{
    return states[s].works;
}

bool schuil_key_state_opens(enum key_state s)
{
    return states[s].opens;
}

bool schuil_key_state_may_become(enum key_state from, enum key_state to)
{
    return moves[from][to] || (from == to && from != KEY_DESTROYED);
}

size_t schuil_purpose_len(enum key_purpose p)
{
    return purposes[p].len;
}

bool schuil_purpose_in(enum key_purpose p, enum compartment c)
{
    return (purposes[p].compartments & 1U << c) != 0;
}

bool schuil_purpose_parse(struct bytes name, enum key_purpose *ret)
{
    for (unsigned p = 0; p < PURPOSE_COUNT; p++) {
        if (bytes_equal(name, bytes_text(purposes[p].name))) {
            *ret = (enum key_purpose)p;
            return true;
        }
    }
    return false;
}

bool schuil_key_state_parse(struct bytes name, enum key_state *ret)
{
    for (unsigned s = 0; s < KEY_STATE_COUNT; s++) {
        if (bytes_equal(name, bytes_text(states[s].name))) {
            *ret = (enum key_state)s;
            return true;
        }
    }
    return false;
}

bool schuil_compartment_parse(struct bytes name, enum compartment *ret)
{
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++) {
        if (bytes_equal(name, bytes_text(compartments[c]))) {
            *ret = (enum compartment)c;
            return true;
        }
    }
    return false;
}
