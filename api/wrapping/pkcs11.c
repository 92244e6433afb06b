/* SPDX-License-Identifier: Apache-2.0 */
/* A token (PKCS#11, through p11-kit) that seals and opens wrapping keys with AES-256-GCM, under a
 * key that never leaves it. The file of a wrapping key holds, as one line,
 *
 *     schuilnaam-wrapped-1:NAME:IV:BOX      IV 24, BOX 96 hexadecimal digits
 *
 * with LV("schuilnaam/v1/token") || LV(NAME) as associated data. PKCS#11 knows no deadlines, so
 * each errand runs in a thread of its own; one that does not come back in time is left behind with
 * what it holds, and its token counts as silent. Source: PROTOCOL section 6; PKCS #11 v2.40. */
#include <p11-kit/p11-kit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "provider.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/limits.h"

#define FORM "schuilnaam-wrapped-1"
enum {
    IV_LEN = 12,
    TAG_LEN = 16,
    KEY_LEN = 32,
    BOX_LEN = KEY_LEN + TAG_LEN,
    PIN_LEN = 256,
    SLOT_CAP = 64,
    LABEL_LEN = 32, /* of a token, filled with spaces */
    FINDING_LEN = 256
};

struct secrets {
    uint8_t pin[PIN_LEN];
    size_t pin_len;
    struct wrapping_key key;
    uint8_t opened[BOX_LEN]; /* SoftHSM wants room for the box where a key comes out */
};

/* One errand. It owns all it uses, as it may outlive its caller. */
struct errand {
    char module[PATH_MAX], token[LABEL_LEN + 1], label[64 + 1], name[WRAPPING_NAME_LEN + 1];
    bool seals, makes_key;
    uint8_t iv[IV_LEN], box[BOX_LEN];
    struct slab *slab;
    struct secrets *secrets;
    struct schuil_rc rc;
    char finding[FINDING_LEN];
    /* the token's */
    CK_FUNCTION_LIST *functions;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
};

/* ---- what the token says ---- */

static struct schuil_rc refuse(struct errand *e, const char *step, CK_RV code)
{
    snprintf(e->finding, sizeof e->finding, "token %s: %s: %s", e->token, step,
             code == CKR_OK ? "not found" : p11_kit_strerror(code));
    return schuil_rc(RC_CONFIG_TOKEN);
}

#define TOKEN(e, step, call)                                                                       \
    do {                                                                                           \
        CK_RV code_ = (call);                                                                      \
        if (code_ != CKR_OK)                                                                       \
            return refuse(e, step, code_);                                                         \
    } while (0)

/* ---- session ---- */

static SCHUIL_RC slot_find(struct errand *e, CK_SLOT_ID *ret)
{
    CK_SLOT_ID slots[SLOT_CAP];
    CK_ULONG count = SLOT_CAP;
    char wanted[LABEL_LEN + 1];
    snprintf(wanted, sizeof wanted, "%-*s", LABEL_LEN, e->token);
    TOKEN(e, "slots", e->functions->C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (e->functions->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
            memcmp(info.label, wanted, LABEL_LEN) != 0)
            continue;
        *ret = slots[i];
        return SCHUIL_OK;
    }
    return refuse(e, "no token of this label", CKR_OK);
}

static SCHUIL_RC session_open(struct errand *e)
{
    CK_SLOT_ID slot = 0;
    TRY(slot_find(e, &slot));
    CK_FLAGS flags = CKF_SERIAL_SESSION | (e->makes_key ? CKF_RW_SESSION : 0);
    TOKEN(e, "session", e->functions->C_OpenSession(slot, flags, NULL, NULL, &e->session));
    CK_RV code = e->functions->C_Login(e->session, CKU_USER, e->secrets->pin, e->secrets->pin_len);
    if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN)
        return refuse(e, "log-in", code);
    return SCHUIL_OK;
}

