/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of TLS, shared by the connections of a listener. Made and freed as exchange.h says.
 */
#ifndef SCHUIL_EDGE_TLS_H
#define SCHUIL_EDGE_TLS_H

#include "exchange.h"

struct ssl_ctx_st;

struct edge_tls {
    struct ssl_ctx_st *context;
};

#endif
