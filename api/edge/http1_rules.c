/* SPDX-License-Identifier: Apache-2.0 */
/* What the elements of a head must look like as a whole. Not here: which byte may follow which.
 * Sources: RFC 9112, 3.2 (targets), 6 (framing), 9.6 (Connection); RFC 9110, 7.2 (Host),
 * 10.1.1 (Expect); RFC 3986, 3 (URI). */
#include "http1_rules.h"

#include <arpa/inet.h>

enum { PORT_DIGITS = 5, LENGTH_DIGITS = 18 };

/* Fields that may come once. A second one of these is a doubt, whatever it says: two readers could
 * each believe another. */
enum {
    SEEN_HOST = 1,
    SEEN_LENGTH = 2,
    SEEN_CODING = 4,
    SEEN_EXPECT = 8,
    SEEN_TYPE = 16,
    SEEN_ENCODING = 32,
    SEEN_BEHALF = 64,
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_letter(uint8_t c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

bool http1_is_tchar(uint8_t c)
{
    return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~");
}

/* unreserved and sub-delims */
static bool is_name_char(uint8_t c)
{
    return is_letter(c) || is_digit(c) || is_one_of(c, "-._~!$&'()*+,;=");
}

bool http1_is_target_char(uint8_t c)
{
    return is_name_char(c) || is_one_of(c, ":@/?%[]");
}

static bool text_is(struct bytes text, const char *low)
{
    size_t i = 0;

    while (i < text.len && low[i] != 0 && lower(text.data[i]) == (uint8_t)low[i])
        i++;
    return i == text.len && low[i] == 0;
}

static struct bytes part(struct bytes whole, size_t at)
{
    return bytes_of(whole.data + at, whole.len - at);
}

static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/* Each percent sign begins an encoded byte other than zero, which would end a C string. */
static bool percents_are_right(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '%')
            continue;
        if (text.len - i < 3 || hex_value(text.data[i + 1]) < 0 || hex_value(text.data[i + 2]) < 0)
            return false;
        if (text.data[i + 1] == '0' && text.data[i + 2] == '0')
            return false;
    }
    return true;
}

static bool is_port(struct bytes text)
{
    unsigned port = 0;

    if (text.len == 0)
        return true;
    if (text.data[0] != ':' || text.len > 1 + PORT_DIGITS)
        return false;
    for (size_t i = 1; i < text.len; i++) {
        if (!is_digit(text.data[i]))
            return false;
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    return port <= UINT16_MAX;
}

/* "[" IPv6address "]" [ ":" port ] */
static bool is_literal_authority(struct bytes text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    const uint8_t *end = memchr(text.data, ']', text.len);
    size_t len = end != NULL ? (size_t)(end - text.data) - 1 : sizeof address;

    if (len >= sizeof address)
        return false;
    memcpy(address, text.data + 1, len);
    address[len] = 0;
    return inet_pton(AF_INET6, address, &parsed) == 1 && is_port(part(text, len + 2));
}

/* host [ ":" port ], without user information; the host is never empty. */
static bool is_authority(struct bytes text)
{
    size_t len = 0;

    if (text.len > 0 && text.data[0] == '[')
        return is_literal_authority(text);
    while (len < text.len && (is_name_char(text.data[len]) || text.data[len] == '%'))
        len++;
    return len > 0 && percents_are_right(bytes_of(text.data, len)) && is_port(part(text, len));
}

static size_t scheme_len(struct bytes target)
{
    if (target.len >= 8 && text_is(bytes_of(target.data, 8), "https://"))
        return 8;
    return target.len >= 7 && text_is(bytes_of(target.data, 7), "http://") ? 7 : 0;
}

/* http://authority/path: what lies before the path. 0: the target has another form. */
static struct bytes target_authority(struct bytes target)
{
    size_t at = scheme_len(target);
    size_t end = at;

    while (end < target.len && target.data[end] != '/')
        end++;
    return at > 0 ? bytes_of(target.data + at, end - at) : bytes_of(NULL, 0);
}

const char *http1_judge_target(struct http1_head *head, const uint8_t *data)
{
    struct bytes target = bytes_of(data + head->target_at, head->target_len);
    struct bytes authority = target_authority(target);
    size_t before = authority.len > 0 ? scheme_len(target) + authority.len : 0;
    struct bytes path = part(target, before);

    head->path_at = (uint16_t)(head->target_at + before);
    head->path_len = (uint16_t)path.len;
    if (text_is(target, "*"))
        return strcmp(head->method, "OPTIONS") == 0 ? NULL : "a target of * is for OPTIONS only";
    if (memchr(target.data, '?', target.len) != NULL)
        return "the request target has a query; no path here has one";
    if (before > 0 && !is_authority(authority))
        return "the absolute request target does not parse";
    if (before == 0 && path.data[0] != '/')
        return "the request target is no path";
    if (memchr(path.data, '[', path.len) != NULL || memchr(path.data, ']', path.len) != NULL)
        return "the path has a bracket";
    return percents_are_right(path) ? NULL : "the path has a wrong percent encoding";
}

static const char *judge_length(struct http1_head *head, struct bytes value)
{
    uint64_t length = 0;

    if (value.len == 0 || (value.data[0] == '0' && value.len > 1))
        return "Content-Length is not a plain decimal number";
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.data[i]))
            return "Content-Length is not a plain decimal number";
        if (i < LENGTH_DIGITS)
            length = length * 10 + (uint64_t)(value.data[i] - '0');
    }
    head->content_length = value.len > LENGTH_DIGITS ? UINT64_MAX : length;
    head->framing = HTTP1_LENGTH;
    return NULL;
}

