/* SPDX-License-Identifier: Apache-2.0 */
/* What a client's certificate says of who it is. Proving it is TLS's; what it permits is policy's.
 */
#ifndef SCHUIL_EDGE_PEER_H
#define SCHUIL_EDGE_PEER_H

#include "schuilnaam/engine/policy.h"

struct x509_st;

/* Read a certificate that TLS has verified; issuer: the one that signed it in the verified chain,
 * or NULL (it is an authority of its own). false: no memory. An OIN or URA that is not of its exact
 * form, or stands there twice, is none. */
bool peer_read(const struct x509_st *certificate, const struct x509_st *issuer,
               struct client_certificate *ret);
/* The URA in the text of the UZI register's otherName,
 *     <OID CA>-<version>-<UZI number>-<pass type>-<URA>-<role>-<AGB code>
 *     2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-00000000
 * of 8 digits, with a terminator. false: it has not exactly this form; ret_ura is then "". */
bool uzi_ura_read(struct bytes text, char ret_ura[LIMIT_URA_LEN + 1]);

#endif
