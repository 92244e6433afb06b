/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of nouns and fields of the administration. From it come the SQL of engine/store,
 * the JSON of /admin/v1, and its page in OpenAPI. A field is one line: F(name, type, flags, text,
 * column, in, out)   see struct admin_field and admin_sql_field Only constant texts become part of
 * a statement; values are always parameters. */
#include "admin_job.h"

#define REQ ADMIN_REQUIRED
#define NEW ADMIN_CREATE
#define CHG ADMIN_CHANGE
#define SHOW ADMIN_SHOW

#define CODE_OF(table) "(SELECT number FROM " table " WHERE code = $)"
#define TIME_OUT(column) "to_char(" column ", 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
#define HEX_IN "CASE WHEN $ ~ '^[0-9A-Fa-f]{64}$' THEN decode($, 'hex') ELSE '' END"
/* Taken with any change, for the audit event; where a second operator must approve, mandatory. */
#define REASON(F, flags)                                                                           \
    F("reason", TEXT, flags, "why; mandatory where a second operator must approve", NULL, NULL,    \
      NULL)
#define CODE_TEXT "code: a capital letter, then up to 15 capital letters and digits"

#define ORGANISATIONS(F)                                                                           \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("code", TEXT, REQ | NEW | SHOW, CODE_TEXT, "code", NULL, "t.code")                           \
    F("name", TEXT, REQ | NEW | CHG | SHOW, "name for people", "name", NULL, "t.name")             \
    F("kind", TEXT, NEW | CHG | SHOW, "provider, registry or processor; for people only", "kind",  \
      NULL, "t.kind")                                                                              \
    F("state", TEXT, CHG | SHOW, "active, suspended or ended", "state", NULL, "t.state")           \
    REASON(F, NEW | CHG)

#define CREDENTIALS(F)                                                                             \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("organisation", TEXT, NEW | SHOW, "code of the organisation that holds it; or operator",     \
      "organisation", CODE_OF("organisation"), "o.code")                                           \
    F("operator", TEXT, NEW | SHOW, "name or number of the operator who holds it", "operator",     \
      "(SELECT number FROM operator WHERE name = $ OR number::text = $ ORDER BY name = $ DESC"     \
      " LIMIT 1)",                                                                                 \
      "p.name")                                                                                    \
    F("fingerprint", TEXT, NEW | SHOW,                                                             \
      "SHA-256 of the certificate (DER), 64 hexadecimal digits; or issuer with oin or ura",        \
      "fingerprint", HEX_IN, "encode(t.fingerprint, 'hex')")                                       \
    F("issuer", TEXT, NEW | SHOW,                                                                  \
      "SHA-256 of the issuing authority's certificate (DER), 64 hexadecimal digits", "issuer",     \
      HEX_IN, "encode(t.issuer, 'hex')")                                                           \
    F("oin", TEXT, NEW | SHOW, "OIN, 20 digits, of any certificate of that issuer", "oin", NULL,   \
      "t.oin")                                                                                     \
    F("ura", TEXT, NEW | SHOW, "URA, 8 digits, of any certificate of that issuer", "ura", NULL,    \
      "t.ura")                                                                                     \
    F("validFrom", TIME, NEW | CHG | SHOW, "from (RFC 3339, UTC); default now", "valid_from",      \
      "$::timestamptz", TIME_OUT("t.valid_from"))                                                  \
    F("validUntil", TIME, NEW | CHG | SHOW, "until; default open", "valid_until",                  \
      "$::timestamptz", TIME_OUT("t.valid_until"))                                                 \
    F("state", TEXT, CHG | SHOW, "active, suspended or revoked (for good)", "state", NULL,         \
      "t.state")                                                                                   \
    REASON(F, NEW | CHG)

#define OPERATORS(F)                                                                               \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("name", TEXT, REQ | NEW | CHG | SHOW, "name for people, used once", "name", NULL, "t.name")  \
    F("state", TEXT, CHG | SHOW, "active, suspended or ended", "state", NULL, "t.state")           \
    REASON(F, NEW | CHG)