static SCHUIL_RC key_make(struct errand *e)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_ULONG len = KEY_LEN;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_MECHANISM mechanism = {.mechanism = CKM_AES_KEY_GEN};
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type},
        {CKA_VALUE_LEN, &len, sizeof len}, {CKA_TOKEN, &yes, sizeof yes},
        {CKA_PRIVATE, &yes, sizeof yes},   {CKA_SENSITIVE, &yes, sizeof yes},
        {CKA_EXTRACTABLE, &no, sizeof no}, {CKA_ENCRYPT, &yes, sizeof yes},
        {CKA_DECRYPT, &yes, sizeof yes},   {CKA_WRAP, &no, sizeof no},
        {CKA_UNWRAP, &no, sizeof no},      {CKA_LABEL, e->label, strlen(e->label)},
    };
    TOKEN(e, "making the key",
          e->functions->C_GenerateKey(e->session, &mechanism, attributes,
                                      sizeof attributes / sizeof *attributes, &e->key));
    return SCHUIL_OK;
}

static SCHUIL_RC key_find(struct errand *e)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_ULONG count = 0;
    CK_OBJECT_HANDLE found[2];
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &class, sizeof class},
                                 {CKA_LABEL, e->label, strlen(e->label)}};
    TOKEN(e, "search", e->functions->C_FindObjectsInit(e->session, attributes, 2));
    TOKEN(e, "search", e->functions->C_FindObjects(e->session, found, 2, &count));
    TOKEN(e, "search", e->functions->C_FindObjectsFinal(e->session));
    if (count == 0 && e->makes_key)
        return key_make(e);
    if (count != 1)
        return refuse(e, count == 0 ? "no key of this label" : "two keys of one label", CKR_OK);
    e->key = found[0];
    return SCHUIL_OK;
}

/* A key that can be read out would protect nothing. */
static SCHUIL_RC key_check(struct errand *e)
{
    CK_BBOOL is_extractable = CK_TRUE, is_sensitive = CK_FALSE;
    CK_ATTRIBUTE attributes[] = {{CKA_EXTRACTABLE, &is_extractable, sizeof is_extractable},
                                 {CKA_SENSITIVE, &is_sensitive, sizeof is_sensitive}};
    TOKEN(e, "key", e->functions->C_GetAttributeValue(e->session, e->key, attributes, 2));
    if (is_extractable == CK_FALSE && is_sensitive == CK_TRUE)
        return SCHUIL_OK;
    return refuse(e, "its key can be read out", CKR_KEY_UNEXTRACTABLE);
}

/* ---- sealing and opening ---- */

static SCHUIL_RC box_make_or_open(struct errand *e)
{
    uint8_t ad[128];
    struct writer w = writer_over(ad, sizeof ad);
    put_lv_text(&w, "schuilnaam/v1/token");
    put_lv_text(&w, e->name);
    CK_GCM_PARAMS params = {.pIv = e->iv,
                            .ulIvLen = IV_LEN,
                            .ulIvBits = IV_LEN * 8,
                            .pAAD = ad,
                            .ulAADLen = w.len,
                            .ulTagBits = TAG_LEN * 8};
    CK_MECHANISM mechanism = {CKM_AES_GCM, &params, sizeof params};
    struct secrets *secrets = e->secrets;
    CK_ULONG len = BOX_LEN;
    if (e->seals) {
        TOKEN(e, "sealing", e->functions->C_EncryptInit(e->session, &mechanism, e->key));
        TOKEN(e, "sealing",
              e->functions->C_Encrypt(e->session, secrets->key.b, KEY_LEN, e->box, &len));
    } else {
        TOKEN(e, "opening", e->functions->C_DecryptInit(e->session, &mechanism, e->key));
        TOKEN(e, "opening",
              e->functions->C_Decrypt(e->session, e->box, BOX_LEN, secrets->opened, &len));
        memcpy(secrets->key.b, secrets->opened, KEY_LEN);
    }
    return len == (e->seals ? BOX_LEN : KEY_LEN) ? SCHUIL_OK
                                                 : refuse(e, "length", CKR_DATA_INVALID);
}

