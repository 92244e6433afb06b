/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: their head, what leaves in which write, and the ends of an exchange. Head and body leave
 * as one TLS record and one write where they fit in one; of a larger answer the rest is written
 * from where the service keeps it. Sources: RFC 9110, 6.6.1 (Date), 10.2; RFC 9112, 4 and 6. */
#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "../clock.h"
#include "conn.h"
#include "problem.h"

enum { RECORD_LEN = 16384, FRONT_LEN = RECORD_LEN, HEAD_LEN = 1024 };

static const char *date_of(struct edge *edge)
{
    time_t now = time(NULL);
    struct tm tm;

    if (edge->date_s != (int64_t)now) {
        gmtime_r(&now, &tm);
        strftime(edge->date, sizeof edge->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        edge->date_s = (int64_t)now;
    }
    return edge->date;
}

static inline void put_line(struct writer *w, const char *name, const char *value)
{
    put_bytes(w, bytes_text(name));
    put_bytes(w, bytes_text(": "));
    put_bytes(w, bytes_text(value));
    put_bytes(w, bytes_text("\r\n"));
}

static void put_number_line(struct writer *w, const char *name, size_t number)
{
    put_bytes(w, bytes_text(name));
    put_bytes(w, bytes_text(": "));
    put_decimal(w, (int64_t)number);
    put_bytes(w, bytes_text("\r\n"));
}

static void put_status_line(struct writer *w, int status)
{
    put_bytes(w, bytes_text("HTTP/1.1 "));
    put_decimal(w, status);
    put_bytes(w, bytes_text(" "));
    put_bytes(w, bytes_text(problem_phrase(status)));
    put_bytes(w, bytes_text("\r\n"));
}

static void put_head(struct writer *w, struct conn *c, const struct exchange_answer *a)
{
    put_status_line(w, a->status);
    put_line(w, "Date", date_of(c->edge));
    if (a->content_type != NULL)
        put_line(w, "Content-Type", a->content_type);
    if (a->status != 204)
        put_number_line(w, "Content-Length", a->body.len);
    put_line(w, "Cache-Control", "no-store");
    put_line(w, "X-Request-Id", c->exchange.id);
    if (a->allow != NULL)
        put_line(w, "Allow", a->allow);
    if (a->retry_after_s > 0)
        put_number_line(w, "Retry-After", (size_t)a->retry_after_s);
    if (c->closes)
        put_line(w, "Connection", "close");
    put_bytes(w, bytes_text("\r\n"));
}

/* ---- what leaves ------------------------------------------------------------------------- */

/* Add to the front. */
static bool add_front(struct outbox *box, struct bytes a, struct bytes b)
{
    size_t waiting = box->front_len - box->front_at;
    uint8_t *front = malloc(waiting + a.len + b.len + 1);

    if (front == NULL)
        return false;
    struct writer w = writer_over(front, waiting + a.len + b.len);

    if (waiting > 0)
        put_bytes(&w, bytes_of(box->front + box->front_at, waiting));
    put_bytes(&w, a);
    put_bytes(&w, b);
    if (box->front != NULL)
        explicit_bzero(box->front, box->front_len);
    free(box->front);
    box->front = front;
    box->front_at = 0;
    box->front_len = w.len;
    return true;
}

bool conn_put(struct conn *c, struct bytes text)
{
    return add_front(&c->outbox, text, bytes_of(NULL, 0));
}

static void free_whole(struct outbox *box)
{
    if (box->free_body != NULL)
        box->free_body(box->free_arg, box->whole.data);
    box->free_body = NULL;
    box->whole = box->rest = bytes_of(NULL, 0);
}

void conn_free_outbox(struct conn *c)
{
    struct outbox *box = &c->outbox;

    free_whole(box);
    if (box->front != NULL)
        explicit_bzero(box->front, box->front_len);
    free(box->front);
    *box = (struct outbox){0};
}

static enum link_result write_some(struct conn *c, struct bytes data, size_t *ret)
{
    enum link_result result = link_write(&c->link, data.data, data.len, ret);

    if (*ret > 0) {
        c->progress_us = clock_mono_us();
        c->progress_count += *ret;
    }
    return result;
}

/* The next bytes, at most a record's. */
static enum link_result write_next(struct conn *c, size_t *ret)
{
    struct outbox *box = &c->outbox;
    bool is_front = box->front_at < box->front_len;
    struct bytes left =
        is_front ? bytes_of(box->front + box->front_at, box->front_len - box->front_at) : box->rest;
    size_t len = left.len < RECORD_LEN ? left.len : RECORD_LEN;
    enum link_result result = write_some(c, bytes_of(left.data, len), ret);

    if (is_front)
        box->front_at += *ret;
    else
        box->rest = bytes_of(left.data + *ret, left.len - *ret);
    return result;
}

enum link_result conn_flush(struct conn *c)
{
    const struct outbox *box = &c->outbox;
    size_t n, written = 0;

    while (box->front_at < box->front_len || box->rest.len > 0) {
        if (written >= LIMIT_WRITE_LEN)
            return LINK_WANT_WRITE; /* the socket has room: its event comes in the next pass */
        enum link_result result = write_next(c, &n);

        if (result != LINK_OK)
            return result;
        written += n;
    }
    return LINK_OK;
}

/* Queue head and body. The body is let go now if all of it fits in front or must be copied. */
static bool queue(struct conn *c, const struct exchange_answer *a)
{
    uint8_t text[HEAD_LEN];
    struct writer head = writer_over(text, sizeof text);
    struct outbox *box = &c->outbox;

    put_head(&head, c, a);
    assert(!head.is_full);
    size_t room = FRONT_LEN - head.len;
    size_t n = a->free_body == NULL || a->body.len < room ? a->body.len : room;

    if (!add_front(box, writer_bytes(&head), bytes_of(a->body.data, n)))
        return false;
    box->rest = n < a->body.len ? bytes_of(a->body.data + n, a->body.len - n) : bytes_of(NULL, 0);
    box->whole = a->body;
    box->free_body = a->free_body;
    box->free_arg = a->free_arg;
    if (box->rest.len == 0)
        free_whole(box);
    return true;
}

/* Queue the answer, and forget the request. Without memory the connection closes unanswered. */
static void send_answer(struct conn *c, const struct exchange_answer *a)
{
    c->closes = c->closes || a->closes || c->edge->is_draining;
    if (!queue(c, a)) {
        if (a->free_body != NULL)
            a->free_body(a->free_arg, a->body.data);
        conn_close(c);
        return;
    }
    conn_next_request(c);
    conn_enter(c, PHASE_WRITE);
}

static void send_problem(struct conn *c, struct schuil_rc rc, int status_or_0, const char *detail)
{
    char text[PROBLEM_LEN];
    int status = status_or_0 != 0 ? status_or_0 : problem_status(rc);
    size_t len = problem_write(rc, status, detail, c->exchange.id, text);
    struct exchange_answer answer = {
        .status = status,
        .content_type = PROBLEM_MEDIA_TYPE,
        .body = bytes_of(text, len),
        .allow = status == 405 ? c->route.allow : NULL,
        .retry_after_s = problem_retry_after_s(status),
        .closes = problem_closes(status),
    };

    send_answer(c, &answer);
}

void conn_refuse(struct conn *c, struct schuil_rc rc, const char *why)
{
    if (c->exchange.id[0] == 0 && !exchange_make_id(&c->exchange)) {
        conn_close(c); /* an answer must bear a request id */
        return;
    }
    edge_log(c->edge, "edge.refused", c, problem_status(rc),
             why != NULL ? why : schuil_rc_text(rc));
    send_problem(c, rc, 0, why);
}

/* ---- the ends of an exchange ------------------------------------------------------------- */

/* The answer has left, outside a step. What may call the service waits for the next pass of the
 * loop: it is never called from within its own call. */
static void rest(struct conn *c)
{
    conn_free_outbox(c);
    if (c->closes) {
        c->wants_read = true;
        link_seal(&c->link);
        conn_enter(c, PHASE_LINGER);
        return;
    }
    c->is_resumed = conn_rest(c);
}

/* After the service has answered: within a step that goes on by itself, else written now. */
static void leave(struct conn *c)
{
    if (c->is_stepping || c->phase != PHASE_WRITE)
        return;
    enum link_result result = conn_flush(c);

    c->wants_read = result == LINK_WANT_READ;
    c->wants_write = result == LINK_WANT_WRITE;
    if (result == LINK_OK)
        rest(c);
    else if (!c->wants_read && !c->wants_write)
        conn_close(c);
    conn_settle(c);
}

void exchange_answer(struct exchange *x, const struct exchange_answer *answer)
{
    struct conn *c = x->conn;

    if (c->phase == PHASE_GONE) {
        if (answer->free_body != NULL)
            answer->free_body(answer->free_arg, answer->body.data);
        conn_close(c);
        return;
    }
    assert(c->phase == PHASE_WAIT);
    send_answer(c, answer);
    leave(c);
}

void exchange_fail(struct exchange *x, struct schuil_rc rc, int status_or_0, const char *detail)
{
    struct conn *c = x->conn;

    if (c->phase == PHASE_GONE) {
        conn_close(c);
        return;
    }
    assert(c->phase == PHASE_WAIT);
    send_problem(c, rc, status_or_0, detail);
    leave(c);
}

void exchange_drop(struct exchange *x)
{
    assert(x->conn->phase == PHASE_GONE || x->conn->phase == PHASE_WAIT);
    conn_close(x->conn);
}