#define REGISTRIES(F)                                                                              \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("code", TEXT, REQ | NEW | SHOW, CODE_TEXT, "code", NULL, "t.code")                           \
    F("name", TEXT, NEW | CHG | SHOW, "name for people", "name", NULL, "t.name")                   \
    F("organisation", TEXT, REQ | NEW | SHOW, "code of the organisation that it belongs to",       \
      "organisation", CODE_OF("organisation"), "o.code")                                           \
    F("domain", TEXT, REQ | NEW | SHOW, "code of its domain; never changes", "domain",             \
      CODE_OF("domain"), "d.code")                                                                 \
    F("state", TEXT, NEW | CHG | SHOW, "announced (default), listed or ended", "state", NULL,      \
      "t.state")                                                                                   \
    F("testPersons", TEXT, NEW | CHG | SHOW, "BSNs 9999xxxxx: refuse (default) or allow",          \
      "test_persons", NULL, "t.test_persons")                                                      \
    REASON(F, NEW | CHG)

#define DOMAINS(F)                                                                                 \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("code", TEXT, REQ | NEW | SHOW, CODE_TEXT, "code", NULL, "t.code")                           \
    F("kind", TEXT, NEW | SHOW, "plain (default) or bound; never changes", "kind", NULL, "t.kind") \
    F("generation", NUMBER, SHOW, "generation of its keys in use", NULL, NULL, "t.generation")     \
    REASON(F, NEW)

#define TYPES(F)                                                                                   \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("tref", TEXT, SHOW, "name in every text form: code, and version above 1", NULL, NULL,        \
      "tref(t.code, t.version)")                                                                   \
    F("code", TEXT, REQ | NEW | SHOW,                                                              \
      "code: a capital letter, then up to 7 capital letters and digits", "code", NULL, "t.code")   \
    F("version", NUMBER, NEW | SHOW, "version, default 1", "version", NULL, "t.version")           \
    F("kind", TEXT, NEW | SHOW, "irreversible (default) or reversible: one attribute, unreduced",  \
      "kind", NULL, "t.kind")                                                                      \
    F("normaliser", NUMBER, SHOW, "version of the normaliser", NULL, NULL, "t.normaliser")         \
    F("recipe", TEXT, REQ | NEW | SHOW, "attributes with reductions: GN,VL:1,GD,G", "recipe",      \
      NULL, "t.recipe")                                                                            \
    F("uniqueness", TEXT, REQ | NEW | SHOW, "identifying, or quasi: two persons may share one",    \
      "uniqueness", NULL, "t.uniqueness")                                                          \
    REASON(F, NEW)

#define CONNECTIONS(F)                                                                             \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("provider", TEXT, REQ | NEW | SHOW, "code of the organisation that delivers", "provider",    \
      CODE_OF("organisation"), "o.code")                                                           \
    F("registry", TEXT, REQ | NEW | SHOW, "code of the registry that receives", "registry",        \
      CODE_OF("registry"), "r.code")                                                               \
    F("types", LIST, REQ | NEW | CHG | SHOW, "pseudonym types", "types", "type_numbers($)",        \
      "type_names(t.types)")                                                                       \
    F("validFrom", TIME, NEW | CHG | SHOW, "from (RFC 3339, UTC); default now", "valid_from",      \
      "$::timestamptz", TIME_OUT("t.valid_from"))                                                  \
    F("validUntil", TIME, NEW | CHG | SHOW, "until; default open", "valid_until",                  \
      "$::timestamptz", TIME_OUT("t.valid_until"))                                                 \
    F("quotaPerDay", NUMBER, NEW | CHG | SHOW, "records a UTC day, default 100000", "quota_day",   \
      NULL, "t.quota_day")                                                                         \
    F("lifeHours", NUMBER, NEW | CHG | SHOW, "life of a temporary pseudonym, default 168",         \
      "life_hours", NULL, "t.life_hours")                                                          \
    F("salted", BOOL, NEW | CHG | SHOW,                                                            \
      "whether reversible pseudonyms are salted (S-, each one differs), default false", "salted",  \
      "$::boolean", "t.salted")                                                                    \
    F("bothEndsReason", TEXT, NEW | CHG | SHOW,                                                    \
      "why one organisation may act for both ends of this connection", "both_ends", NULL,          \
      "t.both_ends")                                                                               \
    F("blind", BOOL, SHOW, "whether blind issue is permitted", NULL, NULL, "t.blind")              \
    F("state", TEXT, CHG | SHOW, "active, suspended or ended (for good)", "state", NULL,           \
      "t.state")                                                                                   \
    REASON(F, NEW | CHG)

