/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection reads: a head, the judgement of its route, a body. The grammar is http1's. */
#include <stdlib.h>

#include "../clock.h"
#include "conn.h"

enum { BODY_FIRST = 32 << 10 };

static const char continue_text[] = "HTTP/1.1 100 Continue\r\n\r\n";

enum link_result conn_fill(struct conn *c)
{
    size_t got = 0;

    if (c->window == NULL)
        c->window = malloc(LIMIT_WINDOW_LEN);
    if (c->window == NULL)
        return LINK_GONE;
    enum link_result result = link_read(&c->link, c->window + c->window_len,
                                        (size_t)LIMIT_WINDOW_LEN - c->window_len, &got);

    c->window_len += got;
    if (c->phase == PHASE_BODY)
        c->progress_count += got;
    return result;
}

void conn_cool(struct conn *c)
{
    if (c->window_len > 0)
        return;
    free(c->window); /* wiped: nothing is in it */
    c->window = NULL;
    link_release(&c->link);
}

/* Take n bytes at `at` out of the window; what lies behind moves up, what is left over is wiped. */
static void take_out(struct conn *c, size_t at, size_t n)
{
    if (n == 0)
        return;
    memmove(c->window + at, c->window + at + n, c->window_len - at - n);
    c->window_len -= n;
    explicit_bzero(c->window + c->window_len, n);
}

void conn_free_body(struct conn *c)
{
    if (c->body.data != NULL)
        explicit_bzero(c->body.data, c->body.len);
    free(c->body.data);
    c->body = (struct body){0};
}

void conn_next_request(struct conn *c)
{
    conn_free_body(c);
    take_out(c, 0, c->spent);
    c->spent = 0;
    c->is_inline = false;
    c->early = SCHUIL_OK;
    c->exchange.id[0] = 0;
    c->exchange.body = bytes_of(NULL, 0);
    c->exchange.user = NULL;
    http1_head_init(&c->head);
}

/* A new block each time and not realloc, which would leave a copy behind. */
static bool grow(struct body *body, size_t need, size_t most)
{
    size_t cap = body->cap * 2 > BODY_FIRST ? body->cap * 2 : BODY_FIRST;

    if (need <= body->cap)
        return true;
    if (cap < need)
        cap = need;
    if (cap > most)
        cap = most;
    uint8_t *data = malloc(cap);

    if (data == NULL)
        return false;
    if (body->len > 0) {
        memcpy(data, body->data, body->len);
        explicit_bzero(body->data, body->len);
    }
    free(body->data);
    body->data = data;
    body->cap = cap;
    return true;
}

/* The most that the body may be: of one that is dropped, as much as any route takes. */
static size_t body_cap(const struct conn *c)
{
    return schuil_is_ok(c->early) ? c->route.body_cap : LIMIT_BODY_LEN;
}

/* The most that is allocated for it. */
static size_t most_of(const struct conn *c)
{
    return c->head.framing == HTTP1_LENGTH ? (size_t)c->head.content_length : body_cap(c);
}

/* Add a piece, which together with the others stays within body_cap. Of a body that is dropped
 * only the length is kept. */
static bool append(struct conn *c, struct bytes piece)
{
    if (!schuil_is_ok(c->early)) {
        c->body.len += piece.len;
        return true;
    }
    if (!grow(&c->body, c->body.len + piece.len, most_of(c)))
        return false;
    if (piece.len > 0)
        memcpy(c->body.data + c->body.len, piece.data, piece.len);
    c->body.len += piece.len;
    return true;
}

/* Nothing came. true: step again. */
static bool stop_or_close(struct conn *c, enum link_result result)
{
    c->wants_read = result == LINK_WANT_READ;
    c->wants_write = result == LINK_WANT_WRITE;
    if (result == LINK_END)
        c->has_ended = true;
    if (result == LINK_GONE)
        conn_close(c);
    return result == LINK_OK || result == LINK_END;
}

/* ---- the head ---------------------------------------------------------------------------- */

