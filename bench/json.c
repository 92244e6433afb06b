/* SPDX-License-Identifier: Apache-2.0 */
/* bench_json: what reading a body into a batch and writing the answer cost for one record.
 *
 *     bench_json [--json] [--smoke]
 *
 * Bodies of 1 to 10,000 records: issue with three attributes, compact and with white space as some
 * libraries write it, and translate with one text of 132 characters. Each is read by our reader and
 * by jansson (the judge of the tests, whose batch is the same), and the answer is written. Then the
 * body that costs most to check for keys that stand twice, whole. Nanoseconds per record as p10,
 * p50 and p90 of interleaved runs; the arena is reset and the answer freed, both wiped, in the
 * time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tests/api/json_judge.h"
#include "schuilnaam/crypto/memory.h"
#include "times.h"
#include "json/batch.h"
#include "json/in.h"
#include "json/out.h"

enum {
    RUN_COUNT = 15,
    SMOKE_RUN_COUNT = 2,
    RUN_NS = 5000000,
    SMOKE_RUN_NS = 50000,
    ARENA_CAP = 256 << 20,
    TEXT_T_LEN = 132, /* of a temporary pseudonym of a type with one letter */
    TEXT_P_LEN = 76,  /* of a final one */
    BODY_CAP = 2 << 20,
    KEY_COUNT = 600000,
    SMOKE_KEY_COUNT = 6000,
};

enum shape { SHAPE_ISSUE, SHAPE_SPACED, SHAPE_TRANSLATE, SHAPE_KEYS, SHAPE_COUNT };

static const char *const shape_names[] = {"issue", "issue_spaced", "translate", "keys"};
static const uint32_t counts[] = {1, 100, 1000, 10000};

enum { COUNT_COUNT = sizeof counts / sizeof counts[0] };

static struct {
    struct snapshot *snapshot;
    struct arena *arena;
    char text[TEXT_T_LEN + 1];
} data;

static void need(struct schuil_rc rc)
{
    if (schuil_is_ok(rc))
        return;
    fprintf(stderr, "bench_json: %s\n", schuil_rc_text(rc));
    exit(1);
}

static void *need_memory(void *memory)
{
    if (memory == NULL)
        need(schuil_rc(RC_INTERNAL_MEMORY));
    return memory;
}

/* --- bodies --- */

static int record_print(enum shape shape, uint32_t i, char *at, size_t cap)
{
    unsigned digits = 1000 + i % 9000;

    switch (shape) {
    case SHAPE_ISSUE:
        return snprintf(at, cap, "{\"G\":\"M\",\"GD\":\"19930515\",\"PC\":\"%uAA\"}", digits);
    case SHAPE_SPACED:
        return snprintf(at, cap,
                        "\n    {\n      \"G\": \"M\",\n      \"GD\": \"19930515\",\n"
                        "      \"PC\": \"%uAA\"\n    }",
                        digits);
    case SHAPE_TRANSLATE:
        return snprintf(at, cap, "{\"pseudonyms\":{\"C\":\"%s\"}}", data.text);
    default:
        return snprintf(at, cap, "\"%08x\":0", (unsigned)i * UINT32_C(2654435761)); /* no order */
    }
}

static struct bytes body_make(enum shape shape, uint32_t count)
{
    static const char *const heads[] = {"{\"pseudonymTypes\":[\"C\"],\"records\":[",
                                        "{\n  \"pseudonymTypes\": [\"C\"],\n  \"records\": [",
                                        "{\"records\":[", "{\"records\":[],\"more\":{"};
    static const char *const tails[] = {"]}", "\n  ]\n}\n", "]}", "}}"};
    size_t cap = (size_t)(shape == SHAPE_KEYS ? 16 : 200) * count + 256;
    char *body = need_memory(malloc(cap));
    size_t len = (size_t)snprintf(body, cap, "%s", heads[shape]);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            body[len++] = ',';
        len += (size_t)record_print(shape, i, body + len, cap - len);
    }
    len += (size_t)snprintf(body + len, cap - len, "%s", tails[shape]);
    return bytes_of(body, len);
}

/* --- kernels --- */

