/* SPDX-License-Identifier: Apache-2.0 */
/* Clearing the stack below: see residue.h. */
#include "residue.h"

#include <stdint.h>
#include <string.h>

__attribute__((noinline)) void residue_clear(void)
{
    uint8_t below[RESIDUE_LEN];

    memset(below, 0, sizeof below);
    __asm__ volatile("" : : "r"(below) : "memory"); /* so that the writes stay */
}
