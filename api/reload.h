/* SPDX-License-Identifier: Apache-2.0 */
/* What changes while the service runs: on SIGHUP the configuration file, certificates, authorities
 * and revocation lists; the lists also when their folder changes. All of it, or nothing: what is
 * wrong leaves the old in use, is logged, counted and audited. No connection is dropped. All calls
 * on the control thread. */
#ifndef SCHUIL_API_RELOAD_H
#define SCHUIL_API_RELOAD_H

#include "service_state.h"

struct edge_tls_files;

struct reload {
    struct service *service;
    struct settings fresh;  /* as last taken; the live texts in use are these */
    bool has_fresh;         /* else those of service->settings */
    uint64_t folder_digest; /* of the revocation lists' folder when they were last loaded */
    int64_t looked_us;
};

void reload_init(struct reload *r, struct service *service);
void reload_done(struct reload *r);
/* SIGHUP. Begins a new log file too. */
void reload_all(struct reload *r);
/* Called many times a second; looks at the folder every few seconds. */
void reload_watch(struct reload *r);
/* The files of these settings. */
struct edge_tls_files reload_files(const struct settings *s);

#endif
