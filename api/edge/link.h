/* SPDX-License-Identifier: Apache-2.0 */
/* One non-blocking byte stream: TLS over a socket, or a socket alone. Each call does what can be
 * done now and says what it waits for. Not here: events, deadlines, what the bytes mean. */
#ifndef SCHUIL_EDGE_LINK_H
#define SCHUIL_EDGE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client_certificate;
struct ssl_st;
struct edge_tls;

enum link_result {
    LINK_OK,
    LINK_WANT_READ,  /* go on when the socket is readable */
    LINK_WANT_WRITE, /* go on when it is writable */
    LINK_END,        /* the peer will send no more, in good order; it may still read */
    LINK_GONE,       /* the peer has gone, or broke the rules of TLS */
};

struct link {
    int fd;
    struct ssl_st *ssl;  /* NULL: plain */
    bool is_sealed;      /* our end was sent */
    bool is_broken;      /* TLS failed: nothing may be written any more */
    const char *refusal; /* static; after a handshake that failed */
    uint64_t generation; /* of the TLS settings that its certificate was last looked at with */
    int64_t checked_us;  /* monotonic: when */
    bool is_distrusted;  /* and what came of it */
};

/* Take over fd, which must not block. tls NULL: plain. false: no memory, and fd stays open. */
bool link_init(struct link *link, int fd, struct edge_tls *tls);
/* OK: ret_peer is filled. GONE: link_refusal tells why. Not for plain links. */
enum link_result link_handshake(struct link *link, struct client_certificate *ret_peer);
/* Whether the peer's certificate would still be taken: looked at when the TLS settings were loaded
 * again, and once in a while where there are revocation lists. tls: that of link_init. */
bool link_is_trusted(struct link *link, struct edge_tls *tls);
/* Why the handshake failed: static text without anything of the peer's. */
const char *link_refusal(const struct link *link);
/* Read 1 .. cap bytes. */
enum link_result link_read(struct link *link, uint8_t *ret, size_t cap, size_t *ret_len);
/* Bytes that were taken from the socket and not yet given out: no event will tell of them. */
bool link_has_pending(const struct link *link);
/* Give back the buffers of a link that rests, if they are empty; the next call makes them anew. */
void link_release(struct link *link);
/* Write as much as can be. After WANT_*, give the same bytes again (more may follow them). */
enum link_result link_write(struct link *link, const uint8_t *data, size_t len, size_t *ret_len);
/* Say that we send no more (close_notify, then the socket's write side). The rest can be read. */
void link_seal(struct link *link);
/* Read and drop what the peer still sends, below TLS. OK: more may come; END: it has ended. */
enum link_result link_discard(struct link *link);
/* Close the socket and free. Once; a link that was never begun has fd -1. */
void link_done(struct link *link);

#endif
