/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT, SIGTERM and SIGHUP end the program only after it has removed its unfinished output. */
#ifndef SCHUILNAAM_CLIENT_INTERRUPT_H
#define SCHUILNAAM_CLIENT_INTERRUPT_H

#include <stdbool.h>

/* Begin to take note of the signals: only where there is something to remove. */
void interrupt_watch(void);
bool interrupt_came(void);
/* When one came: end by it, so that the shell sees why. Otherwise does nothing. */
void interrupt_finish(void);

#endif
