/* SPDX-License-Identifier: Apache-2.0 */
/* Options of admin as JSON fields, and the key that is read from a descriptor. */
#include "unit.h"

#include <unistd.h>

#include "commands/admin_body.h"

static struct schuil_rc fields_of(const char *noun, unsigned verb, const char *words, json_t **ret)
{
    struct arguments a;
    assert_ok(arguments_of(admin_options, words, &a));
    assert_non_null(admin_noun_find(noun));
    struct schuil_rc rc = admin_body_fields(admin_noun_find(noun), verb, &a, ret);
    arguments_done(&a);
    return rc;
}

static void expect(const char *noun, unsigned verb, const char *words, const char *wanted)
{
    json_t *body = NULL;
    assert_ok(fields_of(noun, verb, words, &body));
    char *text = json_dumps(body, JSON_COMPACT);
    assert_string_equal(text, wanted);
    json_decref(body);
    memory_free(text);
}

static void options_become_fields(void **state)
{
    (void)state;
    expect("connection", VERB_CREATE,
           "--provider P --registry R --types A,C --quota 5 --life 24 --from 2026-01-02 --until "
           "2027-01-02T03:04:05Z",
           "{\"provider\":\"P\",\"registry\":\"R\",\"types\":[\"A\",\"C\"],\"quotaPerDay\":5,"
           "\"lifeHours\":24,\"validFrom\":\"2026-01-02T00:00:00Z\","
           "\"validUntil\":\"2027-01-02T03:04:05Z\"}");
    expect("registry", VERB_CREATE, "--code R --domain R --organisation R --test-persons allow",
           "{\"code\":\"R\",\"domain\":\"R\",\"organisation\":\"R\",\"testPersons\":\"allow\"}");
    expect("key", VERB_CREATE, "--purpose transport", "{\"purpose\":\"transport\"}");
}

static void options_without_a_place_are_refused(void **state)
{
    (void)state;
    json_t *body = NULL;
    assert_rc(fields_of("connection", VERB_CHANGE, "--provider P", &body), INPUT_USAGE);
    assert_null(body);
    assert_rc(fields_of("organisation", VERB_CREATE, "--purpose root", &body), INPUT_USAGE);
    assert_rc(fields_of("connection", VERB_CHANGE, "--types A,,C", &body), INPUT_USAGE);
    assert_rc(fields_of("connection", VERB_CHANGE, "--quota 1e3", &body), INPUT_USAGE);
    assert_rc(fields_of("connection", VERB_CHANGE, "", &body), INPUT_USAGE);
    assert_rc(fields_of("credential", VERB_CREATE, "--certificate /dev/null", &body), INPUT_FILE);
    assert_null(body);
}

/* A table's option has a row on the command line, and a field is filled by one option only. */
static void the_table_of_nouns_is_whole(void **state)
{
    (void)state;
    static const char *const nouns[] = {"organisation", "credential", "operator",   "registry",
                                        "domain",       "type",       "connection", "key"};
    for (size_t n = 0; n < sizeof nouns / sizeof nouns[0]; n++) {
        const struct admin_option *o = admin_noun_find(nouns[n])->options;
        for (; o->option != NULL; o++) {
            const struct option_row *row = admin_options;
            while (row->name != NULL && strcmp(row->name, o->option) != 0)
                row++;
            assert_non_null(row->name);
            for (const struct admin_option *p = o + 1; p->option != NULL; p++)
                assert_string_not_equal(o->field, p->field);
        }
    }
    assert_null(admin_noun_find("bird"));
    assert_null(admin_action_find(admin_noun_find("key"), "fly"));
    assert_null(admin_action_find(admin_noun_find("domain"), "import"));
    assert_int_equal(admin_verb_find("fly"), 0);
}

static struct schuil_rc import_of(const char *input, json_t **ret)
{
    struct arguments a;
    int ends[2];
    assert_ok(arguments_of(admin_options, "--purpose root", &a));
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], input, strlen(input)), (long)strlen(input));
    close(ends[1]);
    struct schuil_rc rc =
        admin_body_action(admin_action_find(admin_noun_find("key"), "import"), &a, ends[0], ret);
    close(ends[0]);
    arguments_done(&a);
    return rc;
}

static void a_key_is_hexadecimal_with_at_most_one_newline(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "\n", "0", "0g", "00\n\n", " 00", "00 "};
    json_t *body = NULL;
    assert_ok(import_of("00FFa0\n", &body));
    assert_string_equal(json_string_value(json_object_get(body, "key")), "00FFa0");
    assert_string_equal(json_string_value(json_object_get(body, "purpose")), "root");
    json_decref(body);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_rc(import_of(wrong[i], &body), INPUT_HEX);
        assert_null(body);
    }
}

static int set_up(void **state)
{
    (void)state;
    return schuil_is_ok(memory_init()) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_become_fields),
        cmocka_unit_test(options_without_a_place_are_refused),
        cmocka_unit_test(the_table_of_nouns_is_whole),
        cmocka_unit_test(a_key_is_hexadecimal_with_at_most_one_newline),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
