/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP/1.1 reader: a table of requests with their verdicts. Each is read whole, byte by byte
 * and in random pieces, and the verdict, the reason and what was read must be the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edge/http1.h"

enum { OK = RC_OK, BAD = RC_INPUT_HTTP, VERSION = RC_INPUT_VERSION, URI = RC_LIMIT_TARGET };
enum { LARGE = RC_LIMIT_HEAD, SIZE = RC_LIMIT_SIZE, MORE = RC_COUNT };

/* A request whose bytes hold no zero. Body: what a chunked or counted body must come out as. */
struct request_case {
    int verdict; /* MORE: no verdict yet */
    const char *bytes;
    const char *body;
};

#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /p HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const struct request_case cases[] = {
    /* right */
    {OK, GET H "\r\n", ""},
    {OK, "GET /v1/registries/REG1/parameters HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "GET //a/../b;c=1,2/(x)!$&'*+@:~_ HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "GET /%41%2f%2E HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "BREW /pot HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "!#$%&'*+-.^_`|~09aZ / HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "OPTIONS * HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "GET http://a/x HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "GET HTTPS://A:443/x HTTP/1.1\r\nHost: a:443\r\n\r\n", ""},
    {OK, "GET https://a HTTP/1.1\r\n" H "\r\n", ""},
    {OK, "GET https://[::1]:8443/x HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", ""},
    {OK, GET "Host: a.b-c_d~e:65535\r\n\r\n", ""},
    {OK, GET "Host: 127.0.0.1:8443\r\n\r\n", ""},
    {OK, GET "Host: [2001:db8::7]\r\n\r\n", ""},
    {OK, GET "Host: a%41b\r\n\r\n", ""},
    {OK, GET "Host: a:\r\n\r\n", ""},
    {OK, GET "hOsT:a\r\n\r\n", ""},
    {OK, GET "Host:  \t a \t \r\n\r\n", ""},
    {OK, GET H "X:\r\n\r\n", ""},
    {OK, GET H "X: \t \r\n\r\n", ""},
    {OK, GET H "X: a\tb  c\r\n\r\n", ""},
    {OK, GET H "X: \xc3\xa9\xff\x80\r\n\r\n", ""},
    {OK, GET H "X: 1\r\nX: 2\r\n\r\n", ""},
    {OK, GET H "Accept: */*\r\nUser-Agent: curl/7.88.1\r\n\r\n", ""},
    {OK, GET H "Connection: keep-alive\r\n\r\n", ""},
    {OK, GET H "Connection: , Upgrade ,\tHTTP2-Settings,\r\nUpgrade: h2c\r\n\r\n", ""},
    {OK, GET H "Connection: close\r\nConnection: x\r\n\r\n", ""},
    {OK, GET H "Expect: 100-Continue\r\n\r\n", ""},
    {OK, GET H "Expect: 200-ok\r\n\r\n", ""},
    {OK, GET H "Content-Length: 0\r\n\r\n", ""},
    {OK, POST "Content-Length: 3\r\n\r\nabc", "abc"},
    {OK, POST "Content-Length:3\r\n\r\nabcGET /", "abc"},
    {OK, POST "Content-Length: 11\r\n\r\n\r\n \x80\r\nxyz\r\n", "\r\n \x80\r\nxyz\r\n"},
    {OK, CHUNKED "0\r\n\r\n", ""},
    {OK, CHUNKED "000\r\n\r\n", ""},
    {OK, CHUNKED "3\r\nabc\r\n0\r\n\r\n", "abc"},
    {OK, CHUNKED "3\r\nabc\r\n00a\r\n0123456789\r\n0\r\n\r\nGET /", "abc0123456789"},
    {OK, CHUNKED "A\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n"},
    {OK, CHUNKED "14\r\n01234567890123456789\r\n0\r\n\r\n", "01234567890123456789"},
    {OK, CHUNKED "15\r\n012345678901234567890\r\n0\r\n\r\n", "012345678901234567890"},
    /* not complete */
    {MORE, "", NULL},
    {MORE, "G", NULL},
    {MORE, "GET ", NULL},
    {MORE, "GET / HTTP/1", NULL},
    {MORE, "GET / HTTP/1.1\r", NULL},
    {MORE, GET, NULL},
    {MORE, GET H, NULL},
    {MORE, GET H "\r", NULL},
    {MORE, POST "Content-Length: 4\r\n\r\nabc", NULL},
    {MORE, CHUNKED, NULL},
    {MORE, CHUNKED "3\r\nabc", NULL},
    {MORE, CHUNKED "3\r\nabc\r\n0\r\n", NULL},
    {MORE, CHUNKED "3\r\nabc\r\n0\r\n\r", NULL},
    /* the request line */
    {BAD, "\r\nGET / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "\nGET / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, " GET / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "\tGET / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET  / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /  HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTP/1.1 \r\n" H "\r\n", NULL},
    {BAD, "GET\t/ HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /\tHTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTP/1.1\n" H "\r\n", NULL},
    {BAD, "GET / HTTP/1.1\r" H "\r\n", NULL},
    {BAD, "GET / HTTP/1.1\r\r\n" H "\r\n", NULL},
    {BAD, "GET /\r\n", NULL},
    {BAD, "GET / \r\n", NULL},
    {BAD, "GET\r\n", NULL},
    {BAD, "/ HTTP/1.1\r\n", NULL},
    {BAD, "G@T / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET: / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "G\xc3\x89T / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "\x16\x03\x01\x02", NULL},
    {BAD, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456 / HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET / http/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTP/1.10\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTP/11\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTP/1.x\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTP/-1.1\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTP 1.1\r\n" H "\r\n", NULL},
    {BAD, "GET / HTTPS/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET / XTTP/1.1\r\n" H "\r\n", NULL},
    {VERSION, "GET / HTTP/1.0\r\n" H "\r\n", NULL},
    {VERSION, "GET / HTTP/0.9\r\n" H "\r\n", NULL},
    {VERSION, "GET / HTTP/1.2\r\n" H "\r\n", NULL},
    {VERSION, "GET / HTTP/2.0\r\n" H "\r\n", NULL},
    {VERSION, "GET / HTTP/3.1\r\n" H "\r\n", NULL},
    {VERSION, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NULL},
    /* targets */
    {BAD, "GET /?a=b HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /? HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /#a HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET a HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET a/b HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET * HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "OPTIONS ** HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "CONNECT a:443 HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /%00 HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /a%00b HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /% HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /%4 HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /%4g HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /%%41 HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /a\\b HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /\"a\" HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /<a> HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /{a} HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /a|b HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /a^b HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /[a] HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /\x7f HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET /\x01 HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http:/a HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http:///x HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http://u@a/x HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http://a:99999/x HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http://a:1x/x HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http://[::1/x HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http://b/x HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET http://a/x?q HTTP/1.1\r\n" H "\r\n", NULL},
    {BAD, "GET ftp://a/x HTTP/1.1\r\n" H "\r\n", NULL},
    /* field lines */
    {BAD, GET " Host: a\r\n\r\n", NULL},
    {BAD, GET "\tHost: a\r\n\r\n", NULL},
    {BAD, GET H " folded\r\n\r\n", NULL},
    {BAD, GET H "X: a\r\n b\r\n\r\n", NULL},
    {BAD, GET H "X: a\r\n\tb\r\n\r\n", NULL},
    {BAD, GET "Host : a\r\n\r\n", NULL},
    {BAD, GET H "X\t: a\r\n\r\n", NULL},
    {BAD, GET H ": a\r\n\r\n", NULL},
    {BAD, GET H "X\r\n\r\n", NULL},
    {BAD, GET H "X Y: a\r\n\r\n", NULL},
    {BAD, GET H "X(Y): a\r\n\r\n", NULL},
    {BAD, GET H "X\xc3\xa9: a\r\n\r\n", NULL},
    {BAD, GET H "X: a\nY: b\r\n\r\n", NULL},
    {BAD, GET H "X: a\rY: b\r\n\r\n", NULL},
    {BAD, GET H "X: a\r\r\n\r\n", NULL},
    {BAD, GET H "X: a\x01\r\n\r\n", NULL},
    {BAD, GET H "X: a\x7f\r\n\r\n", NULL},
    {BAD, GET H "X: a\x0b\r\n\r\n", NULL},
    {BAD, GET H "\n", NULL},
    {BAD, GET H "\rX", NULL},
    {BAD, GET H "\r\r\n", NULL},
    /* Host */
    {BAD, GET "\r\n", NULL},
    {BAD, GET H H "\r\n", NULL},
    {BAD, GET H "host: b\r\n\r\n", NULL},
    {BAD, GET "Host:\r\n\r\n", NULL},
    {BAD, GET "Host: \r\n\r\n", NULL},
    {BAD, GET "Host: a b\r\n\r\n", NULL},
    {BAD,
     GET "Host: a,b\x09"
         "c\r\n\r\n",
     NULL},
    {BAD, GET "Host: a/b\r\n\r\n", NULL},
    {BAD, GET "Host: u@a\r\n\r\n", NULL},
    {BAD, GET "Host: a:b\r\n\r\n", NULL},
    {BAD, GET "Host: a:65536\r\n\r\n", NULL},
    {BAD, GET "Host: a:000080\r\n\r\n", NULL},
    {BAD, GET "Host: a:1:2\r\n\r\n", NULL},
    {BAD, GET "Host: :80\r\n\r\n", NULL},
    {BAD, GET "Host: []\r\n\r\n", NULL},
    {BAD, GET "Host: [::1\r\n\r\n", NULL},
    {BAD, GET "Host: [::1]x\r\n\r\n", NULL},
    {BAD, GET "Host: [::g]\r\n\r\n", NULL},
    {BAD, GET "Host: [0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]\r\n\r\n", NULL},
    {BAD, GET "Host: \xc3\xa9\r\n\r\n", NULL},
    {BAD, GET "Host: a%00\r\n\r\n", NULL},
    {BAD, GET "Host: http://a\r\n\r\n", NULL},
    /* framing */
    {BAD, POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: 3, 3\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: 3 3\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: +3\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: -3\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: 0x3\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: 3.0\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: 03\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: 3a\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length: \"3\"\r\n\r\nabc", NULL},
    {BAD, POST "Content-Length:\r\n\r\n", NULL},
    {BAD, POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: chunked, chunked\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: gzip, chunked\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: gzip\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: identity\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: Chunked\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: xchunked\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding: chunked;q=1\r\n\r\n", NULL},
    {BAD,
     POST "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n",
     NULL},
    {BAD, POST "Transfer-Encoding: chunked,\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding:\r\n\r\n", NULL},
    {BAD, POST "Transfer-Encoding : chunked\r\n\r\n", NULL},
    /* fields that may come once, and lists */
    {BAD, GET H "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", NULL},
    {BAD, GET H "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n", NULL},
    {BAD, GET H "Content-Encoding: gzip\r\ncontent-encoding: br\r\n\r\n", NULL},
    {BAD, GET H "On-Behalf-Of: A\r\nOn-Behalf-Of: B\r\n\r\n", NULL},
    {BAD, GET H "Connection: close;x\r\n\r\n", NULL},
    {BAD, GET H "Connection: a b\r\n\r\n", NULL},
    /* chunks */
    {BAD, CHUNKED "\r\n", NULL},
    {BAD, CHUNKED "g\r\n", NULL},
    {BAD, CHUNKED " 3\r\nabc\r\n", NULL},
    {BAD, CHUNKED "3 \r\nabc\r\n", NULL},
    {BAD, CHUNKED "+3\r\nabc\r\n", NULL},
    {BAD, CHUNKED "-1\r\n", NULL},
    {BAD, CHUNKED "0x3\r\nabc\r\n", NULL},
    {BAD, CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", NULL},
    {BAD, CHUNKED "3;\r\nabc\r\n0\r\n\r\n", NULL},
    {BAD, CHUNKED "3\nabc\r\n0\r\n\r\n", NULL},
    {BAD, CHUNKED "3\r\rabc\r\n0\r\n\r\n", NULL},
    {BAD, CHUNKED "3\r\nabcd\r\n0\r\n\r\n", NULL},
    {BAD, CHUNKED "3\r\nab\r\n0\r\n\r\n", NULL},
    {BAD, CHUNKED "3\r\nabc\n0\r\n\r\n", NULL},
    {BAD, CHUNKED "3\r\nabc0\r\n\r\n", NULL},
    {BAD, CHUNKED "0\r\nX: a\r\n\r\n", NULL},
    {BAD, CHUNKED "0\r\n\n", NULL},
    {BAD, CHUNKED "0\r\n\rX", NULL},
    {BAD, CHUNKED "0000000000000000\r\n\r\n", NULL},
    {SIZE, CHUNKED "41\r\n", NULL},
    {SIZE, CHUNKED "ffffffff\r\n", NULL},
    {SIZE, CHUNKED "fffffffffffffff\r\n", NULL},
    {BAD, CHUNKED "ffffffffffffffff\r\n", NULL},
    {SIZE, CHUNKED "20\r\n01234567890123456789012345678901\r\n21\r\n", NULL},
};

enum { BODY_CAP = 64 };

struct outcome {
    int verdict;
    const char *why;
    size_t used;
    char body[BODY_CAP + 1];
    size_t body_len;
};

/* Where the next cut falls: all at once, each byte, or anywhere. */
static size_t next_len(size_t at, size_t len, int way)
{
    if (way == 0 || at == len)
        return len;
    size_t most = len - at;

    return at + (way == 1 ? 1 : 1 + (size_t)rand() % most);
}

/* Read the body that follows a head, as a connection does: the judged bytes are taken away. */
static void read_chunks(struct outcome *o, const uint8_t *data, size_t len, int way)
{
    struct http1_chunks chunks;
    enum http1_verdict verdict = HTTP1_MORE;
    size_t at = o->used;

    http1_chunks_init(&chunks, BODY_CAP);
    for (size_t to = at; verdict == HTTP1_MORE && at < len;) {
        to = to == at ? next_len(at, len, way) : to;
        size_t used;
        struct bytes piece;

        verdict = http1_chunks_read(&chunks, bytes_of(data + at, to - at), &used, &piece);
        assert_true(used <= to - at);
        if (piece.len > 0)
            memcpy(o->body + o->body_len, piece.data, piece.len);
        o->body_len += piece.len;
        at += used;
    }
    o->used = at;
    o->verdict = verdict == HTTP1_MORE ? MORE : chunks.rc.code;
    o->why = chunks.why;
}

static void read_counted(struct outcome *o, const uint8_t *data, size_t len, uint64_t count)
{
    if (len - o->used < count) {
        o->verdict = MORE;
        return;
    }
    o->body_len = (size_t)count;
    memcpy(o->body, data + o->used, o->body_len);
    o->used += o->body_len;
}

static struct outcome read_request(const uint8_t *data, size_t len, int way)
{
    struct http1_head head;
    struct outcome o = {.verdict = MORE};
    enum http1_verdict verdict = HTTP1_MORE;

    http1_head_init(&head);
    for (size_t to = 0; verdict == HTTP1_MORE && to < len;) {
        to = next_len(to, len, way);
        verdict = http1_head_read(&head, data, to);
        assert_true(head.len <= to);
    }
    o.used = head.len;
    if (verdict == HTTP1_MORE)
        return o;
    o.verdict = head.rc.code;
    o.why = head.why;
    assert_int_equal(http1_head_read(&head, data, len), verdict);
    if (verdict == HTTP1_DONE && head.framing == HTTP1_CHUNKED)
        read_chunks(&o, data, len, way);
    else if (verdict == HTTP1_DONE && head.framing == HTTP1_LENGTH)
        read_counted(&o, data, len, head.content_length);
    return o;
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->verdict, b->verdict);
    assert_ptr_equal(a->why, b->why);
    assert_int_equal(a->used, b->used);
    assert_int_equal(a->body_len, b->body_len);
    assert_memory_equal(a->body, b->body, a->body_len);
}

/* The bytes lie at the very end of a block, so that reading past them is seen by the sanitizer. */
static void check(const struct request_case *c)
{
    size_t len = strlen(c->bytes);
    uint8_t *data = malloc(len + (len == 0));
    memcpy(data, c->bytes, len);
    struct outcome whole = read_request(data, len, 0);

    if (whole.verdict != c->verdict)
        print_error("case: %s", c->bytes);
    assert_int_equal(whole.verdict, c->verdict);
    if (c->body != NULL) {
        assert_int_equal(whole.body_len, strlen(c->body));
        assert_memory_equal(whole.body, c->body, whole.body_len);
    }
    for (int round = 0; round < 20; round++) {
        struct outcome cut = read_request(data, len, round == 0 ? 1 : 2);

        assert_same(&whole, &cut);
    }
    free(data);
}

static void each_request_gets_its_verdict_however_it_is_cut(void **state)
{
    size_t n = sizeof cases / sizeof cases[0];

    (void)state;
    srand(7);
    for (size_t i = 0; i < n; i++)
        check(&cases[i]);
    print_message("%zu requests\n", n);
    assert_true(n >= 120);
}

/* What strings cannot hold. */
static void a_zero_byte_is_refused_anywhere_in_a_head(void **state)
{
    static const char good[] = "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    uint8_t data[sizeof good - 1];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++) {
        memcpy(data, good, sizeof data);
        data[i] = 0;
        assert_int_equal(read_request(data, sizeof data, 0).verdict, BAD);
        assert_int_equal(read_request(data, sizeof data, 1).verdict, BAD);
    }
}

/* Each control character in each place of each element is refused, but the tab in a value. */
static void a_control_character_is_refused_in_each_element(void **state)
{
    static const char good[] = "GET /a HTTP/1.1\r\nHost: a\r\nX: yz\r\n\r\n";
    static const size_t places[] = {1, 5, 10, 18, 23, 26, 29, 30};
    uint8_t data[sizeof good - 1];

    (void)state;
    for (int c = 1; c < 0x20; c++) {
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            bool is_value_tab = c == '\t' && (places[i] == 29 || places[i] == 30);

            memcpy(data, good, sizeof data);
            data[places[i]] = (uint8_t)c;
            assert_int_equal(read_request(data, sizeof data, 0).verdict, is_value_tab ? OK : BAD);
        }
    }
}

static size_t put(char *buffer, size_t at, const char *text)
{
    memcpy(buffer + at, text, strlen(text));
    return at + strlen(text);
}

static int verdict_of_target(size_t target_len, char first)
{
    static char buffer[20000];
    size_t at = put(buffer, 0, "GET ");

    buffer[at] = '/';
    memset(buffer + at + 1, 'a', target_len - 1);
    if (first == '?')
        buffer[at + 1] = '?';
    at = put(buffer, at + target_len, " HTTP/1.1\r\n" H "\r\n");
    return read_request((const uint8_t *)buffer, at, 0).verdict;
}

static void a_target_longer_than_its_limit_is_refused_as_such(void **state)
{
    (void)state;
    assert_int_equal(verdict_of_target(LIMIT_TARGET_LEN, '/'), OK);
    assert_int_equal(verdict_of_target(LIMIT_TARGET_LEN + 1, '/'), URI);
    assert_int_equal(verdict_of_target(9000, '/'), URI);
    assert_int_equal(verdict_of_target(9000, '?'), URI);
    assert_int_equal(verdict_of_target(900, '?'), BAD);
}

static int verdict_of_head(size_t head_len)
{
    static char buffer[20000];
    size_t at = put(buffer, 0, GET H "X: ");

    memset(buffer + at, 'a', head_len - at - 4);
    at = put(buffer, head_len - 4, "\r\n\r\n");
    int whole = read_request((const uint8_t *)buffer, at, 0).verdict;

    assert_int_equal(read_request((const uint8_t *)buffer, at, 1).verdict, whole);
    return whole;
}

static void a_head_of_exactly_the_limit_is_read_and_one_more_byte_refused(void **state)
{
    (void)state;
    assert_int_equal(verdict_of_head(LIMIT_HEAD_LEN), OK);
    assert_int_equal(verdict_of_head(LIMIT_HEAD_LEN + 1), LARGE);
    assert_int_equal(verdict_of_head(16000), LARGE);
}

static int verdict_of_fields(size_t count)
{
    static char buffer[20000];
    size_t at = put(buffer, 0, GET H);

    for (size_t i = 1; i < count; i++)
        at = put(buffer, at, "X: y\r\n");
    at = put(buffer, at, "\r\n");
    return read_request((const uint8_t *)buffer, at, 1).verdict;
}

static void sixty_four_fields_are_read_and_one_more_is_refused(void **state)
{
    (void)state;
    assert_int_equal(verdict_of_fields(LIMIT_HEADER_COUNT), OK);
    assert_int_equal(verdict_of_fields(LIMIT_HEADER_COUNT + 1), LARGE);
}

static struct http1_head head_of(const char *text)
{
    struct http1_head head;

    http1_head_init(&head);
    assert_int_equal(http1_head_read(&head, (const uint8_t *)text, strlen(text)), HTTP1_DONE);
    return head;
}

static void assert_text(struct bytes value, const char *text)
{
    assert_non_null(value.data);
    assert_int_equal(value.len, strlen(text));
    assert_memory_equal(value.data, text, value.len);
}

static void what_was_read_is_told(void **state)
{
    static const char text[] =
        "POST http://a/v1/x HTTP/1.1\r\nHost: a\r\nX-One:  b c \r\nEmpty:\r\n"
        "Connection: x, Close\r\nContent-Length: 12\r\n"
        "Expect: 100-continue\r\n\r\nrest";
    const uint8_t *data = (const uint8_t *)text;
    struct http1_head head = head_of(text);

    (void)state;
    assert_string_equal(head.method, "POST");
    assert_text(bytes_of(data + head.path_at, head.path_len), "/v1/x");
    assert_int_equal(head.framing, HTTP1_LENGTH);
    assert_int_equal(head.content_length, 12);
    assert_int_equal(head.expect, HTTP1_EXPECT_CONTINUE);
    assert_true(head.closes);
    assert_int_equal(head.len, sizeof text - 1 - 4);
    assert_text(http1_head_field(&head, data, "x-one"), "b c");
    assert_text(http1_head_field(&head, data, "empty"), "");
    assert_null(http1_head_field(&head, data, "x-on").data);
    assert_null(http1_head_field(&head, data, "x-ones").data);
}

static void a_content_length_beyond_eighteen_digits_is_the_largest_there_is(void **state)
{
    (void)state;
    assert_true(head_of(POST "Content-Length: 999999999999999999\r\n\r\n").content_length ==
                999999999999999999u);
    assert_true(head_of(POST "Content-Length: 1000000000000000000\r\n\r\n").content_length ==
                UINT64_MAX);
    assert_true(head_of(POST "Content-Length: 99999999999999999999999999\r\n\r\n").content_length ==
                UINT64_MAX);
}

static void another_expectation_is_told_from_100_continue(void **state)
{
    (void)state;
    assert_int_equal(head_of(GET H "\r\n").expect, HTTP1_EXPECT_NONE);
    assert_int_equal(head_of(GET H "Expect: 100-CONTINUE\r\n\r\n").expect, HTTP1_EXPECT_CONTINUE);
    assert_int_equal(head_of(GET H "Expect: 100-continue, x\r\n\r\n").expect, HTTP1_EXPECT_OTHER);
    assert_int_equal(head_of(GET H "Expect:\r\n\r\n").expect, HTTP1_EXPECT_OTHER);
}

static void only_json_in_utf8_is_taken_for_json(void **state)
{
    static const char *const good[] = {
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
        "application/json; profile=x; charset=utf-8",
        "application/json;",
        "application/json; ; charset=utf-8",
    };
    static const char *const bad[] = {
        "",
        "application/jso",
        "application/jsonp",
        "application/json5; charset=utf-8",
        "application/problem+json",
        "text/json",
        "application/json; charset=latin1",
        "application/json; charset=utf-8; charset=iso-8859-1",
        "application/json; charset=\"utf-8",
        "application/json; charset=",
        "application/json; charset",
        "application/json; charset =utf-8",
        "application/json, application/json",
        "application/json charset=utf-8",
        "application/json; charset=\"ut\\f-8\"",
        "*/*",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(http1_is_json(bytes_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (http1_is_json(bytes_text(bad[i])))
            fail_msg("%s", bad[i]);
    }
    assert_false(http1_is_json(bytes_of(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_gets_its_verdict_however_it_is_cut),
        cmocka_unit_test(a_zero_byte_is_refused_anywhere_in_a_head),
        cmocka_unit_test(a_control_character_is_refused_in_each_element),
        cmocka_unit_test(a_target_longer_than_its_limit_is_refused_as_such),
        cmocka_unit_test(a_head_of_exactly_the_limit_is_read_and_one_more_byte_refused),
        cmocka_unit_test(sixty_four_fields_are_read_and_one_more_is_refused),
        cmocka_unit_test(what_was_read_is_told),
        cmocka_unit_test(a_content_length_beyond_eighteen_digits_is_the_largest_there_is),
        cmocka_unit_test(another_expectation_is_told_from_100_continue),
        cmocka_unit_test(only_json_in_utf8_is_taken_for_json),
    };

    return cmocka_run_group_tests_name("http1", tests, NULL, NULL);
}
