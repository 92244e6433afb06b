/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts the connection to the database at the Nth statement: before the server gets it, or after it
 * was carried out and before its answer is read. Linked with --wrap=PQsendQueryParams. One thread.
 */
#ifndef TESTS_STORE_SABOTEUR_H
#define TESTS_STORE_SABOTEUR_H

#include <stdbool.h>

enum cut { CUT_BEFORE, CUT_AFTER, CUT_COUNT };

/* Cut at statement `nth` from now, counted from 1. */
void saboteur_arm(unsigned nth, enum cut cut);
/* Stop counting. Whether it had come to the cut. */
bool saboteur_disarm(void);

#endif
