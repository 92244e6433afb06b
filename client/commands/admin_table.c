/* SPDX-License-Identifier: Apache-2.0 */
/* The table of nouns and options of `admin`. */
#include "admin_table.h"

#include <string.h>

enum {
    NEW = VERB_CREATE,
    SET = VERB_CREATE | VERB_CHANGE,
    CHANGED = VERB_CHANGE,
    READ = VERB_LIST | VERB_SHOW,
    ALL = READ | VERB_CREATE | VERB_CHANGE | VERB_END
};

const struct option_row admin_options[] = {
    {"code", 0, OPTION_ONE, "CODE", "code, never to change"},
    {"name", 0, OPTION_ONE, "TEXT", "name for people"},
    {"kind", 0, OPTION_ONE, "KIND",
     "organisation: provider, registry, processor; domain: plain; type: reversible;\n"
     "                               quota: see QUOTA"},
    {"state", 0, OPTION_ONE, "STATE", "active, suspended, ended; credential: revoked"},
    {"organisation", 0, OPTION_ONE, "CODE", "the organisation that holds it"},
    {"operator", 0, OPTION_ONE, "NAME", "the operator who holds it"},
    {"credential", 0, OPTION_ONE, "N", "explain: number of the caller's credential"},
    {"call", 0, OPTION_ONE, "WORD",
     "explain: issue (when not given), translate, reverse, rotate,\n"
     "                               parameters"},
    {"at", 0, OPTION_ONE, "DATE", "explain: at this time, not now"},
    {"certificate", 0, OPTION_ONE, "FILE", "a PEM certificate; its SHA-256 is registered"},
    {"domain", 0, OPTION_ONE, "CODE", "the domain it belongs to"},
    {"test-persons", 0, OPTION_ONE, "WORD", "refuse or allow the reserved test range"},
    {"provider", 0, OPTION_ONE, "CODE", "the organisation that delivers"},
    {"registry", 0, OPTION_ONE, "CODE", "the registry that receives"},
    {"types", 0, OPTION_ONE, "A,B,C", "pseudonym types"},
    {"quota", 0, OPTION_ONE, "N", "records a day"},
    {"connection", 0, OPTION_ONE, "N", "number of a connection"},
    {"issuer-certificate", 0, OPTION_ONE, "FILE", "PEM certificate of the authority that issues"},
    {"oin", 0, OPTION_ONE, "DIGITS", "OIN of the organisation, 20 digits; with an issuer"},
    {"ura", 0, OPTION_ONE, "DIGITS", "URA of the organisation, 8 digits; with an issuer"},
    {"processor", 0, OPTION_ONE, "CODE", "the organisation that acts for another"},
    {"principal", 0, OPTION_ONE, "CODE", "the organisation that it acts for"},
    {"both-ends-reason", 0, OPTION_ONE, "TEXT", "why one may act for both ends of a connection"},
    {"linkage", 0, OPTION_ONE, "N", "number of a linkage"},
    {"life", 0, OPTION_ONE, "HOURS", "life of a temporary pseudonym"},
    {"salted", 0, OPTION_ONE, "WORD", "true or false: reversible pseudonyms differ each time"},
    {"from", 0, OPTION_ONE, "DATE", "in force from: YYYY-MM-DD (UTC), or RFC 3339"},
    {"until", 0, OPTION_ONE, "DATE", "in force until"},
    {"purpose", 0, OPTION_ONE, "WORD",
     "create: transport, source; import: root, domain, domain-seal, source"},
    {"source", 0, OPTION_ONE, "CODE", "the registry whose finals a linkage carries over"},
    {"research", 0, OPTION_ONE, "CODE", "the registry that a linkage carries them into"},
    {"count-limit", 0, OPTION_ONE, "N", "values that a linkage may carry over in all"},
    {"reason", 0, OPTION_ONE, "TEXT", "why; mandatory where a second operator must approve"},
    {"version", 0, OPTION_ONE, "N", "version of a type"},
    {"recipe", 0, OPTION_ONE, "RECIPE", "attributes of a type, with reductions: GN,VL:1,GD,G"},
    {"uniqueness", 0, OPTION_ONE, "WORD", "identifying or quasi"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

#define OPTIONS(name, ...) static const struct admin_option name[] = {__VA_ARGS__, {0}}

OPTIONS(organisation_options, {"code", "code", FORM_TEXT, NEW}, {"name", "name", FORM_TEXT, SET},
        {"kind", "kind", FORM_TEXT, SET}, {"state", "state", FORM_TEXT, CHANGED});
OPTIONS(operator_options, {"name", "name", FORM_TEXT, SET}, {"state", "state", FORM_TEXT, CHANGED});
OPTIONS(credential_options, {"organisation", "organisation", FORM_TEXT, NEW},
        {"operator", "operator", FORM_TEXT, NEW},
        {"certificate", "fingerprint", FORM_CERTIFICATE, NEW},
        {"issuer-certificate", "issuer", FORM_CERTIFICATE, NEW}, {"oin", "oin", FORM_TEXT, NEW},
        {"ura", "ura", FORM_TEXT, NEW}, {"from", "validFrom", FORM_TIME, SET},
        {"until", "validUntil", FORM_TIME, SET}, {"state", "state", FORM_TEXT, CHANGED});
OPTIONS(registry_options, {"code", "code", FORM_TEXT, NEW}, {"name", "name", FORM_TEXT, SET},
        {"organisation", "organisation", FORM_TEXT, NEW}, {"domain", "domain", FORM_TEXT, NEW},
        {"state", "state", FORM_TEXT, SET}, {"test-persons", "testPersons", FORM_TEXT, SET});
OPTIONS(domain_options, {"code", "code", FORM_TEXT, NEW}, {"kind", "kind", FORM_TEXT, NEW});
OPTIONS(type_options, {"code", "code", FORM_TEXT, NEW}, {"version", "version", FORM_NUMBER, NEW},
        {"kind", "kind", FORM_TEXT, NEW}, {"recipe", "recipe", FORM_TEXT, NEW},
        {"uniqueness", "uniqueness", FORM_TEXT, NEW});
OPTIONS(connection_options, {"provider", "provider", FORM_TEXT, NEW},
        {"registry", "registry", FORM_TEXT, NEW}, {"types", "types", FORM_LIST, SET},
        {"quota", "quotaPerDay", FORM_NUMBER, SET}, {"life", "lifeHours", FORM_NUMBER, SET},
        {"salted", "salted", FORM_BOOL, SET}, {"from", "validFrom", FORM_TIME, SET},
        {"until", "validUntil", FORM_TIME, SET},
        {"both-ends-reason", "bothEndsReason", FORM_TEXT, SET},
        {"state", "state", FORM_TEXT, CHANGED});
OPTIONS(mandate_options, {"processor", "processor", FORM_TEXT, NEW},
        {"principal", "principal", FORM_TEXT, NEW}, {"from", "validFrom", FORM_TIME, SET},
        {"until", "validUntil", FORM_TIME, SET},
        {"both-ends-reason", "bothEndsReason", FORM_TEXT, SET},
        {"state", "state", FORM_TEXT, CHANGED});
OPTIONS(quota_options, {"kind", "kind", FORM_TEXT, NEW},
        {"connection", "connection", FORM_NUMBER, NEW}, {"registry", "registry", FORM_TEXT, NEW},
        {"linkage", "linkage", FORM_NUMBER, NEW}, {"quota", "quotaPerDay", FORM_NUMBER, SET});
OPTIONS(key_options, {"purpose", "purpose", FORM_TEXT, NEW},
        {"organisation", "organisation", FORM_TEXT, NEW});
static const struct admin_option wrapping_options[] = {{0}};
OPTIONS(key_change_options, {"state", "state", FORM_TEXT, VERB_ACTION},
        {"reason", "reason", FORM_TEXT, VERB_ACTION});
OPTIONS(key_end_options, {"reason", "reason", FORM_TEXT, VERB_ACTION});
OPTIONS(key_rewrap_options, {"reason", "reason", FORM_TEXT, VERB_ACTION});
OPTIONS(key_import_options, {"purpose", "purpose", FORM_TEXT, VERB_ACTION},
        {"domain", "domain", FORM_TEXT, VERB_ACTION},
        {"organisation", "organisation", FORM_TEXT, VERB_ACTION});

OPTIONS(linkage_options, {"source", "source", FORM_TEXT, NEW},
        {"research", "research", FORM_TEXT, NEW}, {"types", "types", FORM_LIST, SET},
        {"count-limit", "countLimit", FORM_NUMBER, SET}, {"life", "lifeHours", FORM_NUMBER, SET},
        {"from", "validFrom", FORM_TIME, SET}, {"until", "validUntil", FORM_TIME, SET},
        {"state", "state", FORM_TEXT, CHANGED}, {"reason", "reason", FORM_TEXT, SET});
OPTIONS(rotation_read_options, {"domain", "domain", FORM_TEXT, VERB_ACTION});
OPTIONS(rotation_options, {"domain", "domain", FORM_TEXT, VERB_ACTION},
        {"reason", "reason", FORM_TEXT, VERB_ACTION});
/* Taken by every change, for the audit trail and for who must approve it. */
OPTIONS(common_options, {"reason", "reason", FORM_TEXT, SET | VERB_END | VERB_SET_STATE});
OPTIONS(no_options, {0});
OPTIONS(approval_refuse_options, {"reason", "reason", FORM_TEXT, VERB_ACTION});

static const struct admin_noun nouns[] = {
    {"organisation", "organisations", "ended", ALL, organisation_options},
    {"credential", "credentials", "revoked", ALL, credential_options},
    {"operator", "operators", "ended", ALL, operator_options},
    {"registry", "registries", "ended", ALL | VERB_SET_STATE, registry_options},
    {"domain", "domains", NULL, READ | VERB_CREATE, domain_options},
    {"type", "types", NULL, READ | VERB_CREATE, type_options},
    {"connection", "connections", "ended", ALL, connection_options},
    {"mandate", "mandates", "ended", ALL, mandate_options},
    {"quota", "quotas", NULL, READ | VERB_CREATE | VERB_CHANGE, quota_options},
    {"linkage", "linkages", "ended", ALL, linkage_options},
    {"rotation", "rotations", NULL, READ, NULL},
    {"approval", "approvals", NULL, READ, no_options},
    {"key", "keys", NULL, READ | VERB_CREATE, key_options},
    {"wrapping", "wrappings", "ended", READ | VERB_END, wrapping_options},
};

OPTIONS(key_refresh_options, {"reason", "reason", FORM_TEXT, VERB_ACTION});

static const struct admin_action actions[] = {
    {"key", "change", true, false, key_change_options,
     "suspend a key, take it up again, or call it compromised"},
    {"key", "end", true, false, key_end_options, "destroy a key before its time"},
    {"key", "rewrap", false, false, key_rewrap_options, "move all keys to the next wrapping key"},
    {"approval", "approve", true, false, no_options, "let what another operator asked be done"},
    {"approval", "refuse", true, false, approval_refuse_options,
     "refuse what waits, or take back one's own"},
    {"key", "import", false, true, key_import_options,
     "replace the active key of a purpose and scope by one read from standard input"},
    {"key", "refresh", false, false, key_refresh_options,
     "replace root and domain keys by those of a new epoch; no final changes"},
    {"rotation", "plan", false, false, rotation_read_options,
     "tell what a rotation of a domain would do, and whether it is possible"},
    {"rotation", "start", false, false, rotation_options,
     "make the domain's next generation of keys, answered beside the active one"},
    {"rotation", "status", false, false, rotation_read_options,
     "show the domain's last rotation, and which registries are awaited"},
    {"rotation", "finish", false, false, rotation_options,
     "destroy the old generation, once every registry has declared completion"},
    {"rotation", "abort", false, false, rotation_options,
     "give the new generation up; where finals of it have left, begin the way back"},
};

static const struct {
    const char *name;
    unsigned verb;
    const char *words; /* that follow it */
    const char *text;
} verbs[] = {
    {"list", VERB_LIST, "", "list all of them"},
    {"show", VERB_SHOW, " CODE", "show one"},
    {"create", VERB_CREATE, "", "register a new one"},
    {"change", VERB_CHANGE, " CODE", "change the fields that are given"},
    {"end", VERB_END, " CODE", "end it, for good"},
    {"set-state", VERB_SET_STATE, " CODE STATE", "change its state"},
};

const struct admin_noun *admin_noun_find(const char *name)
{
    for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++) {
        if (strcmp(nouns[i].name, name) == 0)
            return &nouns[i];
    }
    return NULL;
}

unsigned admin_verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return verbs[i].verb;
    }
    return 0;
}