static SCHUIL_RC session_use(struct errand *e)
{
    TRY(session_open(e));
    TRY(key_find(e));
    TRY(key_check(e));
    return box_make_or_open(e);
}

static SCHUIL_RC module_use(struct errand *e)
{
    TOKEN(e, "module", p11_kit_module_initialize(e->functions));
    struct schuil_rc rc = session_use(e);
    if (e->session != CK_INVALID_HANDLE)
        e->functions->C_CloseSession(e->session);
    p11_kit_module_finalize(e->functions);
    return rc;
}

static void *thread_main(void *arg)
{
    struct errand *e = arg;
    e->functions = p11_kit_module_load(e->module, 0);
    if (e->functions == NULL) {
        snprintf(e->finding, sizeof e->finding, "pkcs11.module: %.180s: not a module", e->module);
        e->rc = schuil_rc(RC_CONFIG_TOKEN);
        return NULL;
    }
    e->rc = module_use(e);
    p11_kit_module_release(e->functions);
    return NULL;
}

/* ---- errands ---- */

static void errand_free(struct errand *e)
{
    schuil_slab_free(e->slab);
    free(e);
}

static SCHUIL_RC pin_read(const struct settings *s, struct errand *e, char *ret_finding, size_t cap)
{
    char path[PATH_MAX];
    const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
    bool is_credential = s->pkcs11_pin_credential[0] != '\0';
    snprintf(ret_finding, cap, "pkcs11.pin or pkcs11.pin.credential is needed");
    ENSURE(is_credential ? folder != NULL : s->pkcs11_pin[0] != '\0', RC_CONFIG_SETTING);
    int len =
        snprintf(path, sizeof path, "%s%s%s", is_credential ? folder : "", is_credential ? "/" : "",
                 is_credential ? s->pkcs11_pin_credential : s->pkcs11_pin);
    ENSURE(len > 0 && len < PATH_MAX, RC_CONFIG_SETTING);
    struct secrets *secrets = e->secrets;
    TRY(wrapping_file_read(path, true, secrets->pin, PIN_LEN, &secrets->pin_len, ret_finding, cap));
    while (secrets->pin_len > 0 && (secrets->pin[secrets->pin_len - 1] == '\n' ||
                                    secrets->pin[secrets->pin_len - 1] == '\r'))
        secrets->pin_len--;
    return SCHUIL_OK;
}

static SCHUIL_RC text_copy(const char *setting, const char *text, char *ret, size_t room,
                           char *ret_finding, size_t cap)
{
    size_t len = strlen(text);
    snprintf(ret_finding, cap, "%s is needed, with fewer than %zu characters", setting, room);
    ENSURE(len > 0 && len < room, RC_CONFIG_SETTING);
    memcpy(ret, text, len + 1);
    ret_finding[0] = '\0';
    return SCHUIL_OK;
}

static SCHUIL_RC errand_fill(const struct settings *s, const char *name, struct errand *e,
                             char *ret_finding, size_t cap)
{
    TRY(text_copy("pkcs11.module", s->pkcs11_module, e->module, sizeof e->module, ret_finding,
                  cap));
    TRY(text_copy("pkcs11.token", s->pkcs11_token, e->token, sizeof e->token, ret_finding, cap));
    TRY(text_copy("pkcs11.key", s->pkcs11_key, e->label, sizeof e->label, ret_finding, cap));
    snprintf(e->name, sizeof e->name, "%s", name);
    TRY(schuil_slab_new(sizeof *e->secrets, &e->slab));
    e->secrets = schuil_slab_take(e->slab, sizeof *e->secrets);
    ENSURE(e->secrets != NULL, RC_INTERNAL_MEMORY);
    return pin_read(s, e, ret_finding, cap);
}

static SCHUIL_RC errand_new(const struct settings *s, const char *name, struct errand **ret,
                            char *ret_finding, size_t cap)
{
    *ret = calloc(1, sizeof **ret);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = errand_fill(s, name, *ret, ret_finding, cap);
    if (!schuil_is_ok(rc)) {
        errand_free(*ret);
        *ret = NULL;
    }
    return rc;
}

