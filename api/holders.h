/* SPDX-License-Identifier: Apache-2.0 */
/* How many connections each organisation has open in this process, over all its workers. Unknown
 * certificates count together, as organisation 0. */
#ifndef SCHUIL_API_HOLDERS_H
#define SCHUIL_API_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

struct holders;
struct holders *holders_new(void); /* NULL: no memory */
void holders_free(struct holders *h);
/* Count one more of an organisation unless it has `cap` already. true: *ret_owner is for
 * holders_leave, once; NULL: it could not be counted, for want of memory. false: it has. Any
 * thread, no lock. */
bool holders_enter(struct holders *h, uint32_t organisation, int64_t cap, void **ret_owner);
void holders_leave(void *owner);

#endif