const struct admin_action *admin_action_find(const struct admin_noun *noun, const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].noun, noun->name) == 0 && strcmp(actions[i].name, name) == 0)
            return &actions[i];
    }
    return NULL;
}

static const struct admin_option *option_in(const struct admin_option *list, unsigned taking,
                                            const char *option)
{
    for (const struct admin_option *o = list; o != NULL && o->option != NULL; o++) {
        if ((o->verbs & taking) != 0 && strcmp(o->option, option) == 0)
            return o;
    }
    return NULL;
}

const struct admin_option *admin_option_find(const struct admin_option *list, unsigned taking,
                                             const char *option)
{
    const struct admin_option *own = option_in(list, taking, option);
    return own != NULL ? own : option_in(common_options, taking, option);
}

static void options_names_print(FILE *out, const struct admin_option *list, unsigned verbs_taken)
{
    for (const struct admin_option *o = list; o != NULL && o->option != NULL; o++) {
        if ((o->verbs & verbs_taken) != 0)
            fprintf(out, " --%s", o->option);
    }
    if (option_in(common_options, verbs_taken, "reason") != NULL)
        fputs(" [--reason]", out);
    fputc('\n', out);
}

enum {
    VERB_COUNT = sizeof verbs / sizeof verbs[0],
    ACTION_COUNT = sizeof actions / sizeof *actions
};

