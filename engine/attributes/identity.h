/* SPDX-License-Identifier: Apache-2.0 */
/* The identity encoding x: canonical values and the type to the one input of H. Injective by
 * construction. Source: PROTOCOL section 3. */
#ifndef ENGINE_ATTRIBUTES_IDENTITY_H
#define ENGINE_ATTRIBUTES_IDENTITY_H

#include "attributes/normalise.h"

/* How many bytes of a canonical value a reduction keeps: fewer if there are fewer. reduction: as in
 * struct recipe_part, legal for the value's kind. */
size_t reduction_keeps(const char *reduction, size_t value_len);

/* Write x of one record and one type.
 * type          its recipe names attributes by their index.
 * attributes    the catalogue.
 * values        canonical values by the attributes' index; those of the recipe must be there.
 * bound_domain  the domain's number if it is bound, else 0.
 * to            secret; LIMIT_IDENTITY_LEN bytes always suffice. Marked full if they do not fit. */
void identity_put(const struct ptype *type, const struct attribute *attributes,
                  const struct canonical *values, uint32_t bound_domain, struct writer *to);

#endif
