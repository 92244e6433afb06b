/* SPDX-License-Identifier: Apache-2.0 */
/* Writes answers. jansson is not used here: an answer of 10,000 records would be a tree of 100,000
 * small allocations that only repeats what the batch holds already. Pseudonyms and codes are made
 * of characters that need no escaping; out_string escapes all that comes from outside.
 * Block: { cap (size_t, padded to 16) | data ... }: out_free knows from it how much to wipe. */
#include "json/out.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schuilnaam/crypto/secret.h"

enum { HEAD_LEN = 16, FIRST_CAP = 1024 };

static char *block_new(size_t cap)
{
    char *block = malloc(HEAD_LEN + cap);
    if (block == NULL)
        return NULL;
    memcpy(block, &cap, sizeof cap);
    return block + HEAD_LEN;
}

void out_free(void *arg, const void *data)
{
    (void)arg;
    if (data == NULL)
        return;
    char *block = (char *)(uintptr_t)data - HEAD_LEN;
    size_t cap;
    memcpy(&cap, block, sizeof cap);
    schuil_wipe(block, HEAD_LEN + cap);
    free(block);
}

void out_done(struct out *out)
{
    out_free(NULL, out->data);
    *out = (struct out){0};
}

void out_reserve(struct out *out, size_t more)
{
    if (out->has_failed || more <= out->cap - out->len)
        return;
    size_t cap = out->cap < FIRST_CAP ? FIRST_CAP : out->cap * 2;
    if (cap < out->len + more)
        cap = out->len + more;
    char *data = block_new(cap);
    if (data == NULL) {
        out->has_failed = true;
        return;
    }
    if (out->len > 0)
        memcpy(data, out->data, out->len);
    out_free(NULL, out->data);
    out->data = data;
    out->cap = cap;
}

void out_put(struct out *out, const char *data, size_t len)
{
    out_reserve(out, len);
    if (out->has_failed || len == 0)
        return;
    memcpy(out->data + out->len, data, len);
    out->len += len;
}

void out_text(struct out *out, const char *text)
{
    out_put(out, text, strlen(text));
}

void out_number(struct out *out, int64_t value)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        text[--at] = '-';
    out_put(out, text + at, sizeof text - at);
}

void out_format(struct out *out, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof text)
        out->has_failed = true;
    else
        out_put(out, text, (size_t)len);
}

static void character_put(struct out *out, unsigned char c)
{
    char text[8];
    if (c == '"' || c == '\\')
        snprintf(text, sizeof text, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
        snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
    else
        snprintf(text, sizeof text, "%c", c);
    out_text(out, text);
}

void out_string(struct out *out, const char *text)
{
    if (text == NULL) {
        out_text(out, "null");
        return;
    }
    out_text(out, "\"");
    for (; *text != '\0'; text++)
        character_put(out, (unsigned char)*text);
    out_text(out, "\"");
}

void out_time(struct out *out, int64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm parts;
    char text[40];
    if (time_us == INT64_MAX || gmtime_r(&seconds, &parts) == NULL ||
        strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%SZ\"", &parts) == 0) {
        out_text(out, "null");
        return;
    }
    out_text(out, text);
}

/* ---- the answer of issue, translate and reverse ---- */

/* Room for all of an answer is made at once: room_of bounds what is written, so that nothing is
 * copied twice, nor more wiped than was needed. The writer ends where the room does. */

enum {
    LABEL_CAP = LIMIT_TREF_LEN + 6,    /* ,"TREF":" */
    PROVIDER_CAP = LIMIT_CODE_LEN + 16 /* ,"provider":"CODE" */
};

struct answer {
    const struct work *work;
    struct writer w;
    struct label {
        char text[LABEL_CAP]; /* with a comma before it, which the first of a record leaves out */
        size_t len;
    } labels[LIMIT_TYPE_COUNT];
    /* of the record before: most of a request are one provider's */
    uint32_t provider;
    struct bytes provider_code; /* data NULL: it has none */
};

