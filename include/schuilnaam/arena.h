/* SPDX-License-Identifier: Apache-2.0 */
/* The request arena: everything a request needs is taken from it and goes at once, wiped.
 * Blocks of 64 KiB (or as large as one request for memory asks); never more than its cap. One
 * owner at a time: a large request hands it from the loop to the pool and back, never shares it. */
#ifndef SCHUILNAAM_ARENA_H
#define SCHUILNAAM_ARENA_H

#include <stddef.h>

struct arena;
/* A new arena that gives at most cap bytes in all; NULL: no memory. */
struct arena *schuil_arena_new(size_t cap);
/* len bytes, 16-byte aligned, zeroed; NULL when the cap or memory is reached. */
void *schuil_arena_take(struct arena *arena, size_t len);
/* As above for count * size, checked for overflow. */
void *schuil_arena_take_many(struct arena *arena, size_t count, size_t size);
/* Wipe and keep one block for the next request. */
void schuil_arena_reset(struct arena *arena);
/* Wipe and free. NULL is fine. */
void schuil_arena_free(struct arena *arena);

#endif
