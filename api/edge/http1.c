/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request, byte by byte. What each element must look like as a whole stands in
 * http1_rules.c; here is only which byte may follow which.
 *
 *   METHOD SP TARGET SP VERSION CR LF  ( NAME : VALUE CR LF )*  CR LF
 *
 * Invariant: data[0 .. head->len) has been judged, each byte once. Sources: RFC 9112, 2 to 5. */
#include "http1.h"

#include "http1_rules.h"

enum head_state {
    STATE_METHOD,
    STATE_TARGET,
    STATE_VERSION,
    STATE_REQUEST_LF,
    STATE_LINE_START,
    STATE_NAME,
    STATE_VALUE,
    STATE_VALUE_LF,
    STATE_END_LF,
    STATE_DONE,
    STATE_REFUSED
};

void http1_head_init(struct http1_head *head)
{
    memset(head, 0, sizeof *head);
    head->state = STATE_METHOD;
}

static void refuse(struct http1_head *head, enum schuil_rc_code code, const char *why)
{
    head->state = STATE_REFUSED;
    head->rc = schuil_rc(code);
    head->why = why;
}

/* Go on in the next state, or refuse when a rule was broken. */
static void go_on(struct http1_head *head, const char *broken, enum head_state next)
{
    if (broken != NULL)
        refuse(head, RC_INPUT_HTTP, broken);
    else
        head->state = (int)next;
}

static void read_method(struct http1_head *head, uint8_t c, size_t at)
{
    if (c == ' ' && at > 0) {
        head->target_at = (uint16_t)(at + 1);
        head->state = STATE_TARGET;
        return;
    }
    if (!http1_is_tchar(c) || at >= LIMIT_METHOD_LEN) {
        refuse(head, RC_INPUT_HTTP, "the method is not a short token followed by one space");
        return;
    }
    head->method[at] = (char)c;
}

static void read_target(struct http1_head *head, uint8_t c, size_t at)
{
    size_t len = at - head->target_at;

    if (c == ' ') {
        head->target_len = (uint16_t)len;
        head->mark = at + 1;
        go_on(head, len > 0 ? NULL : "the request target is missing", STATE_VERSION);
        return;
    }
    if (!http1_is_target_char(c))
        refuse(head, RC_INPUT_HTTP, "the request target has a character that no URI has");
    else if (len >= LIMIT_TARGET_LEN)
        refuse(head, RC_LIMIT_TARGET, "the request target is too long");
}

/* HTTP/d.d, in capitals. */
static void read_version(struct http1_head *head, uint8_t c, size_t at)
{
    static const char form[] = "HTTP/0.0\r";
    size_t i = at - head->mark;
    bool fits = form[i] == '0' ? c >= '0' && c <= '9' : c == (uint8_t)form[i];

    if (!fits)
        refuse(head, RC_INPUT_HTTP, "the version is not HTTP/ with two digits, at the line's end");
    else if (c == '\r')
        head->state = STATE_REQUEST_LF;
}

static void end_request_line(struct http1_head *head, const uint8_t *data, uint8_t c)
{
    if (c != '\n')
        refuse(head, RC_INPUT_HTTP, "a carriage return without a line feed");
    else if (data[head->mark + 5] != '1' || data[head->mark + 7] != '1')
        refuse(head, RC_INPUT_VERSION, "the version is not HTTP/1.1");
    else
        go_on(head, http1_judge_target(head, data), STATE_LINE_START);
}

static void start_line(struct http1_head *head, uint8_t c, size_t at)
{
    if (c == '\r')
        head->state = STATE_END_LF;
    else if (c == ' ' || c == '\t')
        refuse(head, RC_INPUT_HTTP, "a folded line, or white space before the first field");
    else if (!http1_is_tchar(c))
        refuse(head, RC_INPUT_HTTP, "a field name is not a token");
    else if (head->field_count == LIMIT_HEADER_COUNT)
        refuse(head, RC_LIMIT_HEAD, "too many fields");
    else {
        head->fields[head->field_count].name_at = (uint16_t)at;
        head->state = STATE_NAME;
    }
}

