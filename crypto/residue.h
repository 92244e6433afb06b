/* SPDX-License-Identifier: Apache-2.0 */
/* What a computation leaves on the stack. Our own buffers are wiped where they end; what compilers
 * spill and what libraries leave in their frames (libsodium's products of limbs are enough to find
 * a scalar by lattice reduction) is cleared by writing over the stack below the caller. */
#ifndef CRYPTO_RESIDUE_H
#define CRYPTO_RESIDUE_H

/* Write zeros over RESIDUE_LEN bytes below the caller's frame. For the end of a function whose
 * secrets went through callees, behind the last of them. Any thread. */
void residue_clear(void);

enum { RESIDUE_LEN = 32 << 10 }; /* the deepest way, gcc's under lanes/kernel.c, takes 26 KiB */

#endif
