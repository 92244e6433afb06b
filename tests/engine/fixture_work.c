/* SPDX-License-Identifier: Apache-2.0 */
/* An installation to work in: see fixture_work.h. */
#include "fixture_work.h"

#include "engine_unit.h"

static void policy_add(const struct fixture_work *f, struct snapshot_builder *b)
{
    static const char *const organisations[] = {"HOSP1", "HOSP2", "REG1", "REG2"};
    for (uint32_t i = 0; i < COUNT_OF(organisations); i++) {
        struct organisation o = {.number = i + 1, .state = STATE_ACTIVE};
        strcpy(o.code, organisations[i]);
        assert_ok(schuil_snapshot_add_organisation(b, &o));
    }
    for (uint32_t i = 1; i <= 2; i++) {
        struct domain d = {.number = i, .generation = 1, .is_bound = f->is_bound};
        if (i == 1)
            d.generation = f->generation;
        struct registry r = {.number = i, .organisation = i + 2, .domain = i};
        r.state = i == 1 ? f->registry_state : REGISTRY_LISTED;
        r.allows_test_persons = f->allows_test_persons;
        strcpy(d.code, organisations[i + 1]);
        strcpy(r.code, organisations[i + 1]);
        assert_ok(schuil_snapshot_add_domain(b, &d));
        assert_ok(schuil_snapshot_add_registry(b, &r));
    }
}

static void rotation_add(const struct fixture_work *f, struct snapshot_builder *b)
{
    struct rotation r = {
        .number = 1, .domain = 1, .from = 1, .to = 2, .is_aborting = f->is_aborting};
    if (f->is_rotating || f->is_aborting)
        assert_ok(schuil_snapshot_add_rotation(b, &r));
}

static void linkage_add(const struct fixture_work *f, struct snapshot_builder *b)
{
    struct linkage l = {.number = 1,
                        .source = 1,
                        .research = 2,
                        .valid_until_us = INT64_MAX,
                        .life_hours = FIXTURE_LIFE_HOURS,
                        .state = f->linkage_state,
                        .type_count = 1,
                        .types = {1}};
    if (f->has_linkage)
        assert_ok(schuil_snapshot_add_linkage(b, &l));
}

static void catalogue_add(struct snapshot_builder *b)
{
    static const char *const attributes[][2] = {
        {"BSN", "bsn"}, {"GD", "date"}, {"G", "sex"},   {"PC", "postcode"}, {"HN", "number"},
        {"GN", "name"}, {"VN", "name"}, {"VL", "name"}, {"LID", "text"},
    };
    static const struct {
        const char *code, *recipe;
        uint16_t version;
        bool is_reversible;
    } types[] = {{"A", "BSN", 1, false},         {"B", "GN,VL:1,GD,G", 1, false},
                 {"C", "G,GD,PC", 1, false},     {"R", "LID", 1, true},
                 {"C", "G,GD:Y,PC:4", 2, false}, {"R", "LID", 2, true}};
    for (size_t i = 0; i < COUNT_OF(attributes); i++)
        assert_ok(schuil_snapshot_add_attribute(b, bytes_text(attributes[i][0]),
                                                bytes_text(attributes[i][1])));
    for (uint16_t i = 0; i < COUNT_OF(types); i++)
        assert_ok(schuil_snapshot_add_ptype(
            b, bytes_text(types[i].code), types[i].version, (uint16_t)(i + 1),
            bytes_text(types[i].is_reversible ? "reversible" : "irreversible"), 1,
            bytes_text(types[i].recipe), false));
}

