/* SPDX-License-Identifier: Apache-2.0 */
#include "unseal.h"

#include <stdio.h>

#include "clock.h"
#include "json/in.h"
#include "json/out.h"

enum { NOTE_CAP = sizeof((struct unseal *)0)->notes / sizeof((struct unseal *)0)->notes[0] };

/* ---- notes ---- */

static void note_add(struct service *s, const struct exchange *x, uint32_t credential,
                     struct schuil_rc rc, const struct wrapping_entered *entered)
{
    struct unseal *u = &s->unseal;
    if (u->count == NOTE_CAP) {
        u->lost++;
        return;
    }
    struct unseal_note *note = &u->notes[u->count++];
    *note = (struct unseal_note){.time_us = clock_wall_us(),
                                 .credential = credential,
                                 .code = (enum schuil_rc_code)rc.code,
                                 .number = entered->number};
    snprintf(note->name, sizeof note->name, "%s", entered->name);
    snprintf(note->source, sizeof note->source, "%s", exchange_peer(x));
    snprintf(note->request, sizeof note->request, "%s", exchange_request_id(x));
}

void unseal_refused(struct service *s, const struct exchange *x, uint32_t credential)
{
    const struct wrapping_entered none = {.number = 0};
    note_add(s, x, credential, schuil_rc(RC_AUTH_CREDENTIAL), &none);
}

bool unseal_event(const struct unseal *u, struct audit_event *ret,
                  char ret_detail[UNSEAL_EVENT_LEN])
{
    if (u->count == 0)
        return false;
    const struct unseal_note *note = &u->notes[0];
    const struct schuil_rc rc = schuil_rc(note->code);
    bool is_good = schuil_is_ok(rc);
    /* The name has no character that JSON would escape. */
    snprintf(ret_detail, UNSEAL_EVENT_LEN, "{\"wrapping\":\"%s\",\"share\":%u,\"lost\":%zu}",
             note->name, note->number, u->lost);
    *ret = (struct audit_event){.time_us = note->time_us,
                                .id = AUDIT_UNSEAL,
                                .outcome = is_good ? "ok" : "refused",
                                .credential = note->credential,
                                .role = "operator",
                                .access = "admin",
                                .source = note->source,
                                .request = note->request,
                                .reason = is_good ? NULL : schuil_rc_name(rc),
                                .detail = ret_detail};
    return true;
}

void unseal_forget(struct unseal *u)
{
    memmove(u->notes, u->notes + 1, --u->count * sizeof u->notes[0]);
    u->lost = 0;
}

/* ---- entering ---- */

static SCHUIL_RC rate_check(struct unseal *u, int64_t now_us)
{
    if (now_us - u->window_us > 60 * INT64_C(1000000)) {
        u->window_us = now_us;
        u->wrong_count = 0;
    }
    ENSURE(u->wrong_count < LIMIT_UNSEAL_COUNT, RC_LIMIT_ATTEMPTS);
    return SCHUIL_OK;
}

static SCHUIL_RC body_enter(struct service *s, const struct exchange *x,
                            struct wrapping_entered *ret)
{
    json_t *root = NULL;
    const char *detail;
    TRY(json_in_parse(exchange_body(x), &root, &detail));
    const json_t *share = json_object_get(root, "share");
    struct schuil_rc rc = schuil_rc(RC_INPUT_SHAPE);
    if (json_is_string(share) && json_object_size(root) == 1)
        rc = wrapping_enter(s->wrapping,
                            bytes_of(json_string_value(share), json_string_length(share)), ret);
    json_decref(root);
    return rc;
}

SCHUIL_RC unseal_take(struct service *s, const struct exchange *x, uint32_t credential,
                      struct wrapping_entered *ret, char ret_detail[UNSEAL_DETAIL_LEN])
{
    *ret = (struct wrapping_entered){.number = 0};
    ret_detail[0] = '\0';
    struct schuil_rc rc = rate_check(&s->unseal, clock_mono_us());
    if (schuil_is_ok(rc)) {
        rc = body_enter(s, x, ret);
        if (!schuil_is_ok(rc))
            s->unseal.wrong_count++;
    }
    if (!schuil_is_ok(rc) && ret->number > 0)
        snprintf(ret_detail, UNSEAL_DETAIL_LEN, "share %u of %s: %s", ret->number, ret->name,
                 schuil_rc_text(rc));
    note_add(s, x, credential, rc, ret);
    return rc;
}

void unseal_put(struct out *out, const struct wrapping_entered *entered, bool is_sealed)
{
    out_text(out, "{\"key\":");
    out_string(out, entered->name);
    out_format(out, ",\"share\":%u,\"missing\":%u,\"sealed\":%s}", entered->number,
               entered->missing, is_sealed ? "true" : "false");
}
