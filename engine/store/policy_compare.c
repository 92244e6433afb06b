/* SPDX-License-Identifier: Apache-2.0 */
/* Naming the row of policy that differs from what was signed, by the lists of row hashes: the one
 * kept beside the signature, and the one just made. Both go through the same tables in the same
 * order, rows ascending by their key, so they are walked side by side.
 *
 * The kept list is not signed. Whoever altered it too is found out by the signature all the same;
 * only the name is then missing. */
#include "policy_compare.h"

#include <stdio.h>

enum { SHORT_LEN = 16 };

struct entry {
    struct bytes key, hash;
    bool exists;
};

static uint32_t take_count(struct bytes_reader *r)
{
    struct bytes count = take_bytes(r, 4);
    return count.len == 4 ? get_u32(count.data) : 0;
}

/* One side of the walk through one table. */
struct side {
    struct bytes_reader *reader;
    uint32_t left;
    struct entry entry;
};

static void side_next(struct side *s)
{
    s->entry = (struct entry){.exists = s->left > 0};
    if (s->left == 0)
        return;
    s->left--;
    s->entry.key = take_lv(s->reader);
    s->entry.hash = take_bytes(s->reader, SHORT_LEN);
    s->entry.exists = !s->reader->is_bad;
}

/* Numbers have no leading zeros, so the shorter is the smaller; codes are sorted by their bytes,
 * and a number is never compared with a code. */
static int key_compare(struct bytes a, struct bytes b)
{
    bool is_number = a.len > 0 && b.len > 0 && a.data[0] <= '9' && b.data[0] <= '9';
    size_t common = a.len < b.len ? a.len : b.len;
    if (is_number && a.len != b.len)
        return a.len < b.len ? -1 : 1;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static const char *judge(const struct entry *was, const struct entry *is, int *ret_order)
{
    int order = !was->exists ? 1 : !is->exists ? -1 : key_compare(was->key, is->key);
    *ret_order = order;
    if (order != 0)
        return order < 0 ? "was removed" : "was added";
    return bytes_equal(was->hash, is->hash) ? NULL : "was altered";
}

/* false: nothing differs in this table. */
static bool table_compare(struct side *was, struct side *is, struct bytes table, char *finding,
                          size_t cap)
{
    side_next(was);
    side_next(is);
    while (was->entry.exists || is->entry.exists) {
        int order;
        const char *what = judge(&was->entry, &is->entry, &order);
        struct bytes key = order <= 0 ? was->entry.key : is->entry.key;
        if (what != NULL) {
            snprintf(finding, cap, "policy: %.*s %.*s %s", (int)table.len, (const char *)table.data,
                     (int)key.len, (const char *)key.data, what);
            return true;
        }
        side_next(was);
        side_next(is);
    }
    return false;
}

bool policy_compare(struct bytes kept, struct bytes made, char *finding, size_t cap)
{
    struct bytes_reader was = {.left = kept}, is = {.left = made};
    while (is.left.len > 0) {
        struct bytes table = take_lv(&was), same = take_lv(&is);
        struct side before = {.reader = &was, .left = take_count(&was)};
        struct side now = {.reader = &is, .left = take_count(&is)};
        if (was.is_bad || is.is_bad || !bytes_equal(table, same))
            return false;
        if (table_compare(&before, &now, same, finding, cap))
            return true;
    }
    return false;
}
