/* SPDX-License-Identifier: Apache-2.0 */
/* What the service may ask of a request. All of it is borrowed from the connection. */
#include "conn.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/memory.h"

bool exchange_make_id(struct exchange *x)
{
    struct edge *edge = x->conn->edge;

    if (edge->ids_left == 0) {
        if (!schuil_is_ok(schuil_random(edge->ids, sizeof edge->ids)))
            return false;
        edge->ids_left = sizeof edge->ids;
    }
    edge->ids_left -= ID_LEN;
    uint8_t *id = edge->ids + edge->ids_left;

    schuil_hex_encode(bytes_of(id, ID_LEN), x->id);
    x->id[2 * ID_LEN] = 0;
    explicit_bzero(id, ID_LEN); /* no id is given twice */
    return true;
}

const char *exchange_method(const struct exchange *x)
{
    return x->conn->head.method;
}

struct bytes exchange_path(const struct exchange *x)
{
    const struct conn *c = x->conn;

    return bytes_of(c->window + c->head.path_at, c->head.path_len);
}

struct bytes exchange_body(const struct exchange *x)
{
    return x->body;
}

struct bytes exchange_header(const struct exchange *x, const char *name)
{
    return http1_head_field(&x->conn->head, x->conn->window, name);
}

const char *exchange_request_id(const struct exchange *x)
{
    return x->id;
}

const char *exchange_peer(const struct exchange *x)
{
    return x->conn->peer_text;
}

const char *exchange_access(const struct exchange *x)
{
    return x->conn->edge->config.access;
}

const void *exchange_route(const struct exchange *x)
{
    return x->conn->route.route;
}

const struct client_certificate *exchange_certificate(const struct exchange *x)
{
    return x->conn->edge->config.tls != NULL ? &x->conn->peer : NULL;
}

bool exchange_certificate_is_trusted(const struct exchange *x)
{
    struct conn *c = x->conn;

    return c->edge->config.tls == NULL || link_is_trusted(&c->link, c->edge->config.tls);
}

int64_t exchange_arrived_us(const struct exchange *x)
{
    return x->arrived_us;
}

void exchange_set_user(struct exchange *x, void *user)
{
    x->user = user;
}

void *exchange_user(const struct exchange *x)
{
    return x->user;
}
