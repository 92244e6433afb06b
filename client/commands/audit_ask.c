/* SPDX-License-Identifier: Apache-2.0 */
/* What export and report share: the span of time, the call, a cell of CSV. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "audit.h"
#include "csv/writer.h"
#include "fail.h"
#include "memory.h"

/* ---- the span ---- */

static bool digits_are(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++)
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
            return false;
    return *text == '\0';
}

/* The digits at a place that digits_are has looked at. */
static int number_at(const char *text, size_t at)
{
    return (int)strtol(text + at, NULL, 10);
}

/* Midnight UTC of a day, or -1: there is no such day. */
static long long midnight_us(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    time_t at = timegm(&tm); /* turns the 31st of a short month into the next month's 1st */
    bool is_same = tm.tm_mon == month - 1 && tm.tm_mday == day && year >= 1970;
    return is_same ? (long long)at * 1000000 : -1;
}

static SCHUIL_RC day_set(const struct arguments *arguments, const char *option, const char *field,
                         json_t *body)
{
    const char *text = arguments_value(arguments, option);
    if (text == NULL)
        return SCHUIL_OK;
    long long us = digits_are(text, "0000-00-00")
                       ? midnight_us(number_at(text, 0), number_at(text, 5), number_at(text, 8))
                       : -1;
    if (us < 0)
        return fail(RC_INPUT_USAGE, "--%s is a day, YYYY-MM-DD", option);
    ENSURE(json_object_set_new(body, field, json_integer(us)) == 0, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static SCHUIL_RC month_set(const char *text, json_t *body)
{
    int year = 0, month = 0;
    if (digits_are(text, "0000-00")) {
        year = number_at(text, 0);
        month = number_at(text, 5);
    }
    long long from = midnight_us(year, month, 1);
    long long to = month == 12 ? midnight_us(year + 1, 1, 1) : midnight_us(year, month + 1, 1);
    if (from < 0 || to < 0)
        return fail(RC_INPUT_USAGE, "--period is a month, YYYY-MM");
    ENSURE(json_object_set_new(body, "fromUs", json_integer(from)) == 0, RC_INTERNAL_MEMORY);
    ENSURE(json_object_set_new(body, "toUs", json_integer(to)) == 0, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}

static SCHUIL_RC span_set(const struct arguments *arguments, json_t *body)
{
    const char *period = arguments_value(arguments, "period");
    bool has_days = arguments_value(arguments, "from") || arguments_value(arguments, "to");
    if (period != NULL && has_days)
        return fail(RC_INPUT_USAGE, "--period, or --from and --to, not both");
    if (period != NULL)
        return month_set(period, body);
    /* One moment for all pages, also when nobody says where to stop. */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    json_int_t now_us = (json_int_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    ENSURE(json_object_set_new(body, "fromUs", json_integer(0)) == 0, RC_INTERNAL_MEMORY);
    ENSURE(json_object_set_new(body, "toUs", json_integer(now_us)) == 0, RC_INTERNAL_MEMORY);
    TRY(day_set(arguments, "from", "fromUs", body));
    return day_set(arguments, "to", "toUs", body);
}

SCHUIL_RC audit_span(const struct arguments *arguments, json_t **ret)
{
    *ret = json_object();
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = span_set(arguments, *ret);
    if (!schuil_is_ok(rc)) {
        json_decref(*ret);
        *ret = NULL;
    }
    return rc;
}

/* ---- the call ---- */

SCHUIL_RC audit_ask(const struct profile *profile, const char *path, const json_t *body,
                    struct https_call *ret)
{
    *ret = (struct https_call){.handle = NULL};
    char *text = json_dumps(body, JSON_COMPACT);
    ENSURE(text != NULL, RC_INTERNAL_MEMORY);
    struct schuil_rc rc = https_call_make(profile, "POST", path, bytes_text(text), ret);
    if (schuil_is_ok(rc))
        rc = https_call_run(ret);
    if (schuil_is_ok(rc))
        rc = answer_check(ret);
    memory_free(text);
    return rc;
}

/* ---- CSV ---- */

SCHUIL_RC audit_csv_put(struct buffer *out, const char *text, bool is_last)
{
    struct bytes cell = bytes_text(text);
    bool is_formula = cell.len > 0 && strchr("=+-@\t\r", text[0]) != NULL;
    if (is_formula)
        TRY(buffer_put_char(out, '\''));
    TRY(csv_field_put(out, ',', cell, false));
    return is_last ? buffer_put_text(out, "\r\n") : buffer_put_char(out, ',');
}
