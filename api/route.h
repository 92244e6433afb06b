/* SPDX-License-Identifier: Apache-2.0 */
/* The routes, built once from routes.def and the nouns of the administration. */
#ifndef SCHUIL_API_ROUTE_H
#define SCHUIL_API_ROUTE_H

#include "edge/exchange.h"
#include "schuilnaam/engine/admin.h"

enum listener { LISTENER_API, LISTENER_ADMIN, LISTENER_HEALTH, LISTENER_COUNT };

/* Who may call. What it takes beside that (a connection, a type) the handler asks the policy. */
enum permission {
    PERMISSION_NONE,       /* anyone who reaches the listener */
    PERMISSION_CREDENTIAL, /* any credential in force */
    PERMISSION_PROVIDER,   /* an organisation */
    PERMISSION_REGISTRY,   /* an organisation */
    PERMISSION_MEMBER,     /* an organisation */
    PERMISSION_OPERATOR,   /* an operator */
};

struct request;
enum { ROUTE_PARAM_CAP = 2, ROUTE_CAP = 192 };

struct route {
    enum listener listener;
    const char *method;
    const char *pattern; /* "/v1/registries/{registry}/parameters"; {x} is one segment */
    enum permission permission;
    size_t body_cap;
    void (*handle)(struct request *r);
    const char *operation, *tag, *summary;
    const struct admin_noun *noun; /* admin only */
    enum admin_verb verb;
    const struct admin_action *action; /* verb ACTION only */
    size_t number;                     /* position in the table */
};

struct route_table {
    size_t count;
    struct route routes[ROUTE_CAP];
    const char *names[ROUTE_CAP]; /* operation ids, for the metrics */
    struct {
        size_t count;
        const struct route *routes[ROUTE_CAP];
    } of[LISTENER_COUNT]; /* the same, by listener: a request walks over its own only */
    struct {
        char pattern[64], operation[64], summary[96];
    } made[ROUTE_CAP]; /* texts of the admin routes */
};

/* RC_INTERNAL: more routes than the table holds. The table must not move. */
SCHUIL_RC route_table_build(struct route_table *ret);

/* The route of a method and path on a listener, or NULL. *ret_view tells the edge what it must
 * know, and the route again. A pattern without {x} goes before one with it. */
const struct route *route_find(const struct route_table *table, enum listener listener,
                               const char *method, struct bytes path,
                               struct edge_route_view *ret_view);
/* What stands for each {x} of a route in a path that route_find gave it for; borrowed from path. */
void route_params(const struct route *route, struct bytes path,
                  struct bytes ret_params[ROUTE_PARAM_CAP]);

/* Handlers. Each ends in request_answer, request_audit or a later step that does; worker thread. */
void handle_issue(struct request *r);
void handle_translate(struct request *r);
void handle_link(struct request *r);
void handle_rotate(struct request *r);
void handle_rotation_complete(struct request *r);
void handle_reverse(struct request *r);
void handle_parameters(struct request *r);
void handle_openapi(struct request *r);
void handle_admin(struct request *r);
void handle_explain(struct request *r);
void handle_audit_export(struct request *r);
void handle_audit_report(struct request *r);
void handle_unseal(struct request *r);
/* Of the control thread, outside any worker: see health.h. */
void handle_healthz(struct request *r);
void handle_readyz(struct request *r);
void handle_metrics(struct request *r);

#endif
