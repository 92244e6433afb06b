/* SPDX-License-Identifier: Apache-2.0 */
/* Signed lists of runs of chains: checkpoints, pages of exports, archives. A text of lines, so that
 * people can read it and nothing has to be encoded anew to check it:
 *
 *     schuilnaam-audit-statement 1
 *     kind checkpoint
 *     compartment issue
 *     time 1790000000000000
 *     from 0
 *     to 1790000000000000
 *     after 00000000000000000000000000000000 0
 *     next 00000000000000000000000000000000 0
 *     run CHAIN FIRST BEFORE LAST LINK        (hex, decimal, hex, decimal, hex)
 *     signature HEX
 *
 * signed: LV("schuilnaam/v1/audit-statement") || BLAKE2b-256(all lines before `signature`). */
#include <stdlib.h>

#include "audit/scan.h"
#include "schuilnaam/engine/audit_proof.h"

#define HEAD "schuilnaam-audit-statement 1\n"
#define LABEL "schuilnaam/v1/audit-statement"
#define SIGNATURE "signature "

enum { MESSAGE_CAP = 2 + sizeof LABEL + HASH_LEN, SIGNATURE_LINE_LEN = 10 + 128 + 1 };

static const char *const kind_names[] = {
    [STATEMENT_CHECKPOINT] = "checkpoint",
    [STATEMENT_EXPORT] = "export",
    [STATEMENT_ARCHIVE] = "archive",
};
enum { KIND_COUNT = sizeof kind_names / sizeof kind_names[0] };

static struct bytes message_of(struct bytes text, uint8_t ret[MESSAGE_CAP])
{
    uint8_t hash[HASH_LEN];
    struct writer w = writer_over(ret, MESSAGE_CAP);
    schuil_blake2b(1, &text, hash);
    put_lv_text(&w, LABEL);
    put_bytes(&w, bytes_of(hash, sizeof hash));
    return writer_bytes(&w);
}

/* ---- writing ---- */

static void put_number_line(struct writer *w, const char *name, int64_t number)
{
    put_text(w, name);
    put_decimal(w, number);
    put_u8(w, '\n');
}

static void put_name_line(struct writer *w, const char *name, const char *value)
{
    put_text(w, name);
    put_text(w, value);
    put_u8(w, '\n');
}

static void put_place(struct writer *w, const char *name, const struct audit_place *place)
{
    put_text(w, name);
    put_hex(w, place->chain, sizeof place->chain);
    put_number_line(w, " ", (int64_t)place->i);
}

static void put_run(struct writer *w, const struct audit_run *run)
{
    put_text(w, "run ");
    put_hex(w, run->chain, sizeof run->chain);
    put_u8(w, ' ');
    put_decimal(w, (int64_t)run->first);
    put_u8(w, ' ');
    put_hex(w, run->before, sizeof run->before);
    put_u8(w, ' ');
    put_decimal(w, (int64_t)run->last);
    put_u8(w, ' ');
    put_hex(w, run->link, sizeof run->link);
    put_u8(w, '\n');
}

static void body_put(struct writer *w, const struct audit_statement *s)
{
    put_text(w, HEAD);
    put_name_line(w, "kind ", kind_names[s->kind]);
    put_name_line(w, "compartment ", schuil_compartment_name(s->compartment));
    put_number_line(w, "time ", s->time_us);
    put_number_line(w, "from ", s->from_us);
    put_number_line(w, "to ", s->to_us);
    put_place(w, "after ", &s->after);
    put_place(w, "next ", &s->next);
    for (size_t i = 0; i < s->run_count; i++)
        put_run(w, &s->runs[i]);
}

SCHUIL_RC schuil_audit_statement_write(const struct audit_statement *statement,
                                       const struct signing_pair *pair, struct writer *w)
{
    uint8_t message[MESSAGE_CAP], signature[ED25519_SIGNATURE_LEN];
    size_t start = w->len;
    body_put(w, statement);
    ENSURE(!w->is_full, RC_INTERNAL);
    struct bytes body = bytes_of(w->data + start, w->len - start);
    TRY(schuil_ed25519_sign(pair, message_of(body, message), signature));
    put_text(w, SIGNATURE);
    put_hex(w, signature, sizeof signature);
    put_u8(w, '\n');
    ENSURE(!w->is_full, RC_INTERNAL);
    return SCHUIL_OK;
}

/* ---- reading ---- */

