/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of this program: every block is wiped when it is given back, for any of them may hold a
 * value of a person or a key. Growing text lives in `struct buffer`.
 *
 * Not guarded memory: the client holds values only while they pass. memory_init also gives these
 * functions to jansson and libcurl, so that their copies are wiped as well. */
#ifndef SCHUILNAAM_CLIENT_MEMORY_H
#define SCHUILNAAM_CLIENT_MEMORY_H

#include <stddef.h>

#include "schuilnaam/bytes.h"
#include "schuilnaam/rc.h"

/* Once, before jansson, libcurl or a buffer is used; also starts libcurl and forbids core files.
 * RC_INTERNAL when libcurl does not start. Main thread. */
SCHUIL_RC memory_init(void);

/* As malloc and realloc; what is given back is wiped. NULL when there is none. */
void *memory_take(size_t len);
void *memory_resize(void *block, size_t len);
void memory_free(void *block);

struct buffer {
    char *data; /* NULL while cap is 0; not terminated */
    size_t len, cap;
};

/* Append. RC_INTERNAL_MEMORY: the buffer is as it was. */
SCHUIL_RC buffer_put(struct buffer *b, struct bytes bytes);
SCHUIL_RC buffer_put_text(struct buffer *b, const char *text);
SCHUIL_RC buffer_put_char(struct buffer *b, char c);
/* Forget and wipe the contents, keep the room. */
void buffer_clear(struct buffer *b);
void buffer_done(struct buffer *b);

static inline struct bytes buffer_bytes(const struct buffer *b)
{
    return bytes_of(b->data, b->len);
}

#endif
