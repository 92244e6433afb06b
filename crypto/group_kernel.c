/* SPDX-License-Identifier: Apache-2.0 */
/* Which kernel computes: asked of the processor once, at start. Set once, read by all threads. */
#include <stdlib.h>
#include <string.h>

#include "group_kernel.h"
#include "schuilnaam/crypto/group.h"

static const struct group_kernel *chosen = &kernel_portable;

static SCHUIL_RC choose(const struct group_kernel *kernel)
{
    ENSURE(kernel != NULL, RC_CONFIG_KERNEL);
    chosen = kernel;
    return SCHUIL_OK;
}

SCHUIL_RC kernel_choose(void)
{
    const char *name = secure_getenv("SCHUILNAAM_KERNEL");
    if (name == NULL || *name == '\0')
        return choose(kernel_ifma() != NULL ? kernel_ifma() : &kernel_portable);
    if (strcmp(name, kernel_portable.name) == 0)
        return choose(&kernel_portable);
    return choose(strcmp(name, "ifma") == 0 ? kernel_ifma() : NULL);
}

const struct group_kernel *kernel_get(void)
{
    return chosen;
}

const char *schuil_group_kernel(void)
{
    return chosen->name;
}
