/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of issue and translate into batches, held against the judge (json_judge.h): bodies written
 * by hand, each cut short at every byte, and bodies made at random from a fixed seed. */
#include <string.h>

#include "../engine/engine_unit.h"
#include "../engine/fixture_work.h"
#include "json_judge.h"
#include "json/batch.h"
#include "json/in.h"

static struct fixture_work fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_work_init(&fixture);
    fixture_work_load(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_work_done(&fixture);
    return 0;
}

/* A copy that ends where the body ends, so that a sanitizer sees a byte read past it. */
static void judged(struct bytes body)
{
    char *copy = malloc(body.len == 0 ? 1 : body.len);
    assert_non_null(copy);
    if (body.len > 0)
        memcpy(copy, body.data, body.len);
    for (enum work_verb verb = WORK_ISSUE; verb < WORK_VERB_COUNT; verb++) {
        const char *difference = judge_difference(verb, fixture.snapshot, bytes_of(copy, body.len));
        if (difference != NULL)
            print_error("%s differs in: %.*s\n", difference, (int)body.len, copy);
        assert_null(difference);
    }
    free(copy);
}

/* ---- by hand ---- */

#define LETTERS_64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"
/* 2^1024 - 2^970, the least that rounds to no double, without its last digit, 2. */
#define HALF_OF_OVERFLOW                                                                           \
    "1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490"     \
    "1797758720709633028641669288791094655554785194040263065748867150582068190890200070838367"     \
    "62"
#define OVERFLOW                                                                                   \
    HALF_OF_OVERFLOW                                                                               \
    "7385484581771153176447573027006985557136695962284291481986083493647529271907416844436551"     \
    "070434271155969950809304288017790417449779"