static void connections_add(const struct fixture_work *f, struct snapshot_builder *b)
{
    static const uint32_t pairs[FIXTURE_CONNECTIONS][2] = {{1, 1}, {2, 1}, {1, 2}};
    for (uint32_t i = 0; i < FIXTURE_CONNECTIONS; i++) {
        struct connection c = {.number = i + 1,
                               .provider = pairs[i][0],
                               .registry = pairs[i][1],
                               .valid_until_us = INT64_MAX,
                               .quota_day = 1000,
                               .life_hours = FIXTURE_LIFE_HOURS,
                               .is_salted = f->is_salted,
                               .state = f->connection_states[i],
                               .type_count = 5,
                               .types = {1, 2, 3, 4, 5}};
        assert_ok(schuil_snapshot_add_connection(b, &c));
    }
}

void fixture_work_load(struct fixture_work *f)
{
    struct snapshot_builder *b;
    const char *finding;
    schuil_snapshot_unref(f->snapshot);
    f->snapshot = NULL;
    assert_ok(schuil_snapshot_builder_new(&b));
    policy_add(f, b);
    rotation_add(f, b);
    linkage_add(f, b);
    catalogue_add(b);
    connections_add(f, b);
    assert_ok(schuil_snapshot_add_keys(b, &f->keys.table, &f->keys.ring, FIXTURE_ALL_COMPARTMENTS,
                                       &finding));
    assert_ok(schuil_snapshot_seal(b, 1, &f->snapshot));
}

void fixture_work_init(struct fixture_work *f)
{
    *f = (struct fixture_work){.registry_state = REGISTRY_LISTED,
                               .allows_test_persons = true,
                               .generation = 1,
                               .now_us = INT64_C(1750000000) * 1000000}; /* 2025-06-15 15:06:40 */
    fixture_keys_init(&f->keys);
    f->keys.rows[ROW_DOMAIN_2].state = KEY_ACTIVE;
    f->keys.rows[ROW_DOMAIN_SEAL_2].state = KEY_ACTIVE;
    fixture_keys_vouch(&f->keys, 5);
    f->arena = schuil_arena_new(64 << 20);
    assert_non_null(f->arena);
    fixture_work_load(f);
}

void fixture_work_done(struct fixture_work *f)
{
    schuil_arena_free(f->arena);
    schuil_snapshot_unref(f->snapshot);
    fixture_keys_done(&f->keys);
}

void fixture_work_refresh(struct fixture_work *f)
{
    struct key_row *rows = f->keys.rows;
    rows[ROW_ROOT].state = KEY_DESTROYED;
    for (unsigned c = 0; c < COMPARTMENT_COUNT; c++)
        rows[ROW_ROOT].copies[c].len = 0;
    rows[ROW_ROOT_NEXT].state = KEY_ACTIVE;
    rows[ROW_DOMAIN].state = KEY_TRANSLATE_ONLY;
    rows[ROW_DOMAIN_NEXT].state = KEY_ACTIVE;
    rows[ROW_DOMAIN_G2].state = KEY_TRANSLATE_ONLY;
    rows[ROW_DOMAIN_G2_NEXT].state = KEY_ACTIVE;
    fixture_keys_vouch(&f->keys, 6);
    fixture_work_load(f);
}

static struct work *work_new(struct fixture_work *f, enum work_verb verb, const char *registry,
                             uint32_t record_count)
{
    struct work *work;
    assert_ok(schuil_work_new(f->arena, verb, f->snapshot, record_count, &work));
    work->registry = schuil_registry_by_code(f->snapshot, bytes_text(registry));
    assert_non_null(work->registry);
    work->domain = schuil_domain_by_number(f->snapshot, work->registry->domain);
    assert_non_null(work->domain);
    work->now_us = f->now_us;
    return work;
}

struct work *fixture_issue(struct fixture_work *f, uint32_t provider, const char *registry,
                           uint32_t record_count, const char *trefs)
{
    struct work *work = work_new(f, WORK_ISSUE, registry, record_count);
    work->connection = schuil_connection_find(f->snapshot, provider, work->registry->number);
    assert_non_null(work->connection);
    while (*trefs != '\0') {
        size_t len = strcspn(trefs, ",");
        const struct ptype *type = schuil_ptype_by_tref(f->snapshot, bytes_of(trefs, len));
        assert_non_null(type);
        work->types[work->type_count++] = type;
        trefs += len + (trefs[len] == ',' ? 1 : 0);
    }
    return work;
}