static struct schuil_rc judge_media(const struct conn *c)
{
    struct bytes type = http1_head_field(&c->head, c->window, "content-type");
    struct bytes encoding = http1_head_field(&c->head, c->window, "content-encoding");

    if (encoding.data != NULL && (c->route.has_json_body || c->head.framing != HTTP1_NO_BODY))
        return schuil_rc(RC_INPUT_MEDIA_TYPE);
    return schuil_rc(!c->route.has_json_body || http1_is_json(type) ? RC_OK : RC_INPUT_MEDIA_TYPE);
}

/* What can be said before the body is read. */
static struct schuil_rc judge_request(const struct conn *c)
{
    ENSURE(!c->is_excess, RC_LIMIT_CONNECTIONS);
    ENSURE(c->route.is_known, RC_ABSENT);
    ENSURE(c->route.method_ok, RC_INPUT_METHOD);
    ENSURE(c->head.expect != HTTP1_EXPECT_OTHER, RC_INPUT_EXPECT);
    ENSURE(c->head.framing != HTTP1_LENGTH || c->head.content_length <= c->route.body_cap,
           RC_LIMIT_SIZE);
    ENSURE(c->head.framing != HTTP1_CHUNKED || c->route.body_cap > 0, RC_LIMIT_SIZE);
    return judge_media(c);
}

/* Whether the body of a refused request may be read and dropped, so that the connection can go on.
 * Not when the client waits for 100 Continue: then either the body or a new request may follow. */
static bool can_drop_body(const struct conn *c)
{
    bool is_small = c->head.framing != HTTP1_LENGTH || c->head.content_length <= LIMIT_BODY_LEN;

    return is_small && (c->head.expect == HTTP1_EXPECT_NONE || c->head.framing == HTTP1_NO_BODY);
}

/* 100 Continue, unless there is no body or it has begun to come. */
static bool greet(struct conn *c)
{
    bool has_body = c->head.framing == HTTP1_CHUNKED ||
                    (c->head.framing == HTTP1_LENGTH && c->head.content_length > 0);

    if (c->head.expect != HTTP1_EXPECT_CONTINUE || !has_body || c->window_len > c->head.len)
        return true;
    return conn_put(c, bytes_of(continue_text, sizeof continue_text - 1));
}

static void begin_body(struct conn *c)
{
    bool is_small = c->head.framing == HTTP1_LENGTH &&
                    c->head.content_length <= (size_t)LIMIT_WINDOW_LEN - c->head.len;

    c->is_inline = is_small || c->head.framing == HTTP1_NO_BODY;
    c->spent = c->head.len;
    http1_chunks_init(&c->chunks, body_cap(c));
    conn_enter(c, PHASE_BODY);
    c->progress_count = c->window_len - c->head.len;
    if (!greet(c))
        conn_refuse(c, schuil_rc(RC_INTERNAL_MEMORY), "no memory");
}

static void begin_request(struct conn *c)
{
    const struct edge_config *config = &c->edge->config;
    struct bytes path = exchange_path(&c->exchange);

    c->exchange.arrived_us = clock_mono_us();
    c->closes = c->closes || c->head.closes;
    c->route = (struct edge_route_view){.is_known = false};
    config->on_route(config->arg, c->head.method, path, &c->route);
    c->early = judge_request(c);
    if (c->early.code == RC_INPUT_EXPECT || c->early.code == RC_LIMIT_SIZE || c->is_excess ||
        (!schuil_is_ok(c->early) && !can_drop_body(c))) {
        c->closes = true;
        conn_refuse(c, c->early, NULL);
        return;
    }
    begin_body(c);
}

bool conn_read_head(struct conn *c)
{
    enum http1_verdict verdict = http1_head_read(&c->head, c->window, c->window_len);

    if (verdict == HTTP1_DONE) {
        begin_request(c);
        return true;
    }
    if (verdict == HTTP1_REFUSED) {
        conn_refuse(c, c->head.rc, c->head.why);
        return true;
    }
    if (c->has_ended && c->window_len > 0) {
        conn_refuse(c, schuil_rc(RC_INPUT_HTTP), "the request ends within its head");
        return true;
    }
    if (c->has_ended) {
        link_seal(&c->link);
        conn_close(c);
        return false;
    }
    if (c->window_len > 0 && c->phase == PHASE_IDLE)
        conn_enter(c, PHASE_HEAD);
    return stop_or_close(c, conn_fill(c));
}

