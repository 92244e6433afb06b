/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's attributes and the pseudonym types, taken from their rows in text. Not
 * normalisation: a recipe says which attributes and reductions, engine/attributes does them.
 * Source: PROTOCOL sections 2 and 3. */
#include <stdio.h>

#include "policy/codes.h"
#include "snapshot_private.h"

/* Normaliser version 1 is the only one this program knows. A type of another is refused: applying
 * ours would silently give different pseudonyms. */
enum { NORMALISER_KNOWN = 1, NAME_REDUCTION_MAX = 64 };

static const char *const attribute_kinds[] = {
    [KIND_BSN] = "bsn",           [KIND_DATE] = "date",     [KIND_SEX] = "sex",
    [KIND_POSTCODE] = "postcode", [KIND_NUMBER] = "number", [KIND_NAME] = "name",
    [KIND_TEXT] = "text"};

static const char *const type_kinds[] = {
    [PTYPE_IRREVERSIBLE] = "irreversible", [PTYPE_REVERSIBLE] = "reversible"};

const char *schuil_attribute_kind_name(enum attribute_kind kind)
{
    return attribute_kinds[kind];
}

static bool name_find(const char *const *names, size_t count, struct bytes name, size_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(name, bytes_text(names[i]))) {
            *ret = i;
            return true;
        }
    }
    return false;
}

bool schuil_attribute_kind_find(struct bytes name, enum attribute_kind *ret)
{
    size_t found = 0;
    bool is_found =
        name_find(attribute_kinds, sizeof attribute_kinds / sizeof *attribute_kinds, name, &found);
    *ret = (enum attribute_kind)found;
    return is_found;
}

SCHUIL_RC schuil_snapshot_add_attribute(struct snapshot_builder *b, struct bytes code,
                                        struct bytes kind)
{
    struct table *attributes = &b->snapshot->policy.attributes;
    struct attribute row = {0};
    ENSURE(attributes->count < LIMIT_ATTRIBUTE_COUNT, RC_STORE_DATA);
    ENSURE(code_is_good(code, LIMIT_FIELD_CODE_LEN), RC_STORE_DATA);
    ENSURE(schuil_attribute_kind_find(kind, &row.kind), RC_STORE_DATA);
    ENSURE(code_copy(code, row.code, sizeof row.code), RC_STORE_DATA);
    row.index = (uint16_t)attributes->count;
    return table_add(attributes, &row);
}

/* The catalogue has at most 64 rows and is not sorted while it is built. */
static const struct attribute *attribute_find(const struct policy *policy, struct bytes code)
{
    for (size_t i = 0; i < policy->attributes.count; i++) {
        const struct attribute *a = table_row(&policy->attributes, i);
        if (bytes_equal(code, bytes_text(a->code)))
            return a;
    }
    return NULL;
}

static bool is_letter_count(struct bytes text)
{
    unsigned value = 0;
    if (text.len < 1 || text.len > 2 || text.data[0] == '0')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.data[i] - '0');
    }
    return value <= NAME_REDUCTION_MAX;
}

static bool reduction_is_good(enum attribute_kind kind, struct bytes reduction)
{
    switch (kind) {
    case KIND_DATE:
        return bytes_equal(reduction, bytes_text("Y")) || bytes_equal(reduction, bytes_text("YM"));
    case KIND_POSTCODE:
        return bytes_equal(reduction, bytes_text("4"));
    case KIND_NAME:
        return is_letter_count(reduction);
    case KIND_BSN:
    case KIND_SEX:
    case KIND_NUMBER:
    case KIND_TEXT:
        break;
    }
    return false;
}

/* One part: CODE or CODE:REDUCTION. */
static SCHUIL_RC part_parse(const struct policy *policy, struct bytes text, struct recipe_part *ret)
{
    const uint8_t *colon = text.len > 0 ? memchr(text.data, ':', text.len) : NULL;
    struct bytes code = bytes_of(text.data, colon ? (size_t)(colon - text.data) : text.len);
    const struct attribute *a = attribute_find(policy, code);
    ENSURE(a != NULL, RC_STORE_DATA);
    *ret = (struct recipe_part){.attribute = a->index};
    if (colon == NULL)
        return SCHUIL_OK;
    struct bytes reduction = bytes_of(colon + 1, text.len - code.len - 1);
    ENSURE(reduction_is_good(a->kind, reduction), RC_STORE_DATA);
    ENSURE(code_copy(reduction, ret->reduction, sizeof ret->reduction), RC_STORE_DATA);
    return SCHUIL_OK;
}

static SCHUIL_RC recipe_parse(const struct policy *policy, struct bytes recipe, struct ptype *ret)
{
    size_t start = 0;
    ENSURE(recipe.len > 0, RC_STORE_DATA);
    while (start <= recipe.len) {
        const uint8_t *at = recipe.data + start;
        size_t left = recipe.len - start;
        const uint8_t *comma = left > 0 ? memchr(at, ',', left) : NULL;
        struct bytes part = bytes_of(at, comma ? (size_t)(comma - at) : left);
        ENSURE(ret->part_count < LIMIT_RECIPE_COUNT, RC_STORE_DATA);
        TRY(part_parse(policy, part, &ret->parts[ret->part_count]));
        ret->part_count++;
        start += part.len + 1;
    }
    return SCHUIL_OK;
}

static void type_name(struct ptype *type)
{
    if (type->version == 1)
        snprintf(type->tref, sizeof type->tref, "%s", type->code);
    else
        snprintf(type->tref, sizeof type->tref, "%s.%u", type->code, (unsigned)type->version);
}

SCHUIL_RC schuil_snapshot_add_ptype(struct snapshot_builder *b, struct bytes code, uint16_t version,
                                    uint16_t number, struct bytes kind, uint16_t normaliser,
                                    struct bytes recipe, bool is_quasi)
{
    struct policy *policy = &b->snapshot->policy;
    struct ptype row = {
        .version = version, .number = number, .normaliser = normaliser, .is_quasi = is_quasi};
    size_t found;
    ENSURE(version >= 1 && number >= 1, RC_STORE_DATA);
    ENSURE(normaliser == NORMALISER_KNOWN, RC_STORE_DATA);
    ENSURE(code_is_good(code, LIMIT_FIELD_CODE_LEN), RC_STORE_DATA);
    ENSURE(code_copy(code, row.code, sizeof row.code), RC_STORE_DATA);
    ENSURE(name_find(type_kinds, sizeof type_kinds / sizeof *type_kinds, kind, &found),
           RC_STORE_DATA);
    row.kind = (enum ptype_kind)found;
    TRY(recipe_parse(policy, recipe, &row));
    bool is_whole = row.part_count == 1 && row.parts[0].reduction[0] == '\0';
    ENSURE(row.kind == PTYPE_IRREVERSIBLE || is_whole, RC_STORE_DATA);
    type_name(&row);
    return table_add(&policy->types, &row);
}