#define MANDATES(F)                                                                                \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("processor", TEXT, REQ | NEW | SHOW, "code of the organisation that acts", "processor",      \
      CODE_OF("organisation"), "o.code")                                                           \
    F("principal", TEXT, REQ | NEW | SHOW, "code of the organisation that it acts for",            \
      "principal", CODE_OF("organisation"), "p.code")                                              \
    F("validFrom", TIME, NEW | CHG | SHOW, "from (RFC 3339, UTC); default now", "valid_from",      \
      "$::timestamptz", TIME_OUT("t.valid_from"))                                                  \
    F("validUntil", TIME, NEW | CHG | SHOW, "until; default open", "valid_until",                  \
      "$::timestamptz", TIME_OUT("t.valid_until"))                                                 \
    F("bothEndsReason", TEXT, NEW | CHG | SHOW, "why it may act for both ends of a connection",    \
      "both_ends", NULL, "t.both_ends")                                                            \
    F("state", TEXT, CHG | SHOW, "active, suspended or ended (for good)", "state", NULL, "t.state")

#define QUOTAS(F)                                                                                  \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("kind", TEXT, REQ | NEW | SHOW, "blind, reverse, rotate, link or evaluate", "kind", NULL,    \
      "t.kind")                                                                                    \
    F("connection", NUMBER, NEW | SHOW,                                                            \
      "number of the connection (blind, reverse); no subject at all: every one without a row",     \
      "connection", NULL, "t.connection")                                                          \
    F("registry", TEXT, NEW | SHOW, "code of the registry (rotate, evaluate)", "registry",         \
      CODE_OF("registry"), "r.code")                                                               \
    F("linkage", NUMBER, NEW | SHOW, "number of the linkage (link)", "linkage", NULL, "t.linkage") \
    F("quotaPerDay", NUMBER, REQ | NEW | CHG | SHOW, "records a UTC day", "per_day", NULL,         \
      "t.per_day")                                                                                 \
    REASON(F, NEW | CHG)

#define APPROVALS(F)                                                                               \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("name", TEXT, SHOW, "why it needs two persons: a name of docs/approvals.md", NULL, NULL,     \
      "t.name")                                                                                    \
    F("state", TEXT, SHOW, "waiting, executed, refused, failed or expired", NULL, NULL,            \
      "CASE WHEN t.state = 'waiting' AND t.expires <= now() THEN 'expired' ELSE t.state END")      \
    F("plan", TEXT, SHOW, "what will happen, or happened", NULL, NULL, "t.plan")                   \
    F("reason", TEXT, SHOW, "why it was asked", NULL, NULL, "t.reason")                            \
    F("requester", TEXT, SHOW, "name of the operator who asked", NULL, NULL, "p.name")             \
    F("requested", TIME, SHOW, "when", NULL, NULL, TIME_OUT("t.requested"))                        \
    F("expires", TIME, SHOW, "until when it can be approved", NULL, NULL, TIME_OUT("t.expires"))   \
    F("decider", TEXT, SHOW, "name of the operator who decided", NULL, NULL, "q.name")             \
    F("decided", TIME, SHOW, "when", NULL, NULL, TIME_OUT("t.decided"))                            \
    F("outcome", TEXT, SHOW, "why it was refused or failed", NULL, NULL, "t.outcome")