/* ---- the body ---------------------------------------------------------------------------- */

static enum http1_verdict take_inline(struct conn *c)
{
    size_t len = c->head.framing == HTTP1_LENGTH ? (size_t)c->head.content_length : 0;

    if (c->window_len - c->head.len < len)
        return HTTP1_MORE;
    c->spent = c->head.len + len;
    c->exchange.body = bytes_of(c->window + c->head.len, len);
    return HTTP1_DONE;
}

static bool take_length(struct conn *c, enum http1_verdict *ret)
{
    size_t left = (size_t)c->head.content_length - c->body.len;
    size_t here = c->window_len - c->spent;
    size_t n = here < left ? here : left;

    if (!append(c, bytes_of(c->window + c->spent, n)))
        return false;
    take_out(c, c->spent, n);
    *ret = n == left ? HTTP1_DONE : HTTP1_MORE;
    return true;
}

static bool take_chunks(struct conn *c, enum http1_verdict *ret)
{
    size_t at = c->spent;
    bool has_memory = true;

    *ret = HTTP1_MORE;
    while (*ret == HTTP1_MORE && at < c->window_len && has_memory) {
        size_t used;
        struct bytes piece;

        *ret = http1_chunks_read(&c->chunks, bytes_of(c->window + at, c->window_len - at), &used,
                                 &piece);
        has_memory = append(c, piece);
        at += used;
    }
    take_out(c, c->spent, at - c->spent);
    return has_memory;
}

/* Take what has come of the body. false: no memory. */
static bool take_body(struct conn *c, enum http1_verdict *ret)
{
    bool has_memory = true;

    if (c->is_inline) {
        *ret = take_inline(c);
        return true;
    }
    has_memory = c->head.framing == HTTP1_LENGTH ? take_length(c, ret) : take_chunks(c, ret);
    c->exchange.body = bytes_of(c->body.data, c->body.data != NULL ? c->body.len : 0);
    return has_memory;
}

/* The request is complete. false: the service works on it; what comes meanwhile brings an event,
 * and what lies in TLS already is read after the answer. */
static bool hand_over(struct conn *c)
{
    const struct edge_config *config = &c->edge->config;

    if (!schuil_is_ok(c->early)) {
        conn_refuse(c, c->early, NULL);
        return true;
    }
    if (!exchange_make_id(&c->exchange)) {
        conn_refuse(c, schuil_rc(RC_INTERNAL_RANDOM), "no randomness");
        return true;
    }
    conn_enter(c, PHASE_WAIT);
    config->on_request(config->arg, &c->exchange);
    if (c->phase != PHASE_WAIT)
        return true;
    c->wants_read = !c->has_ended && c->window_len < (size_t)LIMIT_WINDOW_LEN;
    return false;
}

bool conn_read_body(struct conn *c)
{
    enum http1_verdict verdict = HTTP1_MORE;

    if (!take_body(c, &verdict))
        conn_refuse(c, schuil_rc(RC_INTERNAL_MEMORY), "no memory");
    else if (verdict == HTTP1_REFUSED)
        conn_refuse(c, c->chunks.rc, c->chunks.why);
    else if (verdict == HTTP1_DONE)
        return hand_over(c);
    else if (c->has_ended)
        conn_refuse(c, schuil_rc(RC_INPUT_HTTP), "the request ends within its body");
    else {
        enum link_result sent = conn_flush(c); /* 100 Continue */
        bool goes_on = stop_or_close(c, sent == LINK_GONE ? LINK_GONE : conn_fill(c));

        c->wants_write = c->wants_write || (!goes_on && sent == LINK_WANT_WRITE);
        return goes_on;
    }
    return true;
}
