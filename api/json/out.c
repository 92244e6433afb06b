/* SPDX-License-Identifier: Apache-2.0 */
/* Writes answers. jansson is not used here: an answer of 10,000 records would be a tree of 100,000
 * small allocations that only repeats what the batch holds already. Pseudonyms and codes are made
 * of characters that need no escaping; out_string escapes all that comes from outside.
 * Block: { cap (size_t, padded to 16) | data ... }: out_free knows from it how much to wipe. */
#include "json/out.h"

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
    int len = snprintf(text, sizeof text, "%lld", (long long)value);
    out_put(out, text, (size_t)len);
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

/* ---- the answer of issue and translate ---- */

static void pseudonyms_put(struct out *out, const struct work *work, uint32_t record)
{
    bool is_first = true;
    out_text(out, "{\"pseudonyms\":{");
    for (uint16_t column = 0; column < work->type_count; column++) {
        uint32_t at =
            work->job_count == 0 ? 0 : work->job_of[(size_t)column * work->record_count + record];
        if (at == 0 || !work->jobs[at - 1].is_ok)
            continue;
        const struct job *job = &work->jobs[at - 1];
        out_text(out, is_first ? "\"" : ",\"");
        out_text(out, work->types[column]->tref);
        out_text(out, "\":\"");
        out_put(out, job->text, job->text_len);
        out_text(out, "\"");
        is_first = false;
    }
    out_text(out, "}");
}

static void diagnostic_put(struct out *out, const struct diagnostic_entry *entry)
{
    const struct diagnostic_row *row = schuil_diagnostic((enum schuil_diagnostic)entry->row);
    out_text(out, "{\"code\":");
    out_number(out, row->code);
    out_text(out, ",\"name\":\"");
    out_text(out, row->name);
    out_text(out, "\",\"field\":");
    out_string(out, entry->field);
    out_text(out, ",\"severity\":\"");
    out_text(out, row->severity);
    out_text(out, "\",\"message\":");
    out_string(out, row->text);
    out_text(out, "}");
}

static void diagnostics_put(struct out *out, const struct record *record)
{
    out_text(out, ",\"diagnostics\":[");
    for (const struct diagnostic_entry *e = record->first; e != NULL; e = e->next) {
        if (e != record->first)
            out_text(out, ",");
        diagnostic_put(out, e);
    }
    out_text(out, "]");
}

static void provider_put(struct out *out, const struct work *work, uint32_t provider)
{
    const struct organisation *o =
        provider == 0 ? NULL : schuil_organisation_by_number(work->snapshot, provider);
    out_text(out, ",\"provider\":");
    out_string(out, o == NULL ? NULL : o->code);
}

static void record_put(struct out *out, const struct work *work, uint32_t record)
{
    pseudonyms_put(out, work, record);
    diagnostics_put(out, &work->records[record]);
    if (work->verb == WORK_TRANSLATE)
        provider_put(out, work, work->records[record].provider);
    out_text(out, "}");
}

void out_work(struct out *out, const struct work *work, int64_t elapsed_us)
{
    uint64_t speed = work->made_count * 1000000 / (uint64_t)(elapsed_us > 0 ? elapsed_us : 1);
    out_reserve(out, 256 + (size_t)work->record_count * 96 +
                         (size_t)work->job_count * (LIMIT_TEXT_T_LEN + LIMIT_TREF_LEN + 8));
    out_text(out, "{\"statistics\":{\"pseudonymTotal\":");
    out_number(out, (int64_t)work->made_count);
    out_text(out, ",\"errorTotal\":");
    out_number(out, work->error_count);
    out_text(out, ",\"speed\":");
    out_number(out, (int64_t)speed);
    out_text(out, "},\"records\":[");
    for (uint32_t i = 0; i < work->record_count; i++) {
        if (i > 0)
            out_text(out, ",");
        record_put(out, work, i);
    }
    out_text(out, "]}");
}
