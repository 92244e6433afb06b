/* SPDX-License-Identifier: Apache-2.0 */
/* A strict, incremental reader of HTTP/1.1 requests: bytes in, a verdict out.
 *
 * Pure: no allocation, clock, socket or log, so it can be fuzzed and tested alone. It judges one
 * byte at a time and looks at each once, so the verdict cannot depend on how the bytes were cut.
 * The grammar of RFC 9112 and nothing else: where two readers could understand a request
 * differently, it is refused. What is stricter than the RFC, and why, stands in README.md.
 * Not here: routes, media types, deadlines, and how a refusal becomes an answer.
 *
 * Sources: RFC 9112 (messages), RFC 9110 (fields), RFC 3986 (targets). */
#ifndef SCHUIL_EDGE_HTTP1_H
#define SCHUIL_EDGE_HTTP1_H

#include "schuilnaam/bytes.h"
#include "schuilnaam/limits.h"
#include "schuilnaam/rc.h"

enum http1_verdict {
    HTTP1_MORE,    /* so far it is right; give more */
    HTTP1_DONE,    /* complete */
    HTTP1_REFUSED, /* rc and why tell; the connection must be closed after the answer */
};

enum http1_framing { HTTP1_NO_BODY, HTTP1_LENGTH, HTTP1_CHUNKED };
enum http1_expect { HTTP1_EXPECT_NONE, HTTP1_EXPECT_CONTINUE, HTTP1_EXPECT_OTHER };

/* A field line: where its name and its trimmed value lie, counted from the head's first byte. */
struct http1_field {
    uint16_t name_at, name_len;
    uint16_t value_at, value_len;
};

struct http1_head {
    /* the result, complete with HTTP1_DONE */
    char method[LIMIT_METHOD_LEN + 1];
    uint16_t path_at, path_len; /* of an absolute target, the path in it; "/" may be missing */
    enum http1_framing framing;
    uint64_t content_length; /* of HTTP1_LENGTH; UINT64_MAX: more than 18 digits */
    enum http1_expect expect;
    bool closes; /* the client asked for it */
    size_t len;  /* bytes of the head; the body begins here */
    struct http1_field fields[LIMIT_HEADER_COUNT];
    size_t field_count;
    /* after HTTP1_REFUSED */
    struct schuil_rc rc; /* RC_INPUT_HTTP, RC_INPUT_VERSION, RC_LIMIT_TARGET, RC_LIMIT_HEAD */
    const char *why;     /* static; names the rule, holds nothing of the request */
    /* the reader's own */
    int state;
    size_t mark;     /* where the element that is being read began */
    size_t text_end; /* after the last byte of a value that is not white space */
    uint16_t target_at, target_len;
    unsigned seen; /* the fields that may come once */
    uint16_t host; /* index of the Host field */
};

void http1_head_init(struct http1_head *head);
/* Read on. data: all bytes since the head's first, the earlier ones as they were (up to head->len
 * they have been judged). Stops at the head's end: with HTTP1_DONE, len <= what was given. Any
 * thread; asked again after DONE or REFUSED it says the same. */
enum http1_verdict http1_head_read(struct http1_head *head, const uint8_t *data, size_t len);
/* The value of the first field with this name (given in lower case); data NULL: absent. */
struct bytes http1_head_field(const struct http1_head *head, const uint8_t *data, const char *name);

/* A chunked body. Chunk extensions and trailers are refused. */
struct http1_chunks {
    uint64_t cap;   /* bytes of the whole body: more is RC_LIMIT_SIZE, before it is read */
    uint64_t total; /* bytes announced so far */
    uint64_t left;  /* of the chunk that is being read */
    int state;
    int digits;
    struct schuil_rc rc; /* RC_INPUT_HTTP, RC_LIMIT_SIZE */
    const char *why;
};

void http1_chunks_init(struct http1_chunks *chunks, uint64_t cap);
/* Read on: judge data up to and with at most one piece of body. ret_used: bytes judged, to be taken
 * away by the caller; ret_piece: the body's bytes among them, borrowed from data, or empty. MORE
 * with all bytes used: more must come. Any thread. Source: RFC 9112, section 7.1. */
enum http1_verdict http1_chunks_read(struct http1_chunks *chunks, struct bytes data,
                                     size_t *ret_used, struct bytes *ret_piece);

/* Content-Type as a service of JSON needs it: application/json, parameters allowed, a charset only
 * when it is UTF-8. Source: RFC 9110, sections 8.3.1 and 5.6.6. */
bool http1_is_json(struct bytes content_type);

#endif