#define LINKAGES(F)                                                                                \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("source", TEXT, REQ | NEW | SHOW, "code of the registry whose finals are carried over",      \
      "source", CODE_OF("registry"), "s.code")                                                     \
    F("research", TEXT, REQ | NEW | SHOW, "code of the registry that receives", "research",        \
      CODE_OF("registry"), "r.code")                                                               \
    F("types", LIST, REQ | NEW | CHG | SHOW, "pseudonym types", "types", "type_numbers($)",        \
      "type_names(t.types)")                                                                       \
    F("validFrom", TIME, NEW | CHG | SHOW, "from (RFC 3339, UTC); default now", "valid_from",      \
      "$::timestamptz", TIME_OUT("t.valid_from"))                                                  \
    F("validUntil", TIME, REQ | NEW | CHG | SHOW, "until", "valid_until", "$::timestamptz",        \
      TIME_OUT("t.valid_until"))                                                                   \
    F("countLimit", NUMBER, REQ | NEW | CHG | SHOW, "values that may be asked in all",             \
      "count_limit", NULL, "t.count_limit")                                                        \
    F("lifeHours", NUMBER, NEW | CHG | SHOW, "life of a temporary pseudonym, default 168",         \
      "life_hours", NULL, "t.life_hours")                                                          \
    REASON(F, NEW | CHG)                                                                           \
    F("asked", NUMBER, SHOW, "values asked so far", NULL, NULL,                                    \
      "coalesce((SELECT u.asked FROM linkage_use u WHERE u.linkage = t.number), 0)")               \
    F("state", TEXT, CHG | SHOW, "active, suspended or ended (for good)", "state", NULL, "t.state")

#define ROTATIONS(F)                                                                               \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("domain", TEXT, SHOW, "code of the domain", NULL, NULL, "d.code")                            \
    F("fromGeneration", NUMBER, SHOW, "generation that is given up", NULL, NULL,                   \
      "t.from_generation")                                                                         \
    F("toGeneration", NUMBER, SHOW, "generation that takes its place", NULL, NULL,                 \
      "t.to_generation")                                                                           \
    F("state", TEXT, SHOW, "open, aborting (finals go back), finished or aborted", NULL, NULL,     \
      "t.state")                                                                                   \
    F("declared", LIST, SHOW, "registries that have declared completion, or the way back", NULL,   \
      NULL,                                                                                        \
      "(SELECT string_agg(g.code, ',' ORDER BY g.code) FROM rotation_registry c"                   \
      " JOIN registry g ON g.number = c.registry WHERE c.rotation = t.number"                      \
      " AND CASE WHEN t.state IN ('aborting', 'aborted') THEN c.returned ELSE c.complete END"      \
      " IS NOT NULL)")                                                                             \
    F("awaited", LIST, SHOW, "registries that have not", NULL, NULL,                               \
      "(SELECT string_agg(g.code, ',' ORDER BY g.code) FROM registry g"                            \
      " LEFT JOIN rotation_registry c ON c.rotation = t.number AND c.registry = g.number"          \
      " WHERE g.domain = t.domain AND g.state <> 'ended' AND t.state IN ('open', 'aborting')"      \
      " AND CASE WHEN t.state = 'aborting' THEN c.returned ELSE c.complete END IS NULL)")          \
    F("reason", TEXT, SHOW, "why it was started", NULL, NULL, "t.reason")                          \
    F("started", TIME, SHOW, "when it was started", NULL, NULL, TIME_OUT("t.started"))             \
    F("ended", TIME, SHOW, "when it was finished or given up", NULL, NULL, TIME_OUT("t.ended"))