/* Exactly as clients write it: other capitals are legal, but there are readers that overlook them,
 * and then see another message. */
static const char *judge_coding(struct http1_head *head, struct bytes value)
{
    head->framing = HTTP1_CHUNKED;
    return bytes_equal(value, bytes_text("chunked")) ? NULL : "Transfer-Encoding is not chunked";
}

static const char *judge_host(struct http1_head *head, struct bytes value)
{
    head->host = (uint16_t)head->field_count;
    return is_authority(value) ? NULL : "Host is not a host with at most a port";
}

static const char *judge_expect(struct http1_head *head, struct bytes value)
{
    bool is_continue = text_is(value, "100-continue");

    head->expect = is_continue ? HTTP1_EXPECT_CONTINUE : HTTP1_EXPECT_OTHER;
    return NULL;
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len > 0 && is_one_of(text.data[0], " \t"))
        text = part(text, 1);
    while (text.len > 0 && is_one_of(text.data[text.len - 1], " \t"))
        text.len--;
    return text;
}

static bool is_token(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!http1_is_tchar(text.data[i]))
            return false;
    }
    return text.len > 0;
}

/* A list of options, of which only close means something here. Empty elements are legal in lists.
 */
static const char *judge_connection(struct http1_head *head, struct bytes value)
{
    while (value.len > 0) {
        const uint8_t *comma = memchr(value.data, ',', value.len);
        size_t len = comma != NULL ? (size_t)(comma - value.data) : value.len;
        struct bytes option = trimmed(bytes_of(value.data, len));

        if (option.len > 0 && !is_token(option))
            return "Connection is not a list of tokens";
        if (text_is(option, "close"))
            head->closes = true;
        value = part(value, comma != NULL ? len + 1 : len);
    }
    return NULL;
}

static const struct field_rule {
    const char *name; /* lower case */
    unsigned seen;    /* 0: may come more often */
    const char *(*judge)(struct http1_head *head, struct bytes value);
} field_rules[] = {
    {"host", SEEN_HOST, judge_host},
    {"content-length", SEEN_LENGTH, judge_length},
    {"transfer-encoding", SEEN_CODING, judge_coding},
    {"expect", SEEN_EXPECT, judge_expect},
    {"connection", 0, judge_connection},
    {"content-type", SEEN_TYPE, NULL},
    {"content-encoding", SEEN_ENCODING, NULL},
    {"on-behalf-of", SEEN_BEHALF, NULL},
};

static const struct field_rule *rule_of(struct bytes name)
{
    for (size_t i = 0; i < sizeof field_rules / sizeof field_rules[0]; i++) {
        if (text_is(name, field_rules[i].name))
            return &field_rules[i];
    }
    return NULL;
}

const char *http1_judge_field(struct http1_head *head, const uint8_t *data,
                              const struct http1_field *field)
{
    const struct field_rule *rule = rule_of(bytes_of(data + field->name_at, field->name_len));

    if (rule == NULL)
        return NULL;
    if ((head->seen & rule->seen) != 0)
        return "a field that may come once came twice";
    head->seen |= rule->seen;
    if ((head->seen & SEEN_LENGTH) != 0 && (head->seen & SEEN_CODING) != 0)
        return "both Content-Length and Transfer-Encoding";
    return rule->judge != NULL
               ? rule->judge(head, bytes_of(data + field->value_at, field->value_len))
               : NULL;
}

static bool is_same_text(struct bytes a, struct bytes b)
{
    size_t i = 0;

    while (i < a.len && i < b.len && lower(a.data[i]) == lower(b.data[i]))
        i++;
    return i == a.len && i == b.len;
}

const char *http1_judge_fields(const struct http1_head *head, const uint8_t *data)
{
    const struct http1_field *host = &head->fields[head->host];
    struct bytes named = target_authority(bytes_of(data + head->target_at, head->target_len));

    if ((head->seen & SEEN_HOST) == 0)
        return "Host is missing";
    if (named.len > 0 && !is_same_text(named, bytes_of(data + host->value_at, host->value_len)))
        return "Host is not the one of the request target";
    return NULL;
}

struct bytes http1_head_field(const struct http1_head *head, const uint8_t *data, const char *name)
{
    for (size_t i = 0; i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];

        if (text_is(bytes_of(data + field->name_at, field->name_len), name))
            return bytes_of(data + field->value_at, field->value_len);
    }
    return bytes_of(NULL, 0);
}
