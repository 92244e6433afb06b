/* SPDX-License-Identifier: Apache-2.0 */
/* The statement that two operators sign before an older state is accepted. See accept.h. */
#include "schuilnaam/engine/accept.h"

#include "schuilnaam/crypto/codec.h"

/* Or nothing was seen: whether it is old, only people know. */
static bool counter_may_be_old(const struct accept_counter *c)
{
    return c->there < c->seen || c->seen == 0;
}

bool schuil_acceptance_is_needed(const struct acceptance *a)
{
    return counter_may_be_old(&a->issue) || counter_may_be_old(&a->translate) ||
           counter_may_be_old(&a->policy) || a->policy_finding[0] != '\0';
}

static bool reason_is_good(const char *reason)
{
    size_t len = strlen(reason);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)reason[i] < 0x20 || reason[i] == 0x7f)
            return false;
    return len > 0 && len <= ACCEPT_REASON_LEN;
}

static void text_put(struct writer *w, const char *text)
{
    put_bytes(w, bytes_text(text));
}

static void hex_put(struct writer *w, const uint8_t *data, size_t len)
{
    char hex[2 * HASH_LEN];
    schuil_hex_encode(bytes_of(data, len), hex);
    put_bytes(w, bytes_of(hex, 2 * len));
}

static void counter_put(struct writer *w, const char *name, const struct accept_counter *c)
{
    text_put(w, name);
    text_put(w, ": seen ");
    put_decimal(w, (int64_t)c->seen);
    text_put(w, ", there ");
    put_decimal(w, (int64_t)c->there);
    text_put(w, ", proof ");
    hex_put(w, c->proof, sizeof c->proof);
    text_put(w, "\n");
}

static void line_put(struct writer *w, const char *name, const char *value)
{
    text_put(w, name);
    text_put(w, ": ");
    text_put(w, value);
    text_put(w, "\n");
}

SCHUIL_RC schuil_acceptance_write(const struct acceptance *a, const char *made, const char *reason,
                                  char ret[ACCEPT_STATEMENT_CAP])
{
    struct writer w = writer_over(ret, ACCEPT_STATEMENT_CAP);
    ENSURE(reason_is_good(reason), RC_INPUT_VALUE);
    text_put(&w, "Schuilnaam: accept what is there, version 1\npolicy key: ");
    hex_put(&w, a->policy_key, sizeof a->policy_key);
    text_put(&w, "\n");
    counter_put(&w, "issue", &a->issue);
    counter_put(&w, "translate", &a->translate);
    counter_put(&w, "policy", &a->policy);
    line_put(&w, "finding", a->policy_finding[0] == '\0' ? "none" : a->policy_finding);
    line_put(&w, "made", made);
    line_put(&w, "reason", reason);
    put_u8(&w, 0);
    ENSURE(!w.is_full, RC_INPUT_LENGTH);
    return SCHUIL_OK;
}
