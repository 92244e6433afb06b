/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of issue and translate, from bytes to a batch. The first byte of an input chooses the
 * verb, the rest is the body. Whatever the body, each of its records has an entry in the batch, one
 * that is no object has an error, and a body that is refused has a reason that is static text. */
#include "json/in.h"

#include "fuzz.h"
#include "schuilnaam/arena.h"

enum { ARENA_CAP = 64 << 20 };

static void must(struct schuil_rc rc)
{
    FUZZ_CHECK(schuil_is_ok(rc));
}

static void attributes_add(struct snapshot_builder *b)
{
    static const char *const rows[][2] = {{"BSN", "bsn"},     {"GD", "date"},   {"G", "sex"},
                                          {"PC", "postcode"}, {"HN", "number"}, {"GN", "name"},
                                          {"VN", "name"},     {"VL", "name"},   {"LID", "text"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        must(schuil_snapshot_add_attribute(b, bytes_text(rows[i][0]), bytes_text(rows[i][1])));
}

static void types_add(struct snapshot_builder *b)
{
    static const char *const rows[][2] = {{"A", "BSN"}, {"B", "GN,VL:1,GD,G"}, {"C", "G,GD,PC"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        must(schuil_snapshot_add_ptype(b, bytes_text(rows[i][0]), 1, (uint16_t)(i + 1),
                                       bytes_text("irreversible"), 1, bytes_text(rows[i][1]),
                                       i > 0));
}

/* The shipped catalogue and types, without keys. Made once, kept until the process ends. */
static struct snapshot *snapshot_get(void)
{
    static struct snapshot *snapshot;
    if (snapshot != NULL)
        return snapshot;
    json_in_init();
    struct snapshot_builder *b;
    must(schuil_snapshot_builder_new(&b));
    attributes_add(b);
    types_add(b);
    must(schuil_snapshot_seal(b, 1, &snapshot));
    return snapshot;
}

static void check_work(const struct work *work, uint32_t record_count)
{
    FUZZ_CHECK(work->record_count == record_count);
    for (uint32_t i = 0; i < record_count; i++)
        FUZZ_CHECK(work->records[i].is_object || work->records[i].has_error);
}

static void batch_read(enum work_verb verb, const struct json_head *head, struct arena *arena)
{
    struct work *work;
    must(schuil_work_new(arena, verb, snapshot_get(), head->record_count, &work));
    if (verb == WORK_ISSUE) {
        work->type_count = head->type_count;
        memcpy(work->types, head->types, sizeof work->types);
    }
    struct schuil_rc rc = verb == WORK_ISSUE ? json_in_issue_records(head->records, work)
                                             : json_in_translate_records(head->records, work);
    if (schuil_is_ok(rc))
        check_work(work, head->record_count);
}

static void tree_read(enum work_verb verb, json_t *root)
{
    struct json_head head;
    const char *detail = NULL;
    struct schuil_rc rc = verb == WORK_ISSUE
                              ? json_in_issue_head(root, snapshot_get(), &head, &detail)
                              : json_in_translate_head(root, &head, &detail);
    if (!schuil_is_ok(rc)) {
        FUZZ_CHECK(detail != NULL);
        return;
    }
    FUZZ_CHECK(head.record_count <= LIMIT_RECORD_COUNT && head.type_count <= LIMIT_TYPE_COUNT);
    struct arena *arena = schuil_arena_new(ARENA_CAP);
    FUZZ_CHECK(arena != NULL);
    batch_read(verb, &head, arena);
    schuil_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes body = bytes_of(data, len);
    enum work_verb verb = fuzz_take_u8(&body) % 2 == 0 ? WORK_ISSUE : WORK_TRANSLATE;
    (void)snapshot_get();
    json_t *root = NULL;
    const char *detail = NULL;
    struct schuil_rc rc = json_in_parse(body, true, &root, &detail);
    FUZZ_CHECK(schuil_is_ok(rc) == (root != NULL));
    if (schuil_is_ok(rc))
        tree_read(verb, root);
    else
        FUZZ_CHECK(detail != NULL);
    json_decref(root);
    return 0;
}