static const char record_head[] = ",{\"pseudonyms\":{", record_new[] = "},\"newPseudonyms\":{",
                  values_head[] = ",{\"attributes\":{", record_middle[] = "},\"diagnostics\":[",
                  provider_head[] = ",\"provider\":", entry_code[] = ",{\"code\":",
                  entry_name[] = ",\"name\":\"", entry_field[] = "\",\"field\":\"",
                  entry_severity[] = "\",\"severity\":\"", entry_message[] = "\",\"message\":\"";

/* What a record takes beside texts and entries. */
static_assert(sizeof values_head <= sizeof record_head, "one room for both");
enum {
    RECORD_ROOM = sizeof record_head + sizeof record_new + sizeof record_middle + PROVIDER_CAP + 4
};
enum {
    CODE_DIGITS = 4,
    ENTRY_ROOM = sizeof entry_code + sizeof entry_name + sizeof entry_field +
                 sizeof entry_severity + sizeof entry_message + CODE_DIGITS + 2
};

static inline void put_text(struct writer *w, const char *text)
{
    put_bytes(w, bytes_text(text));
}

/* Codes, names, trefs and the register's texts have no character that JSON escapes. */
static void entry_put(struct writer *w, const struct diagnostic_entry *entry, bool is_first)
{
    const struct diagnostic_row *row = schuil_diagnostic((enum schuil_diagnostic)entry->row);
    put_text(w, entry_code + (is_first ? 1 : 0));
    for (unsigned power = 1000; power > 0; power /= 10)
        put_u8(w, (uint8_t)('0' + row->code / power % 10));
    put_text(w, entry_name);
    put_text(w, row->name);
    put_text(w, entry_field);
    put_text(w, entry->field);
    put_text(w, entry_severity);
    put_text(w, row->severity);
    put_text(w, entry_message);
    put_text(w, row->text);
    put_text(w, "\"}");
}

static size_t entry_room(const struct diagnostic_entry *entry)
{
    const struct diagnostic_row *row = schuil_diagnostic((enum schuil_diagnostic)entry->row);
    return ENTRY_ROOM + strlen(row->name) + strlen(entry->field) + strlen(row->severity) +
           strlen(row->text);
}

static void pseudonyms_put(struct answer *a, const uint32_t *job_of, uint32_t record)
{
    const struct work *work = a->work;
    bool is_first = true;
    for (uint16_t c = 0; work->job_count > 0 && c < work->type_count; c++) {
        uint32_t at = job_of[(size_t)c * work->record_count + record];
        if (at == 0 || !work->jobs[at - 1].is_ok)
            continue;
        const struct job *job = &work->jobs[at - 1];
        size_t skipped = is_first ? 1 : 0;
        put_bytes(&a->w, bytes_of(a->labels[c].text + skipped, a->labels[c].len - skipped));
        put_bytes(&a->w, bytes_of(job->text, job->text_len));
        put_u8(&a->w, '"');
        is_first = false;
    }
}

/* A canonical value: UTF-8 without control characters. */
static void value_put(struct writer *w, struct bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            put_u8(w, '\\');
        put_u8(w, value.data[i]);
    }
}

static uint16_t attribute_of(const struct work *work, uint16_t column)
{
    return work->types[column]->parts[0].attribute;
}

/* Whether a column before this one is of the same attribute. */
static bool is_repeated(const struct work *work, uint16_t column)
{
    uint16_t c = 0;
    while (c < column && attribute_of(work, c) != attribute_of(work, column))
        c++;
    return c < column;
}

static void attributes_put(struct answer *a, uint32_t record)
{
    const struct work *work = a->work;
    bool is_first = true;
    for (uint16_t c = 0; c < work->type_count; c++) {
        struct bytes value = schuil_work_value(work, record, attribute_of(work, c));
        if (value.data == NULL || is_repeated(work, c))
            continue;
        size_t skipped = is_first ? 1 : 0;
        put_bytes(&a->w, bytes_of(a->labels[c].text + skipped, a->labels[c].len - skipped));
        value_put(&a->w, value);
        put_u8(&a->w, '"');
        is_first = false;
    }
}