static void kind_read(struct scan *s, enum audit_statement_kind *ret)
{
    struct bytes name = scan_until(s, '\n');
    for (size_t k = 0; k < KIND_COUNT; k++) {
        if (!bytes_equal(name, bytes_text(kind_names[k])))
            continue;
        *ret = (enum audit_statement_kind)k;
        return;
    }
    s->is_bad = true;
}

static int64_t number_line(struct scan *s, const char *name)
{
    scan_literal(s, name);
    uint64_t number = scan_decimal(s);
    scan_literal(s, "\n");
    if (number > INT64_MAX)
        s->is_bad = true;
    return s->is_bad ? 0 : (int64_t)number;
}

static void place_read(struct scan *s, const char *name, struct audit_place *ret)
{
    scan_literal(s, name);
    scan_hex(s, ret->chain, sizeof ret->chain);
    ret->i = (uint64_t)number_line(s, " ");
}

static void run_read(struct scan *s, struct audit_run *ret)
{
    scan_literal(s, "run ");
    scan_hex(s, ret->chain, sizeof ret->chain);
    scan_literal(s, " ");
    ret->first = scan_decimal(s);
    scan_literal(s, " ");
    scan_hex(s, ret->before, sizeof ret->before);
    scan_literal(s, " ");
    ret->last = scan_decimal(s);
    scan_literal(s, " ");
    scan_hex(s, ret->link, sizeof ret->link);
    scan_literal(s, "\n");
}

static bool run_is_good(const struct audit_run *run, const struct audit_run *before)
{
    bool is_first = run->first == 1, has_zeros = schuil_ct_is_zero(run->before, HASH_LEN);
    if (run->first < 1 || run->last < run->first || run->last > INT64_MAX || is_first != has_zeros)
        return false;
    int order = before == NULL ? 1 : memcmp(run->chain, before->chain, sizeof run->chain);
    return order > 0 || (order == 0 && run->first > before->last);
}

static bool runs_read(struct scan *s, struct audit_statement *ret)
{
    for (size_t i = 0; i < ret->run_count; i++) {
        run_read(s, &ret->runs[i]);
        if (s->is_bad || !run_is_good(&ret->runs[i], i == 0 ? NULL : &ret->runs[i - 1]))
            return false;
    }
    return true;
}

static void head_read(struct scan *s, struct audit_statement *ret)
{
    scan_literal(s, HEAD "kind ");
    kind_read(s, &ret->kind);
    scan_literal(s, "compartment ");
    if (!schuil_compartment_parse(scan_until(s, '\n'), &ret->compartment))
        s->is_bad = true;
    ret->time_us = number_line(s, "time ");
    ret->from_us = number_line(s, "from ");
    ret->to_us = number_line(s, "to ");
    place_read(s, "after ", &ret->after);
    place_read(s, "next ", &ret->next);
}

static size_t lines_count(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

SCHUIL_RC schuil_audit_statement_read(struct bytes text, struct audit_statement *ret)
{
    struct scan s = scan_over(text);
    *ret = (struct audit_statement){.run_count = 0};
    struct audit_statement read = *ret;
    head_read(&s, &read);
    size_t lines = lines_count(s.rest);
    ENSURE(!s.is_bad && lines >= 1, RC_INPUT_FILE);
    read.run_count = lines - 1;
    read.runs = calloc(lines, sizeof *read.runs);
    ENSURE(read.runs != NULL, RC_INTERNAL_MEMORY);
    bool is_good = runs_read(&s, &read);
    scan_literal(&s, SIGNATURE);
    scan_hex(&s, read.signature, sizeof read.signature);
    scan_literal(&s, "\n");
    if (!is_good || !scan_is_done(&s)) {
        schuil_audit_statement_done(&read);
        return schuil_rc(RC_INPUT_FILE);
    }
    *ret = read;
    return SCHUIL_OK;
}

void schuil_audit_statement_done(struct audit_statement *statement)
{
    free(statement->runs);
    statement->runs = NULL;
    statement->run_count = 0;
}

bool schuil_audit_statement_is_signed(struct bytes text, const struct audit_statement *statement,
                                      const struct audit_keys *keys)
{
    uint8_t message[MESSAGE_CAP];
    if (text.len < SIGNATURE_LINE_LEN)
        return false;
    struct bytes signed_text =
        message_of(bytes_of(text.data, text.len - SIGNATURE_LINE_LEN), message);
    for (size_t k = 0; k < keys->count; k++)
        if (keys->keys[k].compartment == statement->compartment &&
            schuil_ed25519_verify(keys->keys[k].public_part, signed_text, statement->signature))
            return true;
    return false;
}
