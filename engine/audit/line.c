/* SPDX-License-Identifier: Apache-2.0 */
/* One event as a line of JSON, in the shape of NEN 7513, and back. The line holds each column once,
 * under a name and group of audit_export.def, so nothing in it can be altered beside what the
 * link covers:
 *
 *     {"chain":"HEX","i":5,"event":{...},"user":{...},"object":{...},"auditSource":{...},
 *      "link":"HEX","signature":"HEX" or null}
 *
 * The reader takes the writer's form and no other JSON of the same meaning: one text for each
 * event. By hand because client and server both need it, and share no JSON library.
 * Sources: RFC 8259 section 7; NEN 7513:2018; docs/protocol.md, "Audit: statements and exports". */
#include "audit/scan.h"
#include "schuilnaam/engine/audit_proof.h"

enum field_form { TEXT, NUMBER, TIME, LIST, NUMBERS };
enum field_group { event, user, object, auditSource };

struct field {
    enum audit_column column;
    enum field_group group;
    enum field_form form;
    const char *start; /* "\"eventID\":" */
};

static const struct field fields[] = {
#define AUDIT_FIELD(column, group, name, form) {AUDIT_COL_##column, group, form, "\"" name "\":"},
#include "schuilnaam/audit_export.def"
#undef AUDIT_FIELD
};
enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };
_Static_assert((int)FIELD_COUNT == (int)AUDIT_COL_COUNT, "a line holds every column once");

static const char *const group_starts[] = {
    [event] = ",\"event\":{",
    [user] = "},\"user\":{",
    [object] = "},\"object\":{",
    [auditSource] = "},\"auditSource\":{",
};

/* What stands before field f: its group, or a comma. */
static const char *field_before(size_t f)
{
    return f == 0 || fields[f].group != fields[f - 1].group ? group_starts[fields[f].group] : ",";
}

/* ---- times ---- */

enum { DAY_S = 86400, SECOND_US = 1000000, TIME_TEXT_LEN = 27 };
#define YEAR_10000_S ((int64_t)253402300800)

struct date {
    unsigned year, month, day;
};

/* The days of 400 years repeat; a year begins in March, so that the leap day is its last. */
static struct date date_of_days(int64_t days)
{
    unsigned era_day = (unsigned)((days + 719468) % 146097);
    unsigned era = (unsigned)((days + 719468) / 146097);
    unsigned year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    unsigned year_day = era_day - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * year_day + 2) / 153;
    struct date d = {.day = year_day - (153 * month + 2) / 5 + 1};
    d.month = month < 10 ? month + 3 : month - 9;
    d.year = era * 400 + year + (d.month <= 2 ? 1 : 0);
    return d;
}

static int64_t days_of_date(struct date d)
{
    unsigned year = d.year - (d.month <= 2 ? 1 : 0);
    unsigned month = d.month > 2 ? d.month - 3 : d.month + 9;
    unsigned in_era = year % 400;
    unsigned day = in_era * 365 + in_era / 4 - in_era / 100 + (153 * month + 2) / 5 + d.day - 1;
    return (int64_t)(year / 400) * 146097 + day - 719468;
}

static void put_padded(struct writer *w, unsigned number, unsigned width)
{
    unsigned unit = 1;
    while (--width > 0)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        put_u8(w, (uint8_t)('0' + number / unit % 10));
}

static bool put_time(struct writer *w, struct bytes decimal)
{
    struct scan s = scan_over(decimal);
    int64_t us = (int64_t)scan_decimal(&s);
    if (!scan_is_done(&s) || us < 0 || us / SECOND_US >= YEAR_10000_S)
        return false;
    struct date d = date_of_days(us / SECOND_US / DAY_S);
    unsigned second = (unsigned)(us / SECOND_US % DAY_S);
    const struct {
        const char *before;
        unsigned number, width;
    } parts[] = {
        {"\"", d.year, 4},
        {"-", d.month, 2},
        {"-", d.day, 2},
        {"T", second / 3600, 2},
        {":", second / 60 % 60, 2},
        {":", second % 60, 2},
        {".", (unsigned)(us % SECOND_US), 6},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        put_text(w, parts[i].before);
        put_padded(w, parts[i].number, parts[i].width);
    }
    put_text(w, "Z\"");
    return true;
}

static unsigned scan_padded(struct scan *s, const char *before, size_t width, unsigned most)
{
    unsigned number = 0;
    scan_literal(s, before);
    struct bytes digits = scan_take(s, width);
    for (size_t i = 0; i < digits.len; i++) {
        s->is_bad |= digits.data[i] < '0' || digits.data[i] > '9';
        number = number * 10 + (unsigned)(digits.data[i] - '0');
    }
    s->is_bad |= number > most;
    return number;
}

