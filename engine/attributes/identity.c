/* SPDX-License-Identifier: Apache-2.0 */
/* The identity encoding: see identity.h. */
#include "attributes/identity.h"

/* Y, YM: a date's first 4 or 6 digits. Anything else is a count of characters in decimal. */
size_t reduction_keeps(const char *reduction, size_t value_len)
{
    size_t keeps = 0;
    if (reduction[0] == '\0')
        return value_len;
    if (reduction[0] == 'Y')
        keeps = reduction[1] == 'M' ? 6 : 4;
    else
        for (const char *c = reduction; *c != '\0'; c++)
            keeps = keeps * 10 + (size_t)(*c - '0');
    return keeps < value_len ? keeps : value_len;
}

static void head_put(const struct ptype *type, uint32_t bound_domain, struct writer *to)
{
    if (bound_domain == 0) {
        put_lv_text(to, "schuilnaam/v1/identity");
    } else {
        put_lv_text(to, "schuilnaam/v1/identity-bound");
        put_u32(to, bound_domain);
    }
    put_lv_text(to, type->code);
    put_u16(to, type->version);
    put_u16(to, type->normaliser);
    put_u16(to, type->part_count);
}

void identity_put(const struct ptype *type, const struct attribute *attributes,
                  const struct canonical *values, uint32_t bound_domain, struct writer *to)
{
    head_put(type, bound_domain, to);
    for (size_t i = 0; i < type->part_count; i++) {
        const struct recipe_part *part = &type->parts[i];
        const struct canonical *value = &values[part->attribute];
        put_lv_text(to, attributes[part->attribute].code);
        put_lv_text(to, part->reduction);
        put_lv(to, bytes_of(value->data, reduction_keeps(part->reduction, value->len)));
    }
}
