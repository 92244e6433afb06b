/* SPDX-License-Identifier: Apache-2.0 */
/* See saboteur.h. The connection's descriptor is replaced by one whose other end is closed, so the
 * client cannot go on and the server sees its client gone. */
#include "saboteur.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned left;
static enum cut how;
static bool is_cut;

void saboteur_arm(unsigned nth, enum cut cut)
{
    left = nth;
    how = cut;
    is_cut = false;
}

bool saboteur_disarm(void)
{
    left = 0;
    return is_cut;
}

static void connection_cut(PGconn *conn)
{
    int pair[2];
    is_cut = true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    close(pair[1]);
    dup2(pair[0], PQsocket(conn));
    close(pair[0]);
}

/* Until the server has answered: by then the statement was carried out. */
static void answer_await(PGconn *conn)
{
    struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
    while (PQflush(conn) == 1)
        continue;
    (void)poll(&p, 1, 10000);
}

/* Names that the linker's --wrap asks for. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's */
typedef int send_function(PGconn *conn, const char *command, int n, const Oid *types,
                          const char *const *values, const int *lengths, const int *formats,
                          int result_format);
send_function __real_PQsendQueryParams;
send_function __wrap_PQsendQueryParams;

int __wrap_PQsendQueryParams(PGconn *conn, const char *command, int n, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int result_format)
{
    bool is_now = left > 0 && --left == 0;
    if (is_now && how == CUT_BEFORE)
        connection_cut(conn);
    int sent =
        __real_PQsendQueryParams(conn, command, n, types, values, lengths, formats, result_format);
    if (is_now && how == CUT_AFTER && sent) {
        answer_await(conn);
        connection_cut(conn);
    }
    return sent;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