#define KEYS(F)                                                                                    \
    F("number", NUMBER, SHOW, "number, given by the service", NULL, NULL, "t.number")              \
    F("purpose", TEXT, REQ | NEW | SHOW, "what it is for; create: transport or source", NULL,      \
      NULL, "t.purpose")                                                                           \
    F("domain", TEXT, SHOW, "code of the domain it belongs to", NULL, NULL, "d.code")              \
    F("organisation", TEXT, NEW | SHOW, "source: code of the provider it belongs to", NULL, NULL,  \
      "o.code")                                                                                    \
    F("epoch", NUMBER, SHOW, "epoch, 0: none", NULL, NULL, "t.epoch")                              \
    F("generation", NUMBER, SHOW, "generation, 0: none", NULL, NULL, "t.generation")               \
    F("state", TEXT, SHOW, "as in NIST SP 800-57", NULL, NULL, "t.state")                          \
    F("publicPart", TEXT, SHOW, "K_e or Ed25519 public key, hexadecimal", NULL, NULL,              \
      "encode(t.public_part, 'hex')")                                                              \
    F("compartments", LIST, SHOW, "who has or had a copy", NULL, NULL,                             \
      "(SELECT string_agg(compartment, ',' ORDER BY compartment) FROM key_copy"                    \
      " WHERE key = t.number)")                                                                    \
    F("created", TIME, SHOW, "when it was made", NULL, NULL, TIME_OUT("t.created"))                \
    F("activated", TIME, SHOW, "when it became active", NULL, NULL, TIME_OUT("t.activated"))       \
    F("destroyed", TIME, SHOW, "when it was destroyed", NULL, NULL, TIME_OUT("t.destroyed"))       \
    F("destruction", TIME, SHOW, "when it is to be destroyed", NULL, NULL,                         \
      TIME_OUT("t.destruction"))                                                                   \
    F("status", TEXT, SHOW,                                                                        \
      "the state, and for a destroyed key whether its bytes could still be unwrapped from old"     \
      " pages or backups",                                                                         \
      NULL, NULL,                                                                                  \
      "t.state || CASE WHEN t.state = 'destroyed' AND is_unwrappable(t.number)"                    \
      " THEN ', old wrapping key still exists' ELSE '' END")                                       \
    F("reason", TEXT, SHOW, "why it last changed", NULL, NULL, "t.reason")

#define WRAPPINGS(F)                                                                               \
    F("name", TEXT, SHOW, "name", NULL, NULL, "t.name")                                            \
    F("state", TEXT, CHG | SHOW,                                                                   \
      "active; retiring: no key lies under it any more; ended: nothing is left of it (for good)",  \
      "state", NULL, "t.state")                                                                    \
    F("created", TIME, SHOW, "since when keys lie under it", NULL, NULL, TIME_OUT("t.created"))    \
    F("ended", TIME, SHOW, "when it ended", NULL, NULL, TIME_OUT("t.ended"))                       \
    F("copies", NUMBER, SHOW, "wrapped keys that lie under it", NULL, NULL,                        \
      "(SELECT count(*) FROM key_copy WHERE wrapping = t.name AND wrapped IS NOT NULL)")

/* X(list, name, single, key, event, can_create, can_change, text,
 *   table, from, match, order, check, after_create) */
