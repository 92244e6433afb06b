/* SPDX-License-Identifier: Apache-2.0 */
/* Files compiled into a program by embed_files() of cmake/embed.cmake: a table that ends with a
 * row whose name is NULL. Contents are followed by a zero byte that len does not count. */
#ifndef SCHUILNAAM_EMBEDDED_H
#define SCHUILNAAM_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name;
    const unsigned char *data;
    size_t len;
};

#endif