/* Run it. After a silent token the errand is not ours any more: *e is NULL then. */
static SCHUIL_RC errand_run(struct errand **e, char *ret_finding, size_t cap)
{
    pthread_t thread;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LIMIT_TOKEN_S;
    ENSURE(pthread_create(&thread, NULL, thread_main, *e) == 0, RC_INTERNAL);
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0) {
        snprintf(ret_finding, cap, "%s", (*e)->finding);
        return (*e)->rc;
    }
    pthread_detach(thread);
    *e = NULL;
    snprintf(ret_finding, cap, "the token did not answer within %d seconds", LIMIT_TOKEN_S);
    return schuil_rc(RC_CONFIG_TOKEN);
}

/* ---- the file ---- */

static bool line_take(struct bytes text, const char *name, struct errand *e)
{
    char head[sizeof FORM + 2 + WRAPPING_NAME_LEN];
    int len = snprintf(head, sizeof head, FORM ":%s:", name);
    size_t at = (size_t)len;
    if (len <= 0 || text.len != at + 2 * IV_LEN + 1 + 2 * BOX_LEN + 1 ||
        memcmp(text.data, head, at) != 0 || text.data[at + 2 * IV_LEN] != ':' ||
        text.data[text.len - 1] != '\n')
        return false;
    const uint8_t *iv = text.data + at, *box = iv + 2 * IV_LEN + 1;
    return schuil_is_ok(schuil_hex_decode(bytes_of(iv, 2 * IV_LEN), e->iv, IV_LEN)) &&
           schuil_is_ok(schuil_hex_decode(bytes_of(box, 2 * BOX_LEN), e->box, BOX_LEN));
}

static SCHUIL_RC file_take(const struct wrapping_file *file, struct errand *e, char *ret_finding,
                           size_t cap)
{
    char text[PKCS11_TEXT_LEN];
    size_t len;
    TRY(wrapping_file_read(file->path, true, text, sizeof text, &len, ret_finding, cap));
    if (line_take(bytes_of(text, len), file->name, e))
        return SCHUIL_OK;
    snprintf(ret_finding, cap, "%s: not the sealed wrapping key %s", file->path, file->name);
    return schuil_rc(RC_CONFIG_FILE);
}

SCHUIL_RC pkcs11_open(const struct settings *s, const struct wrapping_file *file,
                      struct wrapping_key *ret, char *ret_finding, size_t cap)
{
    struct errand *e;
    TRY(errand_new(s, file->name, &e, ret_finding, cap));
    struct schuil_rc rc = file_take(file, e, ret_finding, cap);
    if (schuil_is_ok(rc))
        rc = errand_run(&e, ret_finding, cap);
    if (schuil_is_ok(rc))
        memcpy(ret, &e->secrets->key, sizeof *ret);
    if (e != NULL)
        errand_free(e);
    return rc;
}

SCHUIL_RC pkcs11_seal(const struct settings *s, const struct wrapping_ref *key, bool makes_key,
                      char ret[PKCS11_TEXT_LEN + 1], char *ret_finding, size_t cap)
{
    struct errand *e;
    char iv[2 * IV_LEN + 1] = "", box[2 * BOX_LEN + 1] = "";
    TRY(errand_new(s, key->name, &e, ret_finding, cap));
    e->seals = true;
    e->makes_key = makes_key;
    memcpy(&e->secrets->key, key->key, sizeof e->secrets->key);
    struct schuil_rc rc = schuil_random(e->iv, sizeof e->iv);
    if (schuil_is_ok(rc))
        rc = errand_run(&e, ret_finding, cap);
    if (schuil_is_ok(rc)) {
        schuil_hex_encode(bytes_of(e->iv, IV_LEN), iv);
        schuil_hex_encode(bytes_of(e->box, BOX_LEN), box);
        snprintf(ret, PKCS11_TEXT_LEN + 1, FORM ":%s:%s:%s\n", key->name, iv, box);
    }
    if (e != NULL)
        errand_free(e);
    return rc;
}
