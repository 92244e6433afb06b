/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of issue and translate, from bytes to a batch. The first byte of an input chooses the
 * verb, the rest is the body. Our reader and the judge (jansson, and the batch made of its tree)
 * agree on everything: result, detail, types, every value, every diagnostic and their order. */
#include "json/in.h"

#include "../api/json_judge.h"
#include "fuzz.h"

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
    must(schuil_snapshot_add_ptype(b, bytes_text("R"), 1, 4, bytes_text("reversible"), 1,
                                   bytes_text("LID"), false));
}

/* More than a request may name. */
static void versions_add(struct snapshot_builder *b)
{
    for (uint16_t version = 2; version <= LIMIT_TYPE_COUNT; version++)
        must(schuil_snapshot_add_ptype(b, bytes_text("A"), version, (uint16_t)(version + 10),
                                       bytes_text("irreversible"), 1, bytes_text("BSN"), false));
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
    versions_add(b);
    must(schuil_snapshot_seal(b, 1, &snapshot));
    return snapshot;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes body = bytes_of(data, len);
    enum work_verb verb = (enum work_verb)(fuzz_take_u8(&body) % WORK_VERB_COUNT);
    FUZZ_CHECK(judge_difference(verb, snapshot_get(), body) == NULL);
    return 0;
}