static void read_name(struct http1_head *head, uint8_t c, size_t at)
{
    struct http1_field *field = &head->fields[head->field_count];

    if (http1_is_tchar(c))
        return;
    if (c != ':') {
        refuse(head, RC_INPUT_HTTP, "a field name is not a token followed by a colon");
        return;
    }
    field->name_len = (uint16_t)(at - field->name_at);
    field->value_at = (uint16_t)(at + 1);
    head->text_end = at + 1;
    head->state = STATE_VALUE;
}

static void read_value(struct http1_head *head, uint8_t c, size_t at)
{
    struct http1_field *field = &head->fields[head->field_count];
    bool is_empty = head->text_end == field->value_at;

    if (c == '\r')
        head->state = STATE_VALUE_LF;
    else if (c == ' ' || c == '\t') {
        if (is_empty) /* white space before the value */
            head->text_end = field->value_at = (uint16_t)(at + 1);
    } else if (c < 0x20 || c == 0x7f)
        refuse(head, RC_INPUT_HTTP, "a control character, or a line end without carriage return");
    else
        head->text_end = at + 1;
}

static void end_field(struct http1_head *head, const uint8_t *data, uint8_t c)
{
    struct http1_field *field = &head->fields[head->field_count];

    if (c != '\n') {
        refuse(head, RC_INPUT_HTTP, "a carriage return without a line feed");
        return;
    }
    field->value_len = (uint16_t)(head->text_end - field->value_at);
    go_on(head, http1_judge_field(head, data, field), STATE_LINE_START);
    head->field_count++;
}

static void end_head(struct http1_head *head, const uint8_t *data, uint8_t c)
{
    if (c != '\n')
        refuse(head, RC_INPUT_HTTP, "a carriage return without a line feed");
    else
        go_on(head, http1_judge_fields(head, data), STATE_DONE);
}

static void read_byte(struct http1_head *head, const uint8_t *data)
{
    size_t at = head->len++;
    uint8_t c = data[at];

    switch ((enum head_state)head->state) {
    case STATE_METHOD:
        read_method(head, c, at);
        return;
    case STATE_TARGET:
        read_target(head, c, at);
        return;
    case STATE_VERSION:
        read_version(head, c, at);
        return;
    case STATE_REQUEST_LF:
        end_request_line(head, data, c);
        return;
    case STATE_LINE_START:
        start_line(head, c, at);
        return;
    case STATE_NAME:
        read_name(head, c, at);
        return;
    case STATE_VALUE:
        read_value(head, c, at);
        return;
    case STATE_VALUE_LF:
        end_field(head, data, c);
        return;
    case STATE_END_LF:
        end_head(head, data, c);
        return;
    case STATE_DONE:
    case STATE_REFUSED:
        return;
    }
}

/* Most bytes of a head are plain ones of a value, which change nothing but where it ends: they are
 * passed without going through the machine for each. */
static void pass_value(struct http1_head *head, const uint8_t *data, size_t len)
{
    size_t end = len < LIMIT_HEAD_LEN ? len : LIMIT_HEAD_LEN;
    size_t at = head->len;

    while (at < end && data[at] > ' ' && data[at] != 0x7f)
        at++;
    if (at > head->len)
        head->text_end = head->len = at;
}

enum http1_verdict http1_head_read(struct http1_head *head, const uint8_t *data, size_t len)
{
    while (head->state < STATE_DONE && head->len < len) {
        if (head->len == LIMIT_HEAD_LEN)
            refuse(head, RC_LIMIT_HEAD, "the head is too large");
        else
            read_byte(head, data);
        if (head->state == STATE_VALUE)
            pass_value(head, data, len);
    }
    if (head->state == STATE_REFUSED)
        return HTTP1_REFUSED;
    return head->state == STATE_DONE ? HTTP1_DONE : HTTP1_MORE;
}