struct kernel {
    char name[40]; /* a key of the JSON */
    void (*run)(const struct kernel *kernel);
    enum shape shape;
    uint32_t count;
    struct bytes body;
    struct work *work; /* to be written; in an arena of its own */
    double ns[RUN_COUNT];
};

static enum work_verb verb_of(enum shape shape)
{
    return shape == SHAPE_ISSUE || shape == SHAPE_SPACED ? WORK_ISSUE : WORK_TRANSLATE;
}

static void run_read(const struct kernel *kernel)
{
    struct json_batch batch;
    struct work *work;
    const char *detail;
    enum work_verb verb = verb_of(kernel->shape);

    need(json_batch_read(kernel->body, data.arena, &batch, &detail));
    if (verb == WORK_ISSUE)
        need(json_batch_issue_head(&batch, data.snapshot, &detail));
    else
        need(json_batch_translate_head(&batch, &detail));
    need(schuil_work_new(data.arena, verb, data.snapshot, (uint32_t)batch.record_count, &work));
    need(verb == WORK_ISSUE ? json_batch_issue_records(&batch, work)
                            : json_batch_translate_records(&batch, work));
    schuil_arena_reset(data.arena);
}

static void run_jansson(const struct kernel *kernel)
{
    json_t *root;
    struct judge_head head;
    struct work *work;
    const char *detail;
    enum work_verb verb = verb_of(kernel->shape);

    need(judge_read(kernel->body, &root, &detail));
    if (verb == WORK_ISSUE)
        need(judge_issue_head(root, data.snapshot, &head, &detail));
    else
        need(judge_translate_head(root, &head, &detail));
    need(schuil_work_new(data.arena, verb, data.snapshot, head.record_count, &work));
    need(verb == WORK_ISSUE ? judge_issue_records(head.records, work)
                            : judge_translate_records(head.records, work));
    json_decref(root);
    schuil_arena_reset(data.arena);
}

/* Making the work alone, which both readings do. */
static void run_work(const struct kernel *kernel)
{
    struct work *work;
    uint16_t column;
    enum work_verb verb = verb_of(kernel->shape);

    need(schuil_work_new(data.arena, verb, data.snapshot, kernel->count, &work));
    if (verb == WORK_TRANSLATE)
        need(schuil_work_column(work, bytes_text("C"), &column));
    schuil_arena_reset(data.arena);
}

static void run_write(const struct kernel *kernel)
{
    struct out out = {0};

    out_work(&out, kernel->work, 1000);
    if (out.has_failed)
        need(schuil_rc(RC_INTERNAL_MEMORY));
    out_done(&out);
}

/* --- what they work on --- */

static struct snapshot *snapshot_make(void)
{
    static const char *const attributes[][2] = {
        {"BSN", "bsn"}, {"GD", "date"}, {"G", "sex"},   {"PC", "postcode"}, {"HN", "number"},
        {"GN", "name"}, {"VN", "name"}, {"VL", "name"}, {"LID", "text"}};
    struct snapshot_builder *b;
    struct snapshot *snapshot;
    struct organisation provider = {.number = 1, .code = "HOSP1"};

    need(schuil_snapshot_builder_new(&b));
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        need(schuil_snapshot_add_attribute(b, bytes_text(attributes[i][0]),
                                           bytes_text(attributes[i][1])));
    need(schuil_snapshot_add_ptype(b, bytes_text("C"), 1, 3, bytes_text("irreversible"), 1,
                                   bytes_text("G,GD,PC"), true));
    need(schuil_snapshot_add_organisation(b, &provider));
    need(schuil_snapshot_seal(b, 1, &snapshot));
    return snapshot;
}

/* A work that is done: a pseudonym for each record, as prepare and run leave them. */
static struct work *work_make(enum work_verb verb, uint32_t count)
{
    struct arena *arena = need_memory(schuil_arena_new(ARENA_CAP));
    size_t text_len = verb == WORK_ISSUE ? TEXT_T_LEN : TEXT_P_LEN;
    struct work *work;