#define NOUNS(X)                                                                                   \
    X(ORGANISATIONS, organisations, "organisation", "code", ORGANISATION_CHANGE, true, true,       \
      "providers, registries' holders, processors", "organisation", "organisation t",              \
      "t.code = $1 OR t.number::text = $1", "t.code", NULL, NULL)                                  \
    X(CREDENTIALS, credentials, "credential", "number", CREDENTIAL_CHANGE, true, true,             \
      "certificates, and who holds them", "credential",                                            \
      "credential t LEFT JOIN organisation o ON o.number = t.organisation"                         \
      " LEFT JOIN operator p ON p.number = t.operator",                                            \
      "t.number::text = $1", "t.number", NULL, NULL)                                               \
    X(OPERATORS, operators, "operator", "number", OPERATOR_CHANGE, true, true,                     \
      "persons who may administer", "operator", "operator t",                                      \
      "t.number::text = $1 OR t.name = $1", "t.number", NULL, NULL)                                \
    X(REGISTRIES, registries, "registry", "code", REGISTRY_CHANGE, true, true,                     \
      "quality registries", "registry",                                                            \
      "registry t JOIN organisation o ON o.number = t.organisation"                                \
      " JOIN domain d ON d.number = t.domain",                                                     \
      "t.code = $1 OR t.number::text = $1", "t.code", NULL, NULL)                                  \
    X(DOMAINS, domains, "domain", "code", DOMAIN_CHANGE, true, false,                              \
      "sets of registries in which one person has one final pseudonym", "domain", "domain t",      \
      "t.code = $1 OR t.number::text = $1", "t.code", NULL, admin_domain_keys)                     \
    X(TYPES, types, "type", "tref", TYPE_CHANGE, true, false, "pseudonym types", "type", "type t", \
      "tref(t.code, t.version) = $1 OR t.number::text = $1", "t.number", admin_type_check, NULL)   \
    X(CONNECTIONS, connections, "connection", "number", CONNECTION_CHANGE, true, true,             \
      "which provider may deliver to which registry", "connection",                                \
      "connection t JOIN organisation o ON o.number = t.provider"                                  \
      " JOIN registry r ON r.number = t.registry",                                                 \
      "t.number::text = $1", "t.number", NULL, NULL)                                               \
    X(MANDATES, mandates, "mandate", "number", MANDATE_CHANGE, true, true,                         \
      "for whom a processor may act", "mandate",                                                   \
      "mandate t JOIN organisation o ON o.number = t.processor"                                    \
      " JOIN organisation p ON p.number = t.principal",                                            \
      "t.number::text = $1", "t.number", NULL, NULL)                                               \
    X(QUOTAS, quotas, "quota", "number", QUOTA_CHANGE, true, true,                                 \
      "quotas of the calls that are not issue", "quota",                                           \
      "quota t LEFT JOIN registry r ON r.number = t.registry", "t.number::text = $1", "t.number",  \
      NULL, NULL)                                                                                  \
    X(LINKAGES, linkages, "linkage", "number", LINKAGE_CHANGE, true, true,                         \
      "finals of a registry that may be carried into a research registry", "linkage",              \
      "linkage t JOIN registry s ON s.number = t.source"                                           \
      " JOIN registry r ON r.number = t.research",                                                 \
      "t.number::text = $1", "t.number", NULL, NULL)                                               \
    X(ROTATIONS, rotations, "rotation", "number", ROTATION_START, false, false,                    \
      "new generations of domains' keys", "rotation",                                              \
      "rotation t JOIN domain d ON d.number = t.domain", "t.number::text = $1", "t.number", NULL,  \
      NULL)                                                                                        \
    X(APPROVALS, approvals, "approval", "number", APPROVAL_ASK, false, false,                      \
      "what waits, or waited, for a second operator", "approval",                                  \
      "approval t JOIN operator p ON p.number = t.requester"                                       \
      " LEFT JOIN operator q ON q.number = t.decider",                                             \
      "t.number::text = $1", "t.number", NULL, NULL)                                               \
    X(KEYS, keys, "key", "number", KEY_CREATE, true, false, "keys; never their bytes", "key",      \
      "key t LEFT JOIN domain d ON t.purpose IN ('domain', 'domain-seal') AND d.number = t.scope"  \
      " LEFT JOIN organisation o ON t.purpose = 'source' AND o.number = t.scope",                  \
      "t.number::text = $1", "t.number", NULL, NULL)                                               \
    X(WRAPPINGS, wrappings, "wrapping", "name", WRAPPING_END, false, true,                         \
      "keys outside the database that all others are wrapped under", "wrapping", "wrapping t",     \
      "t.name = $1 OR t.number::text = $1", "t.number", NULL, NULL)

#define PUBLIC_FIELD(name, type, flags, text, column, in, out) {name, ADMIN_##type, flags, text},
#define SQL_FIELD(name, type, flags, text, column, in, out) {column, in, out},

#define FIELDS(list, name, ...)                                                                    \
    static const struct admin_field name##_fields[] = {list(PUBLIC_FIELD){0}};                     \
    static const struct admin_sql_field name##_sql_fields[] = {list(SQL_FIELD){0}};
NOUNS(FIELDS)

#define PUBLIC_NOUN(list, name, single, key, event, can_create, can_change, text, ...)             \
    {#name, single, key, AUDIT_##event, name##_fields, can_create, can_change, text},
static const struct admin_noun nouns[] = {NOUNS(PUBLIC_NOUN){0}};

#define SQL_NOUN(list, name, single, key, event, can_create, can_change, text, table, from, match, \
                 order, check, after_create)                                                       \
    {table, from, match, order, name##_sql_fields, check, after_create},
static const struct admin_sql sqls[] = {NOUNS(SQL_NOUN){0}};

const struct admin_noun *schuil_admin_nouns(void)
{
    return nouns;
}

const struct admin_sql *admin_sql_of(const struct admin_noun *noun)
{
    return &sqls[noun - nouns];
}