static void time_scan(struct scan *s, struct writer *w)
{
    struct date d = {.year = scan_padded(s, "\"", 4, 9999)};
    d.month = scan_padded(s, "-", 2, 12);
    d.day = scan_padded(s, "-", 2, 31);
    int64_t second = (int64_t)scan_padded(s, "T", 2, 23) * 3600;
    second += (int64_t)scan_padded(s, ":", 2, 59) * 60;
    second += scan_padded(s, ":", 2, 59);
    unsigned us = scan_padded(s, ".", 6, 999999);
    scan_literal(s, "Z\"");
    if (s->is_bad || d.year < 1970 || d.month < 1 || d.day < 1) {
        s->is_bad = true;
        return;
    }
    int64_t days = days_of_date(d);
    struct date same = date_of_days(days);
    s->is_bad = same.month != d.month || same.day != d.day;
    put_decimal(w, (days * DAY_S + second) * SECOND_US + us);
}

/* ---- texts ---- */

static const char hex_digits[] = "0123456789abcdef";

static void put_string(struct writer *w, struct bytes text)
{
    put_u8(w, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c < 0x20) {
            put_text(w, "\\u00");
            put_u8(w, (uint8_t)hex_digits[c >> 4]);
            put_u8(w, (uint8_t)hex_digits[c & 15]);
            continue;
        }
        if (c == '"' || c == '\\')
            put_u8(w, '\\');
        put_u8(w, c);
    }
    put_u8(w, '"');
}

static void escape_scan(struct scan *s, struct writer *w)
{
    uint8_t control;
    if (scan_try(s, "\"")) {
        put_u8(w, '"');
    } else if (scan_try(s, "\\")) {
        put_u8(w, '\\');
    } else {
        scan_literal(s, "u00");
        scan_hex(s, &control, 1);
        s->is_bad |= control >= 0x20 || control == 0;
        put_u8(w, control);
    }
}

static void string_scan(struct scan *s, struct writer *w)
{
    scan_literal(s, "\"");
    while (!s->is_bad && !scan_try(s, "\"")) {
        if (scan_try(s, "\\")) {
            escape_scan(s, w);
            continue;
        }
        struct bytes c = scan_take(s, 1);
        s->is_bad |= c.len == 1 && c.data[0] < 0x20;
        put_bytes(w, c);
    }
}

/* ---- numbers ---- */

static bool put_number(struct writer *w, struct bytes decimal)
{
    struct scan s = scan_over(decimal);
    bool is_negative = scan_try(&s, "-");
    uint64_t number = scan_decimal(&s);
    if (!scan_is_done(&s) || (is_negative && number == 0))
        return false;
    put_bytes(w, decimal);
    return true;
}

static void number_scan(struct scan *s, struct writer *w)
{
    bool is_negative = scan_try(s, "-");
    struct bytes digits = scan_digits(s);
    s->is_bad |= is_negative && digits.len == 1 && digits.data[0] == '0';
    if (is_negative)
        put_u8(w, '-');
    put_bytes(w, digits);
}

/* ---- lists: LV by LV ---- */

static bool put_element(struct writer *w, struct bytes element, bool is_number)
{
    if (is_number)
        return put_number(w, element);
    put_string(w, element);
    return true;
}

static bool put_list(struct writer *w, struct bytes lvs, bool is_number)
{
    struct scan s = scan_over(lvs);
    put_u8(w, '[');
    for (bool is_first = true; s.rest.len > 0; is_first = false) {
        struct bytes length = scan_take(&s, 2);
        struct bytes element = scan_take(&s, length.len == 2 ? get_u16(length.data) : 0);
        if (!is_first)
            put_u8(w, ',');
        if (s.is_bad || !put_element(w, element, is_number))
            return false;
    }
    put_u8(w, ']');
    return true;
}

static void element_scan(struct scan *s, struct writer *w, bool is_number)
{
    size_t length_at = w->len;
    put_u16(w, 0);
    if (is_number)
        number_scan(s, w);
    else
        string_scan(s, w);
    size_t len = w->len - length_at - 2;
    if (w->is_full || len > UINT16_MAX) {
        s->is_bad = true;
        return;
    }
    struct writer length = writer_over(w->data + length_at, 2);
    put_u16(&length, (uint16_t)len);
}

static void list_scan(struct scan *s, struct writer *w, bool is_number)
{
    scan_literal(s, "[");
    if (scan_try(s, "]"))
        return;
    do {
        element_scan(s, w, is_number);
    } while (!s->is_bad && scan_try(s, ","));
    scan_literal(s, "]");
}

