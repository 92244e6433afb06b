/* SPDX-License-Identifier: Apache-2.0 */
/* Options to JSON fields. */
#include "admin_body.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "memory.h"
#include "schuilnaam/crypto/certificate.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/secret.h"

enum { PEM_MOST = 1 << 20, DATE_LEN = 10, TIME_MOST = 64, KEY_HEX_MOST = 2 * 64 };

static SCHUIL_RC field_set(json_t *body, const char *field, json_t *value)
{
    ENSURE(json_object_set_new(body, field, value) == 0, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static SCHUIL_RC text_set(json_t *body, const char *field, const char *text)
{
    json_t *value = json_string(text);
    if (value == NULL)
        return fail(RC_INPUT_USAGE, "%s is not valid UTF-8", field);
    return field_set(body, field, value);
}

static SCHUIL_RC number_set(json_t *body, const struct admin_option *option, const char *text)
{
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 15 || text[len] != '\0')
        return fail(RC_INPUT_USAGE, "--%s is a number", option->option);
    return field_set(body, option->field, json_integer(strtoll(text, NULL, 10)));
}

static SCHUIL_RC list_set(json_t *body, const struct admin_option *option, const char *text)
{
    json_t *list = json_array();
    TRY(field_set(body, option->field, list));
    while (true) {
        size_t len = strcspn(text, ",");
        if (len == 0)
            return fail(RC_INPUT_USAGE, "--%s has an empty part", option->option);
        ENSURE(json_array_append_new(list, json_stringn(text, len)) == 0, RC_INTERNAL_MEMORY);
        if (text[len] == '\0')
            return SCHUIL_OK;
        text += len + 1;
    }
}

static SCHUIL_RC time_set(json_t *body, const struct admin_option *option, const char *text)
{
    char full[TIME_MOST];
    bool is_date = strlen(text) == DATE_LEN && text[4] == '-' && text[7] == '-';
    int len = snprintf(full, sizeof full, "%s%s", text, is_date ? "T00:00:00Z" : "");
    if (len >= TIME_MOST)
        return fail(RC_INPUT_USAGE, "--%s is no date", option->option);
    return text_set(body, option->field, full);
}

static SCHUIL_RC file_fingerprint(FILE *file, uint8_t ret[HASH_LEN])
{
    char *pem = memory_take(PEM_MOST);
    ENSURE(pem != NULL, RC_INTERNAL_MEMORY);
    size_t len = fread(pem, 1, PEM_MOST, file);
    struct schuil_rc rc = schuil_certificate_fingerprint(bytes_of(pem, len), ret);
    memory_free(pem);
    return rc;
}

static SCHUIL_RC certificate_set(json_t *body, const struct admin_option *option, const char *path)
{
    uint8_t fingerprint[HASH_LEN];
    char hex[2 * HASH_LEN + 1] = "";
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(RC_INPUT_FILE, "%s: cannot be opened", path);
    struct schuil_rc rc = file_fingerprint(file, fingerprint);
    fclose(file);
    if (!schuil_is_ok(rc))
        return fail(RC_INPUT_FILE, "%s: no PEM certificate", path);
    schuil_hex_encode(bytes_of(fingerprint, sizeof fingerprint), hex);
    return text_set(body, option->field, hex);
}

static SCHUIL_RC bool_set(json_t *body, const struct admin_option *option, const char *text)
{
    bool is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0)
        return fail(RC_INPUT_USAGE, "--%s is true or false", option->option);
    ENSURE(json_object_set_new(body, option->field, json_boolean(is_true)) == 0,
           RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static SCHUIL_RC option_set(json_t *body, const struct admin_option *option, const char *text)
{
    switch (option->form) {
    case FORM_NUMBER:
        return number_set(body, option, text);
    case FORM_BOOL:
        return bool_set(body, option, text);
    case FORM_LIST:
        return list_set(body, option, text);
    case FORM_TIME:
        return time_set(body, option, text);
    case FORM_CERTIFICATE:
        return certificate_set(body, option, text);
    case FORM_TEXT:
        break;
    }
    return text_set(body, option->field, text);
}

static bool is_admin_option(const struct option_row *row)
{
    for (const struct option_row *own = admin_options; own->name != NULL; own++) {
        if (own == row)
            return true;
    }
    return false;
}

static SCHUIL_RC fields_fill(const struct admin_option *options, unsigned verb,
                             const struct arguments *arguments, json_t *body)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct option_row *row = arguments->given[i].row;
        if (!is_admin_option(row))
            continue;
        const struct admin_option *option = admin_option_find(options, verb, row->name);
        if (option == NULL)
            return fail(RC_INPUT_USAGE, "--%s has no place here", row->name);
        TRY(option_set(body, option, arguments->given[i].value));
    }
    return SCHUIL_OK;
}

