/* SPDX-License-Identifier: Apache-2.0 */
/* One flag, set by signals. A second signal of the kind ends the program at once. */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came;

static void on_signal(int number)
{
    came = number;
}

void interrupt_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
}

bool interrupt_came(void)
{
    return came != 0;
}

void interrupt_finish(void)
{
    if (came == 0)
        return;
    signal(came, SIG_DFL);
    raise(came);
}