/* ---- a line ---- */

static bool put_cell(struct writer *w, enum field_form form, const struct audit_cell *cell)
{
    if (cell->is_null) {
        put_text(w, "null");
        return true;
    }
    switch (form) {
    case NUMBER:
        return put_number(w, cell->value);
    case TIME:
        return put_time(w, cell->value);
    case LIST:
    case NUMBERS:
        return put_list(w, cell->value, form == NUMBERS);
    default:
        put_string(w, cell->value);
        return true;
    }
}

static void cell_scan(struct scan *s, enum field_form form, struct writer *w,
                      struct audit_cell *ret)
{
    size_t start = w->len;
    *ret = (struct audit_cell){.is_null = scan_try(s, "null")};
    if (ret->is_null)
        return;
    if (form == TIME)
        time_scan(s, w);
    else if (form == NUMBER)
        number_scan(s, w);
    else if (form == TEXT)
        string_scan(s, w);
    else
        list_scan(s, w, form == NUMBERS);
    ret->value = bytes_of(w->data + start, w->len - start);
}

size_t schuil_audit_line_cap(const struct audit_entry *entry)
{
    enum { REST_CAP = 1024 };
    size_t cap = REST_CAP;
    for (size_t c = 0; c < AUDIT_COL_COUNT; c++)
        cap += entry->cells[c].is_null ? 0 : 6 * entry->cells[c].value.len;
    return cap;
}

SCHUIL_RC schuil_audit_line_write(const struct audit_entry *entry, struct writer *w)
{
    ENSURE(!entry->is_unreadable, RC_STORE_DATA);
    put_text(w, "{\"chain\":\"");
    put_hex(w, entry->chain, sizeof entry->chain);
    put_text(w, "\",\"i\":");
    put_decimal(w, (int64_t)entry->i);
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        put_text(w, field_before(f));
        put_text(w, fields[f].start);
        ENSURE(put_cell(w, fields[f].form, &entry->cells[fields[f].column]), RC_STORE_DATA);
    }
    put_text(w, "},\"link\":\"");
    put_hex(w, entry->link, sizeof entry->link);
    put_text(w, "\",\"signature\":");
    put_text(w, entry->is_signed ? "\"" : "null");
    if (entry->is_signed)
        put_hex(w, entry->signature, sizeof entry->signature);
    put_text(w, entry->is_signed ? "\"}\n" : "}\n");
    return SCHUIL_OK;
}

#define STATEMENT_START "{\"statement\":"

void schuil_audit_statement_line_write(struct bytes statement, struct writer *w)
{
    put_text(w, STATEMENT_START);
    put_string(w, statement);
    put_text(w, "}\n");
}

SCHUIL_RC schuil_audit_statement_line_read(struct bytes text, struct writer scratch,
                                           struct bytes *ret)
{
    struct scan s = scan_over(text);
    scan_literal(&s, STATEMENT_START);
    string_scan(&s, &scratch);
    scan_literal(&s, "}");
    ENSURE(scan_is_done(&s) && !scratch.is_full, RC_INPUT_FILE);
    *ret = writer_bytes(&scratch);
    return SCHUIL_OK;
}

static void signature_scan(struct scan *s, struct audit_entry *ret)
{
    scan_literal(s, "\",\"signature\":");
    ret->is_signed = !scan_try(s, "null}");
    if (!ret->is_signed)
        return;
    scan_literal(s, "\"");
    scan_hex(s, ret->signature, sizeof ret->signature);
    scan_literal(s, "\"}");
}

SCHUIL_RC schuil_audit_line_read(struct bytes text, struct writer scratch, struct audit_entry *ret)
{
    struct scan s = scan_over(text);
    *ret = (struct audit_entry){.i = 0};
    scan_literal(&s, "{\"chain\":\"");
    scan_hex(&s, ret->chain, sizeof ret->chain);
    scan_literal(&s, "\",\"i\":");
    ret->i = scan_decimal(&s);
    for (size_t f = 0; f < FIELD_COUNT && !s.is_bad; f++) {
        scan_literal(&s, field_before(f));
        scan_literal(&s, fields[f].start);
        cell_scan(&s, fields[f].form, &scratch, &ret->cells[fields[f].column]);
    }
    scan_literal(&s, "},\"link\":\"");
    scan_hex(&s, ret->link, sizeof ret->link);
    signature_scan(&s, ret);
    ENSURE(scan_is_done(&s) && !scratch.is_full && ret->i <= INT64_MAX, RC_INPUT_FILE);
    return SCHUIL_OK;
}
