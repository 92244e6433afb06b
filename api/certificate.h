/* SPDX-License-Identifier: Apache-2.0 */
/* What start-up and bootstrap must know of a certificate file. Not TLS: that is edge/tls.c. */
#ifndef SCHUIL_API_CERTIFICATE_H
#define SCHUIL_API_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "schuilnaam/rc.h"

struct certificate {
    uint8_t fingerprint[32]; /* SHA-256 of the DER form */
    int64_t from_s, until_s; /* unix seconds */
};

/* The first certificate of a PEM file. RC_CONFIG_FILE: ret_finding names the file. */
SCHUIL_RC certificate_read(const char *path, struct certificate *ret, char *ret_finding,
                           size_t cap);

#endif