static const char *const bodies[] = {
    "",
    " \t\r\n",
    "{}",
    "[]",
    " { } ",
    "\"records\"",
    "1e999",
    "tru",
    "{\"records\":[]}",
    "{\"records\":{}}",
    "{\"records\":[{}]} ",
    "{\"records\":[{}]}\v",
    "{\"records\":[{}]}{",
    "{\"records\":[{}]}\"",
    "{\"records\":[{}]}\"\\x\"",
    "{\"records\":[{}]}01",
    "{\"records\":[{}]}1e999",
    "{\"records\":[{}]}\xff",
    "{\"records\":[{}]}tr\xff",
    "{\"pseudonymTypes\":[\"C\"],\"records\":[{\"G\":\"M\",\"GD\":\"19930515\",\"PC\":\"1234AA\"}]"
    "}",
    "{\"records\":[{\"BSN\":\"999990019\"}],\"pseudonymTypes\":[\"A\",\"C.2\"]}",
    "{\"pseudonymTypes\":[\"\\u0041\"],\"rec\\u006frds\":[{\"\\u0042SN\":\"\\u0039\\t\\/\"}]}",
    "{\"pseudonymTypes\":[\"A\"],\"records\":[],\"more\":{\"a\":[1,2,{\"b\":null}]}}",
    "{\"pseudonymTypes\":[],\"records\":[]}",
    "{\"pseudonymTypes\":[1],\"records\":[]}",
    "{\"pseudonymTypes\":\"A\",\"records\":[]}",
    "{\"pseudonymTypes\":{\"A\":1},\"records\":[]}",
    "{\"pseudonymTypes\":[\"A\",\"A\"],\"records\":[]}",
    "{\"pseudonymTypes\":[\"A\",\"Z\",1],\"records\":[]}",
    "{\"pseudonymTypes\":[\"A\",\"C\",\"B\",\"R\",\"C.2\",1,2,3,4,5,6,7,8,9,0,1,2],\"records\":[]}",
    "{\"pseudonymTypes\":[\"A\"],\"records\":[7,null,true,[],[{}],\"x\",{},-1.5e-3]}",
    "{\"pseudonymTypes\":[\"A\"],\"records\":[{\"BSN\":5},{\"BSN\":null},{\"BSN\":{\"a\":1}},"
    "{\"BSN\":[]},{\"BSN\":\"\"},{\"BSN\":true}]}",
    "{\"pseudonymTypes\":[\"A\"],\"records\":[{\"XX\":1,\"GD\":2,\"x\":3,\"\":4,\"123456782\":5,"
    "\"ABCDEFGH\":6,\"ABCDEFGHI\":7,\"A-\":8,\"a\xc3\xab\":9,\"G\":[\"M\"]}]}",
    "{\"pseudonymTypes\":[\"A\"],\"records\":[{\"BSN\":\"1\",\"G\":\"2\"},{\"G\":\"3\",\"BSN\":"
    "\"4\"},"
    "{\"BSN\":\"5\"},{\"G\":\"6\"},{\"XX\":\"7\",\"G\":\"8\"}]}",
    "{\"records\":[{\"pseudonyms\":{\"C\":\"T-C-x\",\"A\":\"T-A-y\"},\"diagnostics\":[]}],"
    "\"statistics\":{\"speed\":1}}",
    "{\"records\":[{\"pseudonyms\":{}},{\"pseudonyms\":[]},{\"pseudonyms\":null},{},[],"
    "{\"pseudonyms\":{\"A\":1}},{\"diagnostics\":1,\"pseudonyms\":{\"\\u0041\":\"\\ud83d\\ude00\"}}"
    "]}",
    "{\"records\":[{\"pseudonyms\":{\"A\":\"x\",\"Q\":\"y\"}}]}",
    "{\"records\":[{\"pseudonyms\":{\"A\":\"x\",\"C\":\"y\"}},{\"pseudonyms\":{\"C\":\"x\",\"A\":"
    "\"y\"}}]}",
    "{\"pseudonymTypes\":[\"R\",\"A\"],\"records\":[{\"sealed\":{\"R\":\"R-R-REG1-1-1-AAAA\"}},"
    "{\"sealed\":[]},{\"sealed\":\"R\"},{\"sealed\":{}},{\"sealed\":{\"R\":7,\"A\":\"x\",\"C\":"
    "\"y\","
    "\"B\":{\"a\":[1]}},\"LID\":\"7\"},{\"LID\":\"8\",\"seal\\u0065d\":{\"\\u0052\":\"\\u0041\"}}]"
    "}",
    "{\"pseudonymTypes\":[\"R\"],\"records\":[{\"sealed\":{\"Z\":\"x\"}}]}",
    "{\"pseudonymTypes\":[\"R\"],\"records\":[{\"sealed\":{\"Z\":1}}]}",
    "{\"pseudonymTypes\":[\"R\"],\"records\":[{\"sealed\":{\"R\":\"x\",\"R\":\"y\"}}]}",
    "{\"pseudonymTypes\":[\"R\"],\"records\":[{\"sealed\":1,\"sealed\":2}]}",
    "{\"reason\":\"call back\",\"records\":[{\"pseudonyms\":{\"R\":\"R-R-REG1-1-1-AAAA\"}}]}",
    "{\"records\":[],\"reason\":\"c\\u0061ll\",\"statistics\":{}}",
    "{\"records\":[],\"reason\":\"ab\"}",
    "{\"records\":[],\"reason\":\"a b  \"}",
    "{\"records\":[],\"reason\":\"abc\\n\"}",
    "{\"records\":[],\"reason\":\"abc\\u007f\"}",
    "{\"records\":[],\"reason\":\"\xc3\xab\xc3\xab\"}",
    "{\"records\":[],\"reason\":7}",
    "{\"records\":[],\"reason\":null}",
    "{\"records\":[],\"reason\":{\"a\":\"\\u0000\"}}",
    "{\"records\":[],\"reason\":\"\\u0000\"}",
    "{\"records\":[],\"reason\":\"abc\",\"reason\":\"abc\"}",
    "{\"records\":[],\"reason\":\"" LETTERS_64 LETTERS_64 LETTERS_64 LETTERS_64 LETTERS_64
        LETTERS_64 LETTERS_64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\"}",
    "{\"records\":[],\"reason\":\"" LETTERS_64 LETTERS_64 LETTERS_64 LETTERS_64 LETTERS_64
        LETTERS_64 LETTERS_64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyza\"}",
    "{\"records\":[{\"a\":1,\"a\":2}]}",
    "{\"records\":[{\"A\":1,\"\\u0041\":2}]}",
    "{\"records\":[],\"records\":[]}",
    "{\"records\":[],\"rec\\u006frds\":1}",
    "{\"more\":{\"a\":{\"b\":1,\"c\":2,\"b\":3}},\"records\":[]}",
    "{\"a\":1,\"a\"",
    "{\"a\":1,\"a\\u0000\":1}",
    "{\"a\":\"\\u0000\"}",
    "{\"a\":\"\\u0000\\ud800\"}",
    "{\"a\":\"\\u0000",
    "{\"a\" \"\\u0000\"}",
    "[\"\\ud800\"]",
    "[\"\\ud800x\"]",
    "[\"\\ud800\\n\"]",
    "[\"\\ud800\\u0041\"]",
    "[\"\\udc00\\ud800\"]",
    "[\"\\udc00\\udc00\"]",
    "[\"\\udbff\\udfff\\ud800\\udc00\"]",
    "[\"\\ud800\xff\"]",
    "[\"\\ud800",
    "[\"\\u12g4\"]",
    "[\"\\u12\xff\"]",
    "[\"\\u12\xc3\xab\"]",
    "[\"\\a\xff\"]",
    "[\"\\\xff\"]",
    "[\"\\",
    "[\"\\u",
    "[\"\\U0041\"]",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\"]",
    "[\"a\nb\"]",
    "[\"a\x1f\"]",
    "[\"a\x7f\"]",
    "[\"\xc3\xab\xe2\x82\xac\xf0\x9f\x98\x80\"]",
    "[\"\xc0\x80\"]",
    "[\"\xc1\xbf\"]",
    "[\"\xe0\x9f\xbf\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\xef\xbf\xbf\"]",
    "[\"\xf0\x8f\xbf\xbf\"]",
    "[\"\xf4\x8f\xbf\xbf\"]",
    "[\"\xf4\x90\x80\x80\"]",
    "[\"\xf5\x80\x80\x80\"]",
    "[\"\x80\"]",
    "[\"\xe2\x82\"]",
    "[\"" LETTERS_64 "\xff" LETTERS_64 "\"]",
    "[\"" LETTERS_64 "\\u00e9" LETTERS_64 "\"]",
    "\xef\xbb\xbf{}",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1 \"a]",
    "[1 \"a\"]",
    "[1 2e999]",
    "[1 tru\xff",
    "[1:2]",
    "{,}",
    "{\"a\":1,}",
    "{\"a\",1}",
    "{\"a\"}",
    "{1:2}",
    "{\"a\":1]",
    "[1}",
    "[nul]",
    "[nullx]",
    "[null1]",
    "[True]",
    "[true\xff]",
    "[true\xc3\xab]",
    "[-]",
    "[-x]",
    "[+1]",
    "[.5]",
    "[01]",
    "[00]",
    "[-01]",
    "[01\xff]",
    "[-\xff]",
    "[1.]",
    "[1.\xff]",
    "[1.x]",
    "[1.e3]",
    "[1e]",
    "[1e+]",
    "[1e+\xff]",
    "[1e5.5]",
    "[0x1]",
    "[1\xff]",
    "[1e999\xff]",
    "[NaN]",
    "[Infinity]",
    "[-0,0.0,-0.0e-0,1E+2,1e-999,123456789012345678901234567890]",
    "[1e308,-1e308,179e306,0.00179e311]",
    "[1e309]",
    "[-1e309]",
    "[0e309,0.000e99999999999999999999,-0E+999999999]",
    "[1e00000000000000000000000000000000000000005]",
    "[1e99999999999999999999]",
    "[1e-99999999999999999999]",
    "[0.0000000000000000000000000000000000000000000000000000000000001e369]",
    "[0.0000000000000000000000000000000000000000000000000000000000001e370]",
    "[" OVERFLOW "1]",
    "[" OVERFLOW "2]",
    "[" OVERFLOW "3]",
    "[" OVERFLOW "1.9999]",
    "[" OVERFLOW "2.0]",
    "[-" OVERFLOW "2]",
    "[0." OVERFLOW "2e309]",
    "[0." OVERFLOW "1999e309]",
    "[" OVERFLOW ".2e1]",
    "[" OVERFLOW "20e-1]",
    "[" HALF_OF_OVERFLOW "e131]",
    "[" HALF_OF_OVERFLOW "9e130]",
    "[[[[[[[[1]]]]]]]]",
    "[[[[[[[[[1]]]]]]]]]",
    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}",
    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}",
    "[\"[[[[[[[[[[\\\"[[[\"]",
    "x [[[[[[[[[",
    "]]] \"[[[[[[[[[\" [[[[[[[[[[[[",
    "{\"records\":[{\n    \"G\" : \"M\" ,\r\n\t\"GD\":\n\n\"19930515\"                        "
    "}\n]\n}",
};