/* The places of a noun are all verbs, then all actions; not each is the noun's. */
static bool place_is_of(const struct admin_noun *noun, size_t place)
{
    if (place < VERB_COUNT)
        return (noun->verbs & verbs[place].verb) != 0;
    return strcmp(actions[place - VERB_COUNT].noun, noun->name) == 0;
}

static bool call_is_next(struct admin_call *call)
{
    for (; call->noun < nouns + sizeof nouns / sizeof nouns[0]; call->noun++, call->place = 0) {
        for (; call->place < VERB_COUNT + ACTION_COUNT; call->place++) {
            if (place_is_of(call->noun, call->place))
                return true;
        }
    }
    return false;
}

static void call_fill(struct admin_call *call)
{
    if (call->place < VERB_COUNT) {
        call->name = verbs[call->place].name;
        call->words = verbs[call->place].words;
        call->verb = verbs[call->place].verb;
        call->options = call->noun->options;
        call->text = verbs[call->place].text;
        return;
    }
    const struct admin_action *action = &actions[call->place - VERB_COUNT];
    call->name = action->name;
    call->words = action->has_id ? " CODE" : "";
    call->verb = VERB_ACTION;
    call->options = action->options;
    call->text = action->text;
}

bool admin_call_next(struct admin_call *call)
{
    if (call->noun == NULL)
        call->noun = nouns;
    else
        call->place++;
    if (!call_is_next(call))
        return false;
    call_fill(call);
    return true;
}

void admin_call_print(FILE *out, const struct admin_call *call)
{
    fprintf(out, "%s %s%s", call->noun->name, call->name, call->words);
    options_names_print(out, call->options, call->verb);
}

void admin_table_print(FILE *out)
{
    struct admin_call call = {0};
    fputs("\nNouns (CODE: a code, or the number where there is no code):\n", out);
    while (admin_call_next(&call)) {
        fputs("  ", out);
        admin_call_print(out, &call);
    }
}
