/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of TLS, shared by the connections of a listener. Made and freed as exchange.h says.
 */
#ifndef SCHUIL_EDGE_TLS_H
#define SCHUIL_EDGE_TLS_H

#include <pthread.h>
#include <stdatomic.h>

#include "exchange.h"

struct ssl_ctx_st;
struct ssl_st;

/* The context is replaced as a whole when files are loaded again: connections that stand keep
 * theirs, and are looked at with the newest when they next ask for something. */
struct edge_tls {
    pthread_mutex_t lock; /* of context; taken once a connection, and when files are loaded */
    struct ssl_ctx_st *context;
    _Atomic uint64_t generation; /* of the context, from 1 */
    _Atomic bool has_lists;      /* certificates are checked against revocation lists */
};

/* A session for a new connection, and the generation of its context. NULL: no memory. */
struct ssl_st *edge_tls_session(struct edge_tls *tls, uint64_t *ret_generation);
/* Whether the peer's certificate would be taken today, by the newest authorities and revocation
 * lists. Any thread, for a session of its own. */
bool edge_tls_trusts(struct edge_tls *tls, struct ssl_st *ssl);

#endif
