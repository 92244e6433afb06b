/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: signed lists of the heads of all audit chains, in files outside the database. */
#ifndef SCHUIL_API_CHECKPOINT_H
#define SCHUIL_API_CHECKPOINT_H

#include "service_state.h"

enum { CHECKPOINT_FILE_MOST = 64 << 20, CHECKPOINT_PATH_CAP = 4096 };

/* Sign a statement's runs as this process and give its text (the caller frees it). The newest
 * snapshot's audit key is used. RC_BUSY_SNAPSHOT: there is none. */
SCHUIL_RC statement_text(struct service *service, struct audit_statement *statement,
                         char **ret_text, size_t *ret_len);
/* Read the heads through session and write a checkpoint. path NULL: a new file of a name of its own
 * in the setting's folder; its name is told in ret_path. May block. RC_CONFIG_FILE, RC_STORE_*. */
SCHUIL_RC checkpoint_write(struct service *service, struct store_session *session, const char *path,
                           char ret_path[CHECKPOINT_PATH_CAP], char *ret_finding, size_t cap);
/* Microseconds since 1970 at which the newest checkpoint in the folder was written; 0: none. */
int64_t checkpoint_newest_us(const char *directory);
/* Give every checkpoint of a folder to the trail; *ret_count: how many. RC_CONFIG_FILE: the folder
 * or a file in it cannot be read. A file that is no signed checkpoint becomes a finding. */
SCHUIL_RC checkpoints_feed(const char *directory, struct audit_trail *trail, size_t *ret_count,
                           char *ret_finding, size_t cap);

#endif