static void provider_put(struct answer *a, uint32_t provider)
{
    if (provider != a->provider) {
        const struct organisation *o = schuil_organisation_by_number(a->work->snapshot, provider);
        a->provider_code = o == NULL ? (struct bytes){0} : bytes_text(o->code);
        a->provider = provider;
    }
    put_text(&a->w, provider_head);
    if (a->provider_code.data == NULL) {
        put_text(&a->w, "null");
        return;
    }
    put_u8(&a->w, '"');
    put_bytes(&a->w, a->provider_code);
    put_u8(&a->w, '"');
}

static void record_put(struct answer *a, uint32_t i)
{
    const struct record *record = &a->work->records[i];
    bool is_reverse = a->work->verb == WORK_REVERSE;
    put_text(&a->w, (is_reverse ? values_head : record_head) + (i == 0 ? 1 : 0));
    if (is_reverse)
        attributes_put(a, i);
    else
        pseudonyms_put(a, a->work->job_of, i);
    if (a->work->new_job_of != NULL) {
        put_text(&a->w, record_new);
        pseudonyms_put(a, a->work->new_job_of, i);
    }
    put_text(&a->w, record_middle);
    for (const struct diagnostic_entry *e = record->first; e != NULL; e = e->next)
        entry_put(&a->w, e, e == record->first);
    put_u8(&a->w, ']');
    if (a->work->verb == WORK_TRANSLATE)
        provider_put(a, record->provider);
    put_u8(&a->w, '}');
}

/* The key of a column's member: its type, or the attribute that its type holds. */
static const char *label_of(const struct work *work, uint16_t column)
{
    size_t count;
    if (work->verb != WORK_REVERSE)
        return work->types[column]->tref;
    return schuil_attributes(work->snapshot, &count)[attribute_of(work, column)].code;
}

static void labels_make(struct answer *a)
{
    for (uint16_t c = 0; c < a->work->type_count; c++) {
        struct label *label = &a->labels[c];
        struct writer w = writer_over(label->text, sizeof label->text);
        put_text(&w, ",\"");
        put_text(&w, label_of(a->work, c));
        put_text(&w, "\":\"");
        label->len = w.len;
    }
}

/* At least what the records of the answer take. Values may be escaped, a byte becoming two. */
static size_t room_of(const struct answer *a)
{
    const struct work *work = a->work;
    size_t times = work->verb == WORK_REVERSE ? 2 : 1;
    size_t room = (size_t)work->record_count * RECORD_ROOM;
    for (uint32_t i = 0; i < work->job_count; i++)
        room += a->labels[work->jobs[i].column].len + times * work->jobs[i].text_len + 1;
    for (uint32_t i = 0; i < work->record_count; i++)
        for (const struct diagnostic_entry *e = work->records[i].first; e != NULL; e = e->next)
            room += entry_room(e);
    return room;
}

static void head_put(struct out *out, const struct work *work, int64_t elapsed_us)
{
    uint64_t speed = work->made_count * 1000000 / (uint64_t)(elapsed_us > 0 ? elapsed_us : 1);
    out_text(out, "{\"statistics\":{\"pseudonymTotal\":");
    out_number(out, (int64_t)work->made_count);
    out_text(out, ",\"errorTotal\":");
    out_number(out, work->error_count);
    out_text(out, ",\"speed\":");
    out_number(out, (int64_t)speed);
    out_text(out, "},\"records\":[");
}

void out_work(struct out *out, const struct work *work, int64_t elapsed_us)
{
    enum { ENDS_ROOM = 160 }; /* the head, and the end that the writer does not put */
    struct answer a = {.work = work};
    labels_make(&a);
    size_t room = room_of(&a);
    out_reserve(out, ENDS_ROOM + room);
    head_put(out, work, elapsed_us);
    out_reserve(out, room);
    if (out->has_failed)
        return;
    a.w = writer_over(out->data + out->len, room);
    for (uint32_t i = 0; i < work->record_count; i++)
        record_put(&a, i);
    assert(!a.w.is_full);
    out->has_failed = a.w.is_full;
    out->len += a.w.len;
    out_text(out, "]}");
}