SCHUIL_RC admin_body_none(const struct arguments *arguments, json_t **ret)
{
    *ret = NULL;
    return fields_fill(NULL, 0, arguments, NULL);
}

/* Hand the body over, or drop it. */
static SCHUIL_RC body_end(struct schuil_rc rc, json_t *body, json_t **ret)
{
    if (schuil_is_ok(rc))
        *ret = body;
    else
        json_decref(body);
    return rc;
}

SCHUIL_RC admin_body_fields(const struct admin_noun *noun, unsigned verb,
                            const struct arguments *arguments, json_t **ret)
{
    *ret = NULL;
    json_t *body = json_object();
    ENSURE(body != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = fields_fill(noun->options, verb, arguments, body);
    if (schuil_is_ok(rc) && json_object_size(body) == 0)
        rc = fail(RC_INPUT_USAGE, "nothing to set; see `schuilnaam admin --help`");
    return body_end(rc, body, ret);
}

SCHUIL_RC admin_body_state(const struct arguments *arguments, unsigned verb, const char *state,
                           json_t **ret)
{
    *ret = NULL;
    json_t *body = json_pack("{s:s}", "state", state);
    ENSURE(body != NULL, RC_INTERNAL_MEMORY);
    return body_end(fields_fill(NULL, verb, arguments, body), body, ret);
}

struct key_text {
    char text[KEY_HEX_MOST + 2]; /* a newline, and one more to notice what is too long */
    size_t len;
};

static void key_text_wipe(struct key_text *key)
{
    schuil_wipe(key, sizeof *key);
}

static SCHUIL_RC key_read(int descriptor, struct key_text *key)
{
    ssize_t got;
    while (key->len < sizeof key->text &&
           (got = read(descriptor, key->text + key->len, sizeof key->text - key->len)) > 0)
        key->len += (size_t)got;
    if (key->len > 0 && key->text[key->len - 1] == '\n')
        key->len--;
    uint8_t bytes[KEY_HEX_MOST / 2];
    bool is_hex =
        key->len > 0 && key->len % 2 == 0 && key->len <= KEY_HEX_MOST &&
        schuil_is_ok(schuil_hex_decode(bytes_of(key->text, key->len), bytes, key->len / 2));
    schuil_wipe(bytes, sizeof bytes);
    if (!is_hex)
        return fail(RC_INPUT_HEX, "standard input is not a key in hexadecimal");
    return SCHUIL_OK;
}

static SCHUIL_RC key_set(int descriptor, json_t *body)
{
    __attribute__((cleanup(key_text_wipe))) struct key_text key = {0};
    TRY(key_read(descriptor, &key));
    return field_set(body, "key", json_stringn(key.text, key.len));
}

SCHUIL_RC admin_body_action(const struct admin_action *action, const struct arguments *arguments,
                            int descriptor, json_t **ret)
{
    *ret = NULL;
    json_t *body = json_object();
    ENSURE(body != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = fields_fill(action->options, VERB_ACTION, arguments, body);
    if (schuil_is_ok(rc) && action->has_key)
        rc = key_set(descriptor, body);
    return body_end(rc, body, ret);
}
