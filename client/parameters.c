/* SPDX-License-Identifier: Apache-2.0 */
/* See parameters.h. Read with mistrust: a number or code of another form is refused, as keys and
 * texts are made of them. */
#include "parameters.h"

#include <stdio.h>

#include "answer.h"
#include "fail.h"
#include "https.h"

enum { FILE_MOST = 1 << 20, PATH_MOST = 64 };

#define CODE_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define CODE_MORE CODE_FIRST "0123456789"

static bool text_copy(const json_t *object, const char *key, char *ret, size_t cap)
{
    const char *text = json_string_value(json_object_get(object, key));
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || len >= cap)
        return false;
    memcpy(ret, text, len + 1);
    return true;
}

static bool code_copy(const json_t *object, const char *key, char *ret, size_t cap)
{
    return text_copy(object, key, ret, cap) && strchr(CODE_FIRST, ret[0]) != NULL &&
           strspn(ret, CODE_MORE) == strlen(ret);
}

static bool number_copy(const json_t *object, const char *key, json_int_t most, uint32_t *ret)
{
    const json_t *value = json_object_get(object, key);
    json_int_t number = json_integer_value(value);
    *ret = (uint32_t)number;
    return json_is_integer(value) && number >= 1 && number <= most;
}

static bool root_take(struct parameters *p)
{
    const json_t *registry = json_object_get(p->root, "registry");
    const json_t *domain = json_object_get(p->root, "domain");
    const json_t *caller = json_object_get(p->root, "caller");
    const json_t *salted = json_object_get(json_object_get(p->root, "connection"), "salted");
    p->is_salted = json_is_true(salted);
    return code_copy(registry, "code", p->registry, sizeof p->registry) &&
           code_copy(domain, "code", p->domain, sizeof p->domain) &&
           number_copy(domain, "number", INT32_MAX, &p->domain_number) &&
           code_copy(caller, "organisation", p->organisation, sizeof p->organisation) &&
           number_copy(caller, "number", INT32_MAX, &p->organisation_number) &&
           json_is_boolean(salted) && json_is_array(json_object_get(p->root, "types")) &&
           json_is_array(json_object_get(p->root, "attributes"));
}

SCHUIL_RC parameters_read(struct bytes text, struct parameters *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->root = json_loadb(text.len > 0 ? (const char *)text.data : "", text.len,
                           JSON_REJECT_DUPLICATES, NULL);
    ENSURE(ret->root != NULL && root_take(ret), RC_INPUT_TEXT);
    return SCHUIL_OK;
}

void parameters_done(struct parameters *parameters)
{
    json_decref(parameters->root);
    memset(parameters, 0, sizeof *parameters);
}

/* ---- where the text comes from ---- */

static SCHUIL_RC from_file(const char *path, struct parameters *ret)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(RC_INPUT_FILE, "%s: cannot be opened", path);
    char *text = memory_take(FILE_MOST);
    size_t len = text == NULL ? 0 : fread(text, 1, FILE_MOST, file);
    struct schuil_rc rc =
        text == NULL ? schuil_rc(RC_INTERNAL_MEMORY) : parameters_read(bytes_of(text, len), ret);
    memory_free(text);
    fclose(file);
    if (rc.code == RC_INPUT_TEXT)
        return fail(RC_INPUT_FILE, "%s: does not hold the parameters of a registry", path);
    return rc;
}

static SCHUIL_RC from_service(const struct profile *profile, const char *registry,
                              struct parameters *ret)
{
    char path[PATH_MOST];
    struct https_call call;
    snprintf(path, sizeof path, "/v1/registries/%s/parameters", registry);
    struct schuil_rc rc = https_call_make(profile, "GET", path, bytes_of(NULL, 0), &call);
    if (schuil_is_ok(rc))
        rc = https_call_run(&call);
    if (schuil_is_ok(rc))
        rc = answer_check(&call);
    if (schuil_is_ok(rc))
        rc = parameters_read(buffer_bytes(&call.answer), ret);
    https_call_done(&call);
    if (rc.code == RC_INPUT_TEXT)
        return fail(RC_INTERNAL, "the service's parameters do not have the shape that is promised");
    return rc;
}

SCHUIL_RC parameters_get(const struct profile *profile, const char *registry,
                         const char *file_or_null, struct parameters *ret)
{
    memset(ret, 0, sizeof *ret);
    TRY(file_or_null != NULL ? from_file(file_or_null, ret) : from_service(profile, registry, ret));
    if (strcmp(ret->registry, registry) != 0)
        return fail(RC_INPUT_FILE, "the parameters are those of registry %s, not of %s",
                    ret->registry, registry);
    return SCHUIL_OK;
}

/* ---- types ---- */

static bool kind_find(const json_t *attributes, const char *code, enum attribute_kind *ret)
{
    size_t i;
    json_t *value;
    char kind[16];
    json_array_foreach(attributes, i, value)
    {
        const char *name = json_string_value(json_object_get(value, "code"));
        if (name != NULL && strcmp(name, code) == 0)
            return text_copy(value, "kind", kind, sizeof kind) &&
                   schuil_attribute_kind_find(bytes_text(kind), ret);
    }
    return false;
}

/* Of a reversible type: its one attribute, whole. */
static bool attribute_take(const json_t *root, const json_t *type, struct parameters_type *ret)
{
    const json_t *recipe = json_object_get(type, "recipe");
    const char *code = json_string_value(json_array_get(recipe, 0));
    size_t len = code == NULL ? 0 : strlen(code);
    if (json_array_size(recipe) != 1 || len == 0 || len >= sizeof ret->attribute ||
        strspn(code, CODE_MORE) != len)
        return false;
    memcpy(ret->attribute, code, len + 1);
    return kind_find(json_object_get(root, "attributes"), code, &ret->kind);
}

static bool type_take(const json_t *root, const json_t *type, struct parameters_type *ret)
{
    char kind[16], tref[LIMIT_TREF_LEN + 8] = "";
    uint32_t version;
    if (!code_copy(type, "code", ret->code, sizeof ret->code) ||
        !number_copy(type, "version", UINT16_MAX, &version) ||
        !text_copy(type, "kind", kind, sizeof kind))
        return false;
    ret->version = (uint16_t)version;
    ret->is_reversible = strcmp(kind, "reversible") == 0;
    if (version == 1)
        snprintf(tref, sizeof tref, "%s", ret->code);
    else
        snprintf(tref, sizeof tref, "%s.%u", ret->code, (unsigned)version);
    return strcmp(tref, ret->tref) == 0 && (!ret->is_reversible || attribute_take(root, type, ret));
}

SCHUIL_RC parameters_type(const struct parameters *parameters, const char *tref,
                          struct parameters_type *ret)
{
    size_t i;
    json_t *type;
    memset(ret, 0, sizeof *ret);
    ENSURE(strlen(tref) < sizeof ret->tref, RC_ABSENT);
    memcpy(ret->tref, tref, strlen(tref) + 1);
    json_array_foreach(json_object_get(parameters->root, "types"), i, type)
    {
        const char *name = json_string_value(json_object_get(type, "tref"));
        if (name == NULL || strcmp(name, tref) != 0)
            continue;
        ENSURE(type_take(parameters->root, type, ret), RC_INPUT_TEXT);
        return SCHUIL_OK;
    }
    return schuil_rc(RC_ABSENT);
}
