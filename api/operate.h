/* SPDX-License-Identifier: Apache-2.0 */
/* The admin job: one thread with a database session and the operate chain, which does operators'
 * calls in order. A change, its audit event and the rise of the counter are one transaction; the
 * answer leaves after it, and after this process has loaded what changed. */
#ifndef SCHUIL_API_OPERATE_H
#define SCHUIL_API_OPERATE_H

#include "request.h"

struct operate;
SCHUIL_RC operate_new(struct service *service, struct operate **ret);
/* Run r->call and answer. The worker's thread; r comes back to its loop by itself. */
void operate_run(struct operate *operate, struct request *r);
/* Take the share in the body, note it in the chain, answer. */
void operate_unseal(struct operate *operate, struct request *r);
/* Write r->event in the operate chain, then answer what r holds. */
void operate_audit(struct operate *operate, struct request *r);
/* A request that was answered elsewhere goes back to its worker. Any thread; r is gone afterwards.
 */
void operate_return(struct request *r);
bool operate_is_ready(const struct operate *operate);
/* Writes CHAIN_END; after the workers have ended. NULL is fine. */
void operate_free(struct operate *operate);

#endif