    need(schuil_work_new(arena, verb, data.snapshot, count, &work));
    work->types[0] = schuil_ptype_by_tref(data.snapshot, bytes_text("C"));
    work->type_count = 1;
    work->job_count = count;
    work->made_count = count;
    work->jobs = need_memory(schuil_arena_take_many(arena, count, sizeof *work->jobs));
    work->job_of = need_memory(schuil_arena_take_many(arena, count, sizeof *work->job_of));
    for (uint32_t i = 0; i < count; i++) {
        char *text = need_memory(schuil_arena_take(arena, text_len));
        memcpy(text, data.text, text_len);
        work->jobs[i] = (struct job){.type = work->types[0],
                                     .record = i,
                                     .is_ok = true,
                                     .work = work,
                                     .text = text,
                                     .text_len = (uint16_t)text_len};
        work->job_of[i] = i + 1;
        work->records[i].provider = verb == WORK_ISSUE ? 0 : 1;
    }
    return work;
}

enum { KERNEL_CAP = COUNT_COUNT * 12 + 2 };
static struct kernel kernels[KERNEL_CAP];
static size_t kernel_count;

static void kernel_add(const char *what, void (*run)(const struct kernel *kernel), enum shape shape,
                       uint32_t count, struct bytes body)
{
    struct kernel *kernel = &kernels[kernel_count++];

    *kernel = (struct kernel){.run = run, .shape = shape, .count = count, .body = body};
    snprintf(kernel->name, sizeof kernel->name, "%s_%s_%u", shape_names[shape], what, count);
}

static void kernels_add(enum shape shape, uint32_t count)
{
    struct bytes body = body_make(shape, count);

    kernel_add("read", run_read, shape, count, body);
    kernel_add("jansson", run_jansson, shape, count, body);
    if (shape == SHAPE_SPACED || shape == SHAPE_KEYS)
        return;
    kernel_add("work", run_work, shape, count, body);
    kernel_add("write", run_write, shape, count, body);
    kernels[kernel_count - 1].work = work_make(verb_of(shape), count);
}

static void prepare(bool is_smoke)
{
    need(schuil_crypto_init());
    json_in_init();
    data.snapshot = snapshot_make();
    data.arena = need_memory(schuil_arena_new(ARENA_CAP));
    memset(data.text, 'A', TEXT_T_LEN);
    memcpy(data.text, "T-C-", 4);
    for (enum shape shape = SHAPE_ISSUE; shape < SHAPE_KEYS; shape++)
        for (size_t i = 0; i < COUNT_COUNT; i++)
            kernels_add(shape, counts[i]);
    kernels_add(SHAPE_KEYS, is_smoke ? SMOKE_KEY_COUNT : KEY_COUNT);
}

/* --- measuring, as bench_crypto does --- */

/* Nanoseconds per record. */
static double measure(const struct kernel *kernel, double run_ns)
{
    double begin = times_now_ns(), end = begin;
    size_t times = 0;

    while (end - begin < run_ns) {
        for (uint32_t done = 0; done < 1000; done += kernel->count, times++)
            kernel->run(kernel);
        end = times_now_ns();
    }
    return (end - begin) / ((double)times * kernel->count);
}

static void run_all(size_t run_count, double run_ns)
{
    for (size_t r = 0; r < run_count; r++)
        for (size_t k = 0; k < kernel_count; k++) {
            kernels[k].run(&kernels[k]); /* warm */
            kernels[k].ns[r] = measure(&kernels[k], run_ns);
        }
}

static void print_all(bool is_json, size_t run_count)
{
    struct times_row rows[sizeof kernels / sizeof kernels[0]];

    for (size_t k = 0; k < kernel_count; k++)
        rows[k] = (struct times_row){kernels[k].name, kernels[k].name, kernels[k].ns};
    times_print(is_json, "ns per record", kernel_count, rows, run_count);
}

int main(int argc, char **argv)
{
    bool is_json, is_smoke;

    if (!times_options(argc, argv, &is_json, &is_smoke))
        return 64;
    size_t run_count = is_smoke ? SMOKE_RUN_COUNT : RUN_COUNT;
    prepare(is_smoke);
    run_all(run_count, is_smoke ? SMOKE_RUN_NS : RUN_NS);
    print_all(is_json, run_count);
    return 0;
}