struct work *fixture_translate(struct fixture_work *f, const char *registry, uint32_t record_count)
{
    return work_new(f, WORK_TRANSLATE, registry, record_count);
}

struct work *fixture_link(struct fixture_work *f, uint32_t record_count)
{
    struct work *work = work_new(f, WORK_LINK, "REG1", record_count);
    work->linkage = schuil_linkage_by_number(f->snapshot, 1);
    assert_non_null(work->linkage);
    return work;
}

struct work *fixture_rotate(struct fixture_work *f, const char *registry, uint32_t record_count)
{
    return work_new(f, WORK_ROTATE, registry, record_count);
}

struct work *fixture_reverse(struct fixture_work *f, uint32_t provider, const char *registry,
                             uint32_t record_count)
{
    struct work *work = work_new(f, WORK_REVERSE, registry, record_count);
    work->connection = schuil_connection_find(f->snapshot, provider, work->registry->number);
    assert_non_null(work->connection);
    return work;
}

void fixture_value(struct work *work, uint32_t record, const char *code, const char *value)
{
    const struct attribute *a = schuil_attribute_by_code(work->snapshot, bytes_text(code));
    assert_non_null(a);
    schuil_work_set_value(work, record, a->index, bytes_text(value));
}

void fixture_person(struct work *work, uint32_t record, const char *bsn)
{
    if (bsn != NULL) {
        fixture_value(work, record, "BSN", bsn);
        return;
    }
    fixture_value(work, record, "GN", "Bakker");
    fixture_value(work, record, "VL", "J.");
    fixture_value(work, record, "GD", "19930515");
    fixture_value(work, record, "G", "M");
    fixture_value(work, record, "PC", "1234AA");
}

void fixture_text(struct work *work, uint32_t record, const char *tref, const char *text)
{
    uint16_t column;
    assert_ok(schuil_work_column(work, bytes_text(tref), &column));
    schuil_work_set_text(work, record, column, bytes_text(text));
}

void fixture_run(struct work *work)
{
    struct job **jobs = calloc(work->job_count + 1, sizeof *jobs);
    assert_non_null(jobs);
    for (uint32_t i = 0; i < work->job_count; i++)
        jobs[i] = &work->jobs[i];
    assert_ok(schuil_jobs_run(jobs, work->job_count));
    assert_ok(schuil_work_finish(work));
    free(jobs);
}

static char *made_of(const struct work *work, const uint32_t *job_of, uint32_t record,
                     uint16_t column)
{
    uint32_t place = job_of[(size_t)column * work->record_count + record];
    if (place == 0 || !work->jobs[place - 1].is_ok)
        return NULL;
    const struct job *job = &work->jobs[place - 1];
    assert_int_equal(job->record, record);
    assert_int_equal(job->column, column);
    char *made = strndup(job->text, job->text_len);
    assert_non_null(made);
    return made;
}

char *fixture_made(const struct work *work, uint32_t record, uint16_t column)
{
    return made_of(work, work->job_of, record, column);
}

char *fixture_new_made(const struct work *work, uint32_t record, uint16_t column)
{
    assert_non_null(work->new_job_of);
    return made_of(work, work->new_job_of, record, column);
}

size_t fixture_entry_count(const struct work *work, uint32_t record)
{
    size_t count = 0;
    for (const struct diagnostic_entry *e = work->records[record].first; e != NULL; e = e->next)
        count++;
    return count;
}

bool fixture_has_entry(const struct work *work, uint32_t record, enum schuil_diagnostic d,
                       const char *field)
{
    const struct diagnostic_entry *e = work->records[record].first;
    while (e != NULL && (e->row != d || strcmp(e->field, field) != 0))
        e = e->next;
    return e != NULL;
}
