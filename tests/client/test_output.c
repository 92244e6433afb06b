/* SPDX-License-Identifier: Apache-2.0 */
/* A file under its name only when complete. */
#include "unit.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

static char folder[64];
static char path[128];

static int folder_make(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/schuilnaam-output-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/out.csv", folder);
    return 0;
}

static int folder_remove(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static size_t files_count(void)
{
    DIR *directory = opendir(folder);
    size_t count = 0;
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void the_name_appears_when_the_file_is_complete(void **state)
{
    (void)state;
    struct output output;
    struct stat about;
    assert_ok(output_open(path, &output));
    assert_ok(output_put(&output, bytes_text("abc")));
    assert_int_equal(stat(path, &about), -1);
    assert_ok(output_finish(&output));
    output_done(&output);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, 3);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(files_count(), 1);
}

static void what_is_not_finished_is_removed(void **state)
{
    (void)state;
    struct output output;
    assert_ok(output_open(path, &output));
    assert_ok(output_put(&output, bytes_text("abc")));
    assert_int_equal(files_count(), 1);
    output_done(&output);
    assert_int_equal(files_count(), 0);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct output output;
    assert_rc(output_open("/tmp/schuilnaam-none/none/out", &output), INTERNAL);
    assert_null(output.file);
    output_done(&output);
}

static void a_name_that_cannot_be_taken_leaves_no_draft(void **state)
{
    (void)state;
    struct output output;
    assert_int_equal(mkdir(path, 0700), 0);
    assert_ok(output_open(path, &output));
    assert_rc(output_finish(&output), INTERNAL);
    output_done(&output);
    assert_int_equal(files_count(), 1);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_name_appears_when_the_file_is_complete, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(what_is_not_finished_is_removed, folder_make,
                                        folder_remove),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
        cmocka_unit_test_setup_teardown(a_name_that_cannot_be_taken_leaves_no_draft, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
