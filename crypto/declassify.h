/* SPDX-License-Identifier: Apache-2.0 */
/* A mark for the constant-time tests: from here on these bytes are public.
 *
 * Those tests poison secrets for Valgrind, which then reports every branch and index that depends
 * on one. Where the outcome of a check is told to the caller anyway (refused or not), the branch on
 * it is meant, and stands behind this mark with its reason. Outside the ct build it is nothing. */
#ifndef CRYPTO_DECLASSIFY_H
#define CRYPTO_DECLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef SCHUILNAAM_CT
#include <valgrind/memcheck.h>
#endif

static inline void declassify(const void *data, size_t len)
{
#ifdef SCHUILNAAM_CT
    (void)VALGRIND_MAKE_MEM_DEFINED(data, len);
#else
    (void)data;
    (void)len;
#endif
}

static inline bool declassify_bool(bool outcome)
{
    declassify(&outcome, sizeof outcome);
    return outcome;
}

#endif
