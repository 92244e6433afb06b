/* SPDX-License-Identifier: Apache-2.0 */
/* The file of source keys, and what is made and opened with it. */
#include "source_key.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schuilnaam/crypto/memory.h"
#include "sealer.h"
#include "unit.h"

#define ZEROS_64 "0000000000000000000000000000000000000000000000000000000000000000"
#define HEX_A "aa" ZEROS_64 ZEROS_64
/* 128 digits */
#define KEY_A                                                                                      \
    "0102030405060708090a0b0c0d0e0f10111213141516171819202122232425"                               \
    "26" ZEROS_64
#define KEY_B                                                                                      \
    "ff02030405060708090a0b0c0d0e0f10111213141516171819202122232425"                               \
    "26" ZEROS_64
#define HEAD "schuilnaam source keys 1\norganisation HOSP1\nnumber 3\n"

static char folder[] = "/tmp/schuilnaam-keys-XXXXXX";
static char path[64];

static int setup(void **state)
{
    (void)state;
    assert_ok(schuil_crypto_init());
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/k", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    rmdir(folder);
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    return 0;
}

static void file_put(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void refused_is(const char *text)
{
    struct source_keys keys;
    file_put(text);
    struct schuil_rc rc = source_keys_load(path, &keys);
    if (rc.code != RC_CONFIG_FILE)
        fail_msg("%s: %s", schuil_rc_name(rc), text);
    source_keys_done(&keys);
}

static void a_file_gives_its_generations(void **state)
{
    struct source_keys keys;
    (void)state;
    file_put(HEAD "key 1 " KEY_A "\nkey 3 " KEY_B "\n");
    assert_ok(source_keys_load(path, &keys));
    assert_string_equal(keys.organisation, "HOSP1");
    assert_int_equal(keys.number, 3);
    assert_int_equal(keys.count, 2);
    assert_int_equal(source_keys_newest(&keys), 3);
    assert_int_equal(source_keys_find(&keys, 1)->b[0], 0x01);
    assert_int_equal(source_keys_find(&keys, 3)->b[0], 0xff);
    assert_null(source_keys_find(&keys, 2));
    source_keys_done(&keys);
    assert_null(keys.slab);
}

static void a_file_of_another_form_is_refused(void **state)
{
    static const char *const bad[] = {
        "x",
        HEAD,
        HEAD "key 1 " KEY_A,
        HEAD "key 0 " KEY_A "\n",
        HEAD "key 01 " KEY_A "\n",
        HEAD "key 2147483648 " KEY_A "\n",
        HEAD "key 1  " KEY_A "\n",
        HEAD "key 1 " KEY_A "0\n",
        HEAD "key 1 " KEY_A " \n",
        HEAD "key 1 g" HEX_A "\n",
        HEAD "key " KEY_A "\n",
        HEAD "key 2 " KEY_A "\nkey 1 " KEY_B "\n",
        HEAD "key 1 " KEY_A "\nkey 1 " KEY_B "\n",
        HEAD "key 1 " KEY_A "\n\n",
        "schuilnaam source keys 2\norganisation HOSP1\nnumber 3\nkey 1 " KEY_A "\n",
        "schuilnaam source keys 1\norganisation hosp1\nnumber 3\nkey 1 " KEY_A "\n",
        "schuilnaam source keys 1\norganisation HOSP1HOSP1HOSP1H1\nnumber 3\nkey 1 " KEY_A "\n",
        "schuilnaam source keys 1\norganisation HOSP1\nnumber 0\nkey 1 " KEY_A "\n",
        "schuilnaam source keys 1\nnumber 3\norganisation HOSP1\nkey 1 " KEY_A "\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused_is(bad[i]);
}

static void a_file_that_others_can_read_or_that_is_none_is_refused(void **state)
{
    struct source_keys keys;
    char link_path[80];
    (void)state;
    file_put(HEAD "key 1 " KEY_A "\n");
    assert_int_equal(chmod(path, 0640), 0);
    assert_rc(source_keys_load(path, &keys), CONFIG_MODE);
    source_keys_done(&keys);
    assert_int_equal(chmod(path, 0600), 0);
    snprintf(link_path, sizeof link_path, "%s.link", path);
    assert_int_equal(symlink(path, link_path), 0);
    assert_rc(source_keys_load(link_path, &keys), CONFIG_FILE);
    source_keys_done(&keys);
    unlink(link_path);
    assert_rc(source_keys_load(folder, &keys), CONFIG_FILE);
    source_keys_done(&keys);
    file_put("");
    assert_rc(source_keys_load(path, &keys), CONFIG_FILE);
    source_keys_done(&keys);
}

static void a_file_is_made_once_and_grows(void **state)
{
    struct source_keys first, second;
    struct stat st;
    uint32_t generation = 0;
    (void)state;
    assert_ok(source_keys_make(path, "HOSP1", 3));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_ok(source_keys_load(path, &first));
    assert_int_equal(first.count, 1);
    assert_rc(source_keys_make(path, "HOSP1", 3), CONFLICT_EXISTS);
    assert_ok(source_keys_add(path, &generation));
    assert_int_equal(generation, 2);
    assert_ok(source_keys_load(path, &second));
    assert_int_equal(second.count, 2);
    assert_memory_equal(source_keys_find(&second, 1), first.keys[0].key, 64);
    assert_memory_not_equal(source_keys_find(&second, 2), first.keys[0].key, 64);
    source_keys_done(&first);
    source_keys_done(&second);
    assert_int_equal(rmdir(folder), -1); /* holds the one file: no draft was left beside it */
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void a_full_file_takes_no_more_and_stays(void **state)
{
    static char text[SOURCE_KEYS_FILE_MOST];
    uint32_t generation;
    struct source_keys keys;
    size_t len = (size_t)snprintf(text, sizeof text, "%s", HEAD);
    (void)state;
    for (unsigned i = 1; i <= SOURCE_KEYS_MOST; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "key %u %s\n", i, KEY_A);
    file_put(text);
    assert_rc(source_keys_add(path, &generation), LIMIT_SIZE);
    assert_ok(source_keys_load(path, &keys));
    assert_int_equal(keys.count, SOURCE_KEYS_MOST);
    source_keys_done(&keys);
}

/* ---- parameters ---- */

#define PARAMETERS(connection, types)                                                              \
    "{\"registry\":{\"code\":\"REG1\",\"number\":1,\"state\":\"listed\"},"                         \
    "\"domain\":{\"code\":\"DOM1\",\"number\":7},\"types\":[" types "],"                           \
    "\"attributes\":[{\"code\":\"LID\",\"kind\":\"text\"},{\"code\":\"BSN\",\"kind\":\"bsn\"}],"   \
    "\"connection\":" connection ",\"caller\":{\"organisation\":\"HOSP1\",\"number\":3}}"
#define TYPE_R                                                                                     \
    "{\"tref\":\"R\",\"code\":\"R\",\"version\":1,\"number\":4,\"kind\":\"reversible\","           \
    "\"recipe\":[\"LID\"]}"
#define TYPE_A                                                                                     \
    "{\"tref\":\"A.2\",\"code\":\"A\",\"version\":2,\"number\":5,\"kind\":\"irreversible\","       \
    "\"recipe\":[\"BSN\"]}"

static void parameters_give_what_keys_and_texts_are_made_of(void **state)
{
    struct parameters p;
    struct parameters_type type;
    (void)state;
    assert_ok(parameters_read(bytes_text(PARAMETERS("{\"salted\":true}", TYPE_R "," TYPE_A)), &p));
    assert_string_equal(p.domain, "DOM1");
    assert_int_equal(p.domain_number, 7);
    assert_string_equal(p.organisation, "HOSP1");
    assert_int_equal(p.organisation_number, 3);
    assert_true(p.is_salted);
    assert_ok(parameters_type(&p, "R", &type));
    assert_true(type.is_reversible);
    assert_string_equal(type.attribute, "LID");
    assert_int_equal(type.kind, KIND_TEXT);
    assert_ok(parameters_type(&p, "A.2", &type));
    assert_false(type.is_reversible);
    assert_int_equal(type.version, 2);
    assert_rc(parameters_type(&p, "B", &type), ABSENT);
    parameters_done(&p);
}

static void parameters_of_another_form_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{",
        PARAMETERS("null", TYPE_R),
        "{\"registry\":{\"code\":\"REG1\"},\"domain\":{\"code\":\"DOM1\",\"number\":0},\"types\":[]"
        ","
        "\"attributes\":[],\"connection\":{\"salted\":true},\"caller\":{\"organisation\":\"HOSP1\","
        "\"number\":3}}",
        "{\"registry\":{\"code\":\"REG1\"},\"domain\":{\"code\":\"D-1\",\"number\":1},\"types\":[],"
        "\"attributes\":[],\"connection\":{\"salted\":true},\"caller\":{\"organisation\":\"HOSP1\","
        "\"number\":3}}",
    };
    static const char *const bad_types[] = {
        PARAMETERS("{\"salted\":false}", "{\"tref\":\"R\"}"),
        PARAMETERS("{\"salted\":false}",
                   "{\"tref\":\"R\",\"code\":\"Q\",\"version\":1,\"kind\":\"reversible\","
                   "\"recipe\":[\"LID\"]}"),
        PARAMETERS("{\"salted\":false}",
                   "{\"tref\":\"R\",\"code\":\"R\",\"version\":1,\"kind\":\"reversible\","
                   "\"recipe\":[\"LID\",\"BSN\"]}"),
        PARAMETERS("{\"salted\":false}",
                   "{\"tref\":\"R\",\"code\":\"R\",\"version\":1,\"kind\":\"reversible\","
                   "\"recipe\":[\"LIX\"]}"),
    };
    struct parameters p;
    struct parameters_type type;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_rc(parameters_read(bytes_text(bad[i]), &p), INPUT_TEXT);
        parameters_done(&p);
    }
    for (size_t i = 0; i < sizeof bad_types / sizeof bad_types[0]; i++) {
        assert_ok(parameters_read(bytes_text(bad_types[i]), &p));
        assert_rc(parameters_type(&p, "R", &type), INPUT_TEXT);
        parameters_done(&p);
    }
}

/* ---- sealing ---- */

static void sealer_get(struct sealer *ret, const char *keys, const char *parameters)
{
    memset(ret, 0, sizeof *ret);
    file_put(keys);
    assert_ok(source_keys_load(path, &ret->keys));
    assert_ok(parameters_read(bytes_text(parameters), &ret->parameters));
}

static struct bytes text_of(const struct sealed_text *text)
{
    return bytes_of(text->text, text->len);
}

static void what_is_sealed_opens_and_is_resealed_under_the_newest(void **state)
{
    struct sealer old, new;
    size_t type;
    bool is_reversible;
    struct sealed_text before, after, direct, again;
    struct reversible_value value;
    enum schuil_diagnostic found;
    (void)state;
    sealer_get(&old, HEAD "key 1 " KEY_A "\n", PARAMETERS("{\"salted\":false}", TYPE_R));
    sealer_get(&new, HEAD "key 1 " KEY_A "\nkey 2 " KEY_B "\n",
               PARAMETERS("{\"salted\":false}", TYPE_R));
    assert_ok(sealer_type(&old, "R", &type, &is_reversible));
    assert_ok(sealer_type(&new, "R", &type, &is_reversible));
    assert_true(is_reversible);
    assert_ok(sealer_seal(&old, 0, bytes_text(" 0012 "), 0, &before));
    assert_memory_equal(before.text, "R-R-DOM1-3-1-", 13);
    assert_ok(sealer_open(&new, 0, text_of(&before), &value, &found));
    assert_int_equal(found, DIAG_NONE);
    assert_text(bytes_of(value.data, value.len), "0012");
    assert_ok(sealer_reseal(&new, 0, text_of(&before), &after));
    assert_ok(sealer_seal(&new, 0, bytes_text("0012"), 0, &direct));
    assert_true(bytes_equal(text_of(&after), text_of(&direct)));
    assert_memory_equal(after.text, "R-R-DOM1-3-2-", 13);
    assert_ok(sealer_reseal(&new, 0, text_of(&after), &again));
    assert_true(bytes_equal(text_of(&after), text_of(&again)));
    assert_ok(sealer_open(&old, 0, text_of(&after), &value, &found));
    assert_int_equal(found, DIAG_REVERSAL_REFUSED); /* a generation that it does not have */
    sealer_done(&old);
    sealer_done(&new);
}

static void salted_ones_differ_and_stay_salted(void **state)
{
    struct sealer sealer;
    size_t type;
    bool is_reversible;
    struct sealed_text first, second, resealed;
    (void)state;
    sealer_get(&sealer, HEAD "key 1 " KEY_A "\n", PARAMETERS("{\"salted\":true}", TYPE_R));
    assert_ok(sealer_type(&sealer, "R", &type, &is_reversible));
    assert_ok(sealer_seal(&sealer, 0, bytes_text("7"), 0, &first));
    assert_ok(sealer_seal(&sealer, 0, bytes_text("7"), 0, &second));
    assert_memory_equal(first.text, "S-R-DOM1-3-1-", 13);
    assert_false(bytes_equal(text_of(&first), text_of(&second)));
    assert_ok(sealer_reseal(&sealer, 0, text_of(&first), &resealed));
    assert_int_equal(resealed.text[0], 'S');
    sealer_done(&sealer);
}

static void what_is_not_ours_gets_one_refusal_and_what_has_no_form_its_own(void **state)
{
    static const char *const bad[] = {"",
                                      "Jansen",
                                      "R-R-DOM2-3-1-",
                                      "R-R-DOM1-4-1-",
                                      "R-R.2-DOM1-3-1-",
                                      "S-R-DOM1-3-1-",
                                      "R-R-DOM1-3-9-"};
    struct sealer sealer;
    size_t type;
    bool is_reversible;
    struct sealed_text good, made;
    char text[LIMIT_TEXT_R_LEN];
    (void)state;
    sealer_get(&sealer, HEAD "key 1 " KEY_A "\n", PARAMETERS("{\"salted\":false}", TYPE_R));
    assert_ok(sealer_type(&sealer, "R", &type, &is_reversible));
    assert_ok(sealer_seal(&sealer, 0, bytes_text("7"), 0, &good));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int len =
            snprintf(text, sizeof text, "%s%.*s", bad[i], (int)(good.len - 13), good.text + 13);
        assert_ok(sealer_reseal(&sealer, 0, bytes_of(text, (size_t)len), &made));
        assert_int_equal(made.found, DIAG_REVERSAL_REFUSED);
        assert_int_equal(made.len, 0);
    }
    assert_ok(sealer_seal(&sealer, 0, bytes_text(" "), 0, &made));
    assert_int_equal(made.found, DIAG_EMPTY);
    assert_rc(sealer_type(&sealer, "B", &type, &is_reversible), ABSENT);
    sealer_done(&sealer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_gives_its_generations),
        TEST(a_file_of_another_form_is_refused),
        TEST(a_file_that_others_can_read_or_that_is_none_is_refused),
        TEST(a_file_is_made_once_and_grows),
        TEST(a_full_file_takes_no_more_and_stays),
        TEST(parameters_give_what_keys_and_texts_are_made_of),
        TEST(parameters_of_another_form_are_refused),
        TEST(what_is_sealed_opens_and_is_resealed_under_the_newest),
        TEST(salted_ones_differ_and_stay_salted),
        TEST(what_is_not_ours_gets_one_refusal_and_what_has_no_form_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
