/* SPDX-License-Identifier: Apache-2.0 */
/* Kind date: a real Gregorian date from 1850 to tomorrow, in one of three forms.
 * Source: PROTOCOL section 2. */
#include "attributes/kinds.h"

/* A form: D, M and Y stand for digits of day, month and year, anything else for itself. */
static const char *const forms[] = {"YYYYMMDD", "YYYY-MM-DD", "DD-MM-YYYY"};

enum { FORM_COUNT = sizeof forms / sizeof forms[0], FIRST_YEAR = 1850 };

struct date {
    int year, month, day;
};

static int *date_part(struct date *date, char letter)
{
    switch (letter) {
    case 'Y':
        return &date->year;
    case 'M':
        return &date->month;
    case 'D':
        return &date->day;
    default:
        return NULL;
    }
}

static bool form_read(const char *form, struct bytes value, struct date *ret)
{
    *ret = (struct date){0};
    if (value.len != strlen(form))
        return false;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        int *part = date_part(ret, form[i]);
        if (part == NULL && c != (uint8_t)form[i])
            return false;
        if (part != NULL && !is_digit(c))
            return false;
        if (part != NULL)
            *part = *part * 10 + (c - '0');
    }
    return true;
}

static bool date_read(struct bytes value, struct date *ret)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (form_read(forms[i], value, ret))
            return true;
    }
    return false;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_real(struct date d)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d.month > 12)
        return false;
    return d.day <= days[d.month - 1] + (d.month == 2 && is_leap(d.year) ? 1 : 0);
}

/* Days since 1970 of a real date from year 1 on. Years are counted from March, so that the leap day
 * is a year's last; month m of such a year (0 .. 11) begins at day (153 * m + 2) / 5. */
static int64_t date_days(struct date d)
{
    int year = d.month > 2 ? d.year : d.year - 1;
    int month = d.month > 2 ? d.month - 3 : d.month + 9;
    int64_t before = (int64_t)year * 365 + year / 4 - year / 100 + year / 400;
    int64_t since_march = (153 * month + 2) / 5 + d.day - 1;
    return before + since_march - 719468; /* 1 March of year 0 to 1 January 1970 */
}

static void date_write(struct date d, struct canonical *ret)
{
    int digits = d.year * 10000 + d.month * 100 + d.day;
    ret->len = 8;
    for (size_t i = ret->len; i > 0; i--) {
        ret->data[i - 1] = (uint8_t)('0' + digits % 10);
        digits /= 10;
    }
}

enum schuil_diagnostic date_normalise(const struct normaliser *n, struct bytes value,
                                      struct canonical *ret)
{
    struct date date;
    if (!date_read(value, &date))
        return DIAG_DATE_FORMAT;
    if (date.year == 0 || date.month == 0 || date.day == 0)
        return DIAG_DATE_UNKNOWN;
    if (!is_real(date))
        return DIAG_DATE_UNREAL;
    if (date.year < FIRST_YEAR || date_days(date) > n->today_days + 1)
        return DIAG_DATE_RANGE;
    date_write(date, ret);
    return DIAG_NONE;
}
