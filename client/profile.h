/* SPDX-License-Identifier: Apache-2.0 */
/* Where the service is and who we are: options, completed from a profile file of lines
 * `name = value` and `#` comments. What stands on the command line wins. Unknown and repeated
 * names are refused. A path in a profile that is not absolute is taken from the profile's folder.
 */
#ifndef SCHUILNAAM_CLIENT_PROFILE_H
#define SCHUILNAAM_CLIENT_PROFILE_H

#include "options.h"
#include "schuilnaam/rc.h"

enum profile_field {
    PROFILE_SERVER,
    PROFILE_CERT,
    PROFILE_KEY,
    PROFILE_CA,
    PROFILE_PROXY,
    PROFILE_BEHALF, /* code of the organisation that we act for */
    PROFILE_FIELD_COUNT
};

struct profile {
    char *value[PROFILE_FIELD_COUNT]; /* owned; NULL when not told */
};

/* Fill from the arguments and the file that --profile names. RC_INPUT_USAGE: no server, or no
 * https:// address; RC_CONFIG_FILE: the file is not there or wrong. Told; *ret is then empty. */
SCHUIL_RC profile_load(const struct arguments *arguments, struct profile *ret);
/* The same from an open file; folder is what relative paths start from. For tests. */
SCHUIL_RC profile_read(FILE *file, const char *file_name, const char *folder,
                       struct profile *profile);
void profile_done(struct profile *profile);

#endif
