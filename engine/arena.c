/* SPDX-License-Identifier: Apache-2.0 */
/* The request arena: bump allocation in wiped blocks.
 *
 *   newest -> [ used | free ] -> [ used | free ] -> ...      takes are cut from the newest block
 *
 * A request for more than a quarter of a block gets a block of its own, put behind the newest, so
 * that it ends no block early. What the blocks hold in all never passes the cap. What is free is
 * always zero: blocks are born zero, and a kept one is wiped as far as it was used.
 * Hand-written: the C library has no allocation that ends and wipes everything at once. */
#include "schuilnaam/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "schuilnaam/crypto/secret.h"

enum { ARENA_BLOCK_LEN = 64 << 10, ARENA_ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t used, cap;
    alignas(ARENA_ALIGNMENT) uint8_t data[];
};

struct arena {
    struct block *newest;
    size_t cap;  /* bytes the blocks may hold in all */
    size_t held; /* bytes they hold */
};

struct arena *schuil_arena_new(size_t cap)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL)
        arena->cap = cap;
    return arena;
}

static struct block *block_new(struct arena *arena, size_t cap)
{
    if (cap > arena->cap - arena->held || cap > SIZE_MAX - sizeof(struct block))
        return NULL;
    struct block *block = calloc(1, sizeof *block + cap);
    if (block == NULL)
        return NULL;
    block->cap = cap;
    arena->held += cap;
    return block;
}

static void *block_take(struct block *block, size_t len)
{
    void *taken = block->data + block->used;
    block->used += len;
    return taken;
}

/* A block for one large taking, behind the newest. */
static void *take_alone(struct arena *arena, size_t len)
{
    struct block *block = block_new(arena, len);
    if (block == NULL)
        return NULL;
    struct block **place = arena->newest == NULL ? &arena->newest : &arena->newest->next;
    block->next = *place;
    *place = block;
    return block_take(block, len);
}

static void *take_from_new(struct arena *arena, size_t len)
{
    size_t left = arena->cap - arena->held;
    if (left < len)
        return NULL;
    struct block *block = block_new(arena, left < ARENA_BLOCK_LEN ? left : ARENA_BLOCK_LEN);
    if (block == NULL)
        return NULL;
    block->next = arena->newest;
    arena->newest = block;
    return block_take(block, len);
}

void *schuil_arena_take(struct arena *arena, size_t len)
{
    if (len > SIZE_MAX - ARENA_ALIGNMENT)
        return NULL;
    size_t whole = (len + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (whole == 0)
        whole = ARENA_ALIGNMENT;
    struct block *newest = arena->newest;
    if (newest != NULL && whole <= newest->cap - newest->used)
        return block_take(newest, whole);
    if (whole > ARENA_BLOCK_LEN / 4)
        return take_alone(arena, whole);
    return take_from_new(arena, whole);
}

void *schuil_arena_take_many(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return schuil_arena_take(arena, count * size);
}

static void block_wipe(struct block *block)
{
    schuil_wipe(block->data, block->used);
    block->used = 0;
}

void schuil_arena_reset(struct arena *arena)
{
    struct block *kept = NULL;
    for (struct block *b = arena->newest, *next; b != NULL; b = next) {
        next = b->next;
        block_wipe(b);
        if (kept == NULL && b->cap == ARENA_BLOCK_LEN) {
            kept = b;
            kept->next = NULL;
        } else {
            free(b);
        }
    }
    arena->newest = kept;
    arena->held = kept == NULL ? 0 : kept->cap;
}

void schuil_arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    schuil_arena_reset(arena);
    free(arena->newest);
    free(arena);
}