static void hand_written_bodies_are_read_as_by_the_judge(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        judged(bytes_text(bodies[i]));
}

static void bodies_cut_short_are_read_as_by_the_judge(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        for (size_t len = 0; len < strlen(bodies[i]); len++)
            judged(bytes_of(bodies[i], len));
}

static void zero_bytes_are_refused_wherever_they_are(void **state)
{
    const char *body = "{\"records\":[{\"pseudonyms\":{\"A\":\"x\"}}]}";
    char changed[64];
    (void)state;
    for (size_t i = 0; i <= strlen(body); i++) {
        strcpy(changed, body);
        changed[i] = '\0';
        judged(bytes_of(changed, strlen(body) + (i == strlen(body) ? 1 : 0)));
    }
}

/* ---- what is told ---- */

static void the_first_fault_is_told(void **state)
{
    static const struct {
        const char *body, *detail;
    } cases[] = {
        {"", "a zero byte in the body"},
        {" ", "the body ends too early"},
        {"{\"a\":1", "the body ends too early"},
        {"{\"a\":1,\"a\":!", "a key stands twice in one object"},
        {"{\"a\":1,!,\"a\":1}", "the body is not JSON"},
        {"[\"\xff\",!]", "invalid UTF-8"},
        {"[\"\\u0000\",\"\xff\"]", "a zero character in a string"},
        {"{\"\\u0000\":1}", "a zero character in a string"},
        {"[1e400]", "a number is too large"},
        {"{} {}", "something follows the JSON value"},
        {"! [[[[[[[[[", "nested too deeply"},
        {"7", "the body is not JSON"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json_batch batch;
        const char *detail;
        assert_rc(json_batch_read(bytes_text(cases[i].body), fixture.arena, &batch, &detail),
                  RC_INPUT_JSON);
        assert_string_equal(detail, cases[i].detail);
    }
}

static struct schuil_rc issue_head(const char *body, struct json_batch *batch)
{
    const char *detail = NULL;
    assert_ok(json_batch_read(bytes_text(body), fixture.arena, batch, &detail));
    assert_null(detail);
    struct schuil_rc rc = json_batch_issue_head(batch, fixture.snapshot, &detail);
    assert_int_equal(schuil_is_ok(rc), detail == NULL);
    return rc;
}

static void heads_of_another_shape_are_refused(void **state)
{
    static const struct {
        const char *body;
        enum schuil_rc_code rc;
    } cases[] = {
        {"[]", RC_INPUT_SHAPE},
        {"{\"records\":[]}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":[\"A\"]}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":[],\"records\":[]}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":\"A\",\"records\":[]}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":[1],\"records\":[]}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":[\"A\",\"A\"],\"records\":[]}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":[\"A\"],\"records\":{}}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":[\"A\"],\"records\":[],\"more\":1}", RC_INPUT_SHAPE},
        {"{\"pseudonymTypes\":[\"Z\"],\"records\":[]}", RC_INPUT_TYPE_UNKNOWN},
        {"{\"pseudonymTypes\":[\"C.1\"],\"records\":[]}", RC_INPUT_TYPE_UNKNOWN},
        {"{\"pseudonymTypes\":[\"a\"],\"records\":[]}", RC_INPUT_TYPE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json_batch batch;
        assert_rc(issue_head(cases[i].body, &batch), cases[i].rc);
    }
}

/* ---- many ---- */

/* A body that is put together. */
struct text {
    char *data;
    size_t len, cap;
};

static void text_put(struct text *text, const char *more, size_t len)
{
    if (text->len + len > text->cap) {
        text->cap = (text->len + len) * 2;
        text->data = realloc(text->data, text->cap);
        assert_non_null(text->data);
    }
    if (len > 0)
        memcpy(text->data + text->len, more, len);
    text->len += len;
}

static void text_add(struct text *text, const char *more)
{
    text_put(text, more, strlen(more));
}

static struct bytes text_bytes(const struct text *text)
{
    return bytes_of(text->data, text->len);
}

static void records_of(struct text *text, size_t count)
{
    text_add(text, "{\"pseudonymTypes\":[\"A\"],\"records\":[{}");
    for (size_t i = 1; i < count; i++)
        text_add(text, ",{}");
    text_add(text, "]}");
}

static void more_than_ten_thousand_records_are_refused(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct text text = {0};
        struct json_batch batch;
        const char *detail;
        records_of(&text, LIMIT_RECORD_COUNT + more);
        judged(text_bytes(&text));
        assert_ok(json_batch_read(text_bytes(&text), fixture.arena, &batch, &detail));
        struct schuil_rc rc = json_batch_translate_head(&batch, &detail);
        assert_int_equal(rc.code, more == 0 ? RC_OK : RC_INPUT_RECORDS);
        free(text.data);
    }
}

/* An object of count keys; the last stands twice when has_twice. */
static void keys_of(struct text *text, size_t count, bool has_twice)
{
    char member[48];
    text_add(text, "{");
    for (size_t i = 0; i < count; i++) {
        bool is_second = has_twice && i == count - 1;
        snprintf(member, sizeof member, "%s\"\\u0041%zu\":[]", i == 0 ? "" : ",",
                 is_second ? i / 2 : i);
        text_add(text, member);
    }
    text_add(text, "}");
}

static void a_key_that_stands_twice_is_found_in_objects_of_any_size(void **state)
{
    (void)state;
    for (size_t count = 2; count < 300; count += count / 8 + 1)
        for (int has_twice = 0; has_twice < 2; has_twice++) {
            struct text text = {0};
            text_add(&text, "{\"more\":");
            keys_of(&text, count, has_twice != 0);
            text_add(&text, ",\"records\":[");
            keys_of(&text, count, false);
            text_add(&text, "]}");
            judged(text_bytes(&text));
            judged(bytes_of(text.data, text.len - 4)); /* a fault while an object is open */
            judged(bytes_of(text.data, text.len / 2));
            free(text.data);
        }
}

/* The search in a large object waits for its end, or for a fault behind the keys. */
static void of_a_key_that_stands_twice_and_a_later_fault_the_first_is_told(void **state)
{
    static const char *const faults[] = {",!", ",\"z\":{\"y\":[!]}}", ",\"z\":\"\\u0000\"", ",\"z"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        for (int has_twice = 0; has_twice < 2; has_twice++) {
            struct text text = {0};
            struct json_batch batch;
            const char *detail;
            keys_of(&text, 40, has_twice != 0);
            text.len--; /* its bracket */
            text_add(&text, faults[i]);
            judged(text_bytes(&text));
            assert_rc(json_batch_read(text_bytes(&text), fixture.arena, &batch, &detail),
                      RC_INPUT_JSON);
            bool is_twice = strcmp(detail, "a key stands twice in one object") == 0;
            assert_int_equal(is_twice, has_twice);
            free(text.data);
        }
}

static void long_numbers_are_values_and_no_faults(void **state)
{
    struct text text = {0};
    (void)state;
    text_add(&text, "[0.");
    for (size_t i = 0; i < 100000; i++)
        text_add(&text, "0");
    size_t zeros_len = text.len;
    text_add(&text, "1e100308]");
    judged(text_bytes(&text));
    text.len = zeros_len;
    text_add(&text, "1e100309]");
    judged(text_bytes(&text));
    text.len = zeros_len;
    text_add(&text, "1e100310]");
    judged(text_bytes(&text));
    memcpy(text.data, "[12", 3);
    text.len = zeros_len;
    text_add(&text, "e-99800]");
    judged(text_bytes(&text));
    free(text.data);
}

/* The keys of a large object and what was escaped in them lie in the arena: some 48 KiB here. */
static void no_memory_is_told_as_such(void **state)
{
    struct text text = {0};
    struct json_batch batch;
    const char *detail;
    (void)state;
    keys_of(&text, 1000, false);
    for (size_t cap = 0; cap <= 256 << 10; cap += 4 << 10) {
        struct arena *arena = schuil_arena_new(cap);
        struct schuil_rc rc = json_batch_read(text_bytes(&text), arena, &batch, &detail);
        bool is_enough = cap > 128 << 10;
        if (cap < 40 << 10 || is_enough)
            assert_int_equal(rc.code, is_enough ? RC_OK : RC_INTERNAL_MEMORY);
        assert_true(schuil_is_ok(rc) || rc.code == RC_INTERNAL_MEMORY);
        assert_int_equal(schuil_is_ok(rc), detail == NULL);
        schuil_arena_free(arena);
    }
    free(text.data);
}

/* ---- at random ---- */

static uint64_t random_state = UINT64_C(0x5eed5eed5eed5eed);

/* xorshift64: not for anything but this. */
static size_t draw(size_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 16) % bound;
}

static const char *const pieces[] = {
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u0000",
    "\\u0041",
    "\\ud83d",
    "\\ude00",
    "\\n",
    "\xff",
    "\xc3",
    "\xc3\xab",
    "\xed\xa0\x80",
    "\n  ",
    "true",
    "null",
    "1e309",
    "-",
    "0",
    ".5",
    "\"BSN\":",
    "\"G\":",
    "\"x\":1,",
    "{}",
    "\"records\":",
    "\"A\"",
    "[[[[[[",
    "\x01",
};

static const char *const strings[] = {"",
                                      "M",
                                      "19930515",
                                      "1234AA",
                                      "T-C-AQEAAw",
                                      "\\u004d",
                                      "\\ud83d\\ude00",
                                      "a\\\\b\\\"",
                                      "\xc3\xab",
                                      "0123456789abcdefghijklmnop"};
static const char *const keys[] = {"BSN", "GD",         "G",           "PC",      "HN", "GN", "VN",
                                   "VL",  "LID",        "XX",          "A",       "B",  "C",  "C.2",
                                   "Q",   "pseudonyms", "diagnostics", "\\u0047", "x1", "x2", "x3",
                                   "x4",  "x5",         "x6",          "x7",      "x8"};
static const char *const scalars[] = {
    "0", "-1.5e3", "true", "false", "null", "12345678901234567890", "1e308"};

static void space_make(struct text *text)
{
    static const char *const spaces[] = {" ", "\n    ", "\r\n\t", "                    "};
    if (draw(8) == 0)
        text_add(text, spaces[draw(COUNT_OF(spaces))]);
}

static void string_make(struct text *text, const char *string)
{
    text_add(text, "\"");
    text_add(text, string);
    text_add(text, "\"");
    space_make(text);
}

/* Recursive: depth ends it, rarely past what is allowed. */
static void value_make(struct text *text, size_t depth)
{
    size_t kind = depth > 7 + draw(3) ? 3 : draw(8);
    space_make(text);
    if (kind > 2) {
        if (draw(4) == 0)
            text_add(text, scalars[draw(COUNT_OF(scalars))]);
        else
            string_make(text, strings[draw(COUNT_OF(strings))]);
        return;
    }
    text_add(text, kind == 2 ? "[" : "{");
    for (size_t i = 0, count = draw(4) == 0 ? draw(24) : draw(5); i < count; i++) {
        text_add(text, i == 0 ? "" : ",");
        if (kind < 2) {
            string_make(text, keys[draw(COUNT_OF(keys))]);
            text_add(text, ":");
        }
        value_make(text, depth + 1);
    }
    text_add(text, kind == 2 ? "]" : "}");
    space_make(text);
}

static void record_make(struct text *text)
{
    bool is_temporary = draw(2) == 0;
    size_t begin = draw(8);
    text_add(text, is_temporary ? "{\"pseudonyms\":{" : "{");
    for (size_t i = 0, count = draw(5); i < count; i++) {
        text_add(text, i == 0 ? "" : ",");
        string_make(text, keys[(is_temporary ? 10 : begin) + i]);
        text_add(text, ":");
        if (draw(16) == 0)
            value_make(text, 5);
        else
            string_make(text, strings[draw(COUNT_OF(strings))]);
    }
    text_add(text, is_temporary ? "}}" : "}");
}

static void body_make(struct text *text)
{
    text->len = 0;
    if (draw(4) == 0) {
        value_make(text, 0);
        return;
    }
    text_add(text, draw(4) == 0 ? "{\"more\":[1],\"records\":[" : "{\"records\":[");
    for (size_t i = 0, count = draw(6); i < count; i++) {
        text_add(text, i == 0 ? "" : ",");
        if (draw(8) == 0)
            value_make(text, 2);
        else
            record_make(text);
    }
    text_add(text, draw(2) == 0 ? "]}" : "],\"pseudonymTypes\":[\"A\",\"C\"]}");
}

/* Put something in, take something out, or both. */
static void body_break(struct text *text)
{
    size_t at = draw(text->len + 1);
    size_t gone = draw(2) == 0 ? 0 : draw(text->len - at + 1) % 9;
    const char *piece = draw(4) == 0 ? "" : pieces[draw(COUNT_OF(pieces))];
    struct text broken = {0};
    text_put(&broken, text->data, at);
    text_add(&broken, piece);
    text_put(&broken, text->data + at + gone, text->len - at - gone);
    free(text->data);
    *text = broken;
}

static bool is_json(struct bytes body)
{
    struct json_batch batch;
    const char *detail;
    bool is_good = schuil_is_ok(json_batch_read(body, fixture.arena, &batch, &detail));
    schuil_arena_reset(fixture.arena);
    return is_good;
}

static void random_bodies_are_read_as_by_the_judge(void **state)
{
    enum { COUNT = 100000 };
    struct text text = {0};
    size_t good_count = 0;
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        body_make(&text);
        for (size_t k = draw(3); k > 0; k--)
            body_break(&text);
        judged(text_bytes(&text));
        good_count += is_json(text_bytes(&text)) ? 1 : 0;
    }
    free(text.data);
    assert_in_range(good_count, COUNT / 4, COUNT * 3 / 4); /* else little was tested */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_written_bodies_are_read_as_by_the_judge),
        cmocka_unit_test(bodies_cut_short_are_read_as_by_the_judge),
        cmocka_unit_test(zero_bytes_are_refused_wherever_they_are),
        cmocka_unit_test(the_first_fault_is_told),
        cmocka_unit_test(heads_of_another_shape_are_refused),
        cmocka_unit_test(more_than_ten_thousand_records_are_refused),
        cmocka_unit_test(a_key_that_stands_twice_is_found_in_objects_of_any_size),
        cmocka_unit_test(of_a_key_that_stands_twice_and_a_later_fault_the_first_is_told),
        cmocka_unit_test(long_numbers_are_values_and_no_faults),
        cmocka_unit_test(no_memory_is_told_as_such),
        cmocka_unit_test(random_bodies_are_read_as_by_the_judge),
    };
    json_in_init();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
