/* SPDX-License-Identifier: Apache-2.0 */
/* See source_key.h. Files are read and written with the system's calls, from and to the slab. */
#include "source_key.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "memory.h"
#include "schuilnaam/crypto/codec.h"
#include "schuilnaam/crypto/memory.h"

static const char first_line[] = "schuilnaam source keys 1";

enum { KEY_LEN = 64, HEX_LEN = 2 * KEY_LEN, LINE_MOST = 16 + HEX_LEN, NUMBER_DIGITS_MOST = 10 };

/* ---- the form ---- */

struct lines {
    const char *path;
    struct bytes rest;
    size_t number; /* of the line taken last */
};

static SCHUIL_RC line_refused(const struct lines *lines)
{
    return fail(RC_CONFIG_FILE, "%s: line %zu is not that of a source key file", lines->path,
                lines->number);
}

static bool line_take(struct lines *lines, struct bytes *ret)
{
    const uint8_t *end =
        lines->rest.len == 0 ? NULL : memchr(lines->rest.data, '\n', lines->rest.len);
    lines->number++;
    if (end == NULL)
        return false;
    *ret = bytes_of(lines->rest.data, (size_t)(end - lines->rest.data));
    lines->rest = bytes_of(end + 1, lines->rest.len - ret->len - 1);
    return true;
}

/* What follows a word and a space. */
static bool word_pass(struct bytes *line, const char *word)
{
    size_t len = strlen(word);
    if (line->len <= len || memcmp(line->data, word, len) != 0 || line->data[len] != ' ')
        return false;
    *line = bytes_of(line->data + len + 1, line->len - len - 1);
    return true;
}

/* 1 .. 2^31-1 without a leading zero; 0: it is not. */
static uint32_t number_read(struct bytes text)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > NUMBER_DIGITS_MOST || text.data[0] == '0')
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number > INT32_MAX ? 0 : (uint32_t)number;
}

static bool code_copy(struct bytes text, char ret[LIMIT_CODE_LEN + 1])
{
    if (text.len == 0 || text.len > LIMIT_CODE_LEN)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_capital = text.data[i] >= 'A' && text.data[i] <= 'Z';
        if (!is_capital && (i == 0 || text.data[i] < '0' || text.data[i] > '9'))
            return false;
    }
    memcpy(ret, text.data, text.len);
    ret[text.len] = '\0';
    return true;
}

static SCHUIL_RC head_read(struct lines *lines, struct source_keys *keys)
{
    struct bytes line;
    if (!line_take(lines, &line) || !bytes_equal(line, bytes_text(first_line)))
        return line_refused(lines);
    if (!line_take(lines, &line) || !word_pass(&line, "organisation") ||
        !code_copy(line, keys->organisation))
        return line_refused(lines);
    if (!line_take(lines, &line) || !word_pass(&line, "number"))
        return line_refused(lines);
    keys->number = number_read(line);
    return keys->number == 0 ? line_refused(lines) : SCHUIL_OK;
}

static SCHUIL_RC key_read(struct lines *lines, struct bytes line, struct source_keys *keys)
{
    struct source_key *key = schuil_slab_take(keys->slab, sizeof *key);
    ENSURE(key != NULL, RC_INTERNAL_MEMORY);
    if (keys->count == SOURCE_KEYS_MOST || !word_pass(&line, "key") || line.len <= HEX_LEN ||
        line.data[line.len - HEX_LEN - 1] != ' ')
        return line_refused(lines);
    struct bytes hex = bytes_of(line.data + line.len - HEX_LEN, HEX_LEN);
    uint32_t generation = number_read(bytes_of(line.data, line.len - HEX_LEN - 1));
    uint32_t before = keys->count == 0 ? 0 : source_keys_newest(keys);
    if (generation <= before || !schuil_is_ok(schuil_hex_decode(hex, key->b, sizeof key->b)))
        return line_refused(lines);
    keys->keys[keys->count].generation = generation;
    keys->keys[keys->count++].key = key;
    return SCHUIL_OK;
}

static SCHUIL_RC text_read(const char *path, struct source_keys *keys)
{
    struct lines lines = {.path = path, .rest = keys->text};
    struct bytes line;
    TRY(head_read(&lines, keys));
    while (lines.rest.len > 0) {
        if (!line_take(&lines, &line))
            return line_refused(&lines);
        TRY(key_read(&lines, line, keys));
    }
    return keys->count == 0 ? line_refused(&lines) : SCHUIL_OK;
}

/* ---- reading ---- */

static SCHUIL_RC file_judge(const char *path, int fd, size_t *ret_len)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return fail(RC_CONFIG_FILE, "%s: is no file", path);
    if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(RC_CONFIG_MODE, "%s: must be ours and closed to all others (chmod 600)", path);
    if (st.st_size <= 0 || st.st_size > SOURCE_KEYS_FILE_MOST)
        return fail(RC_CONFIG_FILE, "%s: is no source key file", path);
    *ret_len = (size_t)st.st_size;
    return SCHUIL_OK;
}

static SCHUIL_RC file_fill(const char *path, int fd, uint8_t *ret, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = read(fd, ret + at, len - at);
        if (got == 0 || (got < 0 && errno != EINTR))
            return fail(RC_CONFIG_FILE, "%s: cannot be read", path);
        at += got > 0 ? (size_t)got : 0;
    }
    return SCHUIL_OK;
}

/* The slab holds the text, and a key for each line that could have one. */
static SCHUIL_RC slab_make(size_t text_len, struct source_keys *keys)
{
    struct schuil_rc rc =
        schuil_slab_new(text_len + 16 + (text_len / HEX_LEN + 2) * KEY_LEN, &keys->slab);
    if (rc.code == RC_CONFIG_MEMLOCK)
        return fail(RC_CONFIG_MEMLOCK, "memory for the keys could not be locked (ulimit -l)");
    return rc;
}

static SCHUIL_RC descriptor_read(const char *path, int fd, struct source_keys *keys)
{
    size_t len = 0;
    TRY(file_judge(path, fd, &len));
    TRY(slab_make(len, keys));
    uint8_t *text = schuil_slab_take(keys->slab, len);
    ENSURE(text != NULL, RC_INTERNAL_MEMORY);
    TRY(file_fill(path, fd, text, len));
    keys->text = bytes_of(text, len);
    TRY(text_read(path, keys));
    return schuil_slab_seal(keys->slab);
}

SCHUIL_RC source_keys_load(const char *path, struct source_keys *ret)
{
    memset(ret, 0, sizeof *ret);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return fail(RC_CONFIG_FILE, "%s: cannot be opened: %s", path, strerrordesc_np(errno));
    struct schuil_rc rc = descriptor_read(path, fd, ret);
    close(fd);
    return rc;
}

SCHUIL_RC source_keys_read(struct bytes text, const char *name, struct source_keys *ret)
{
    memset(ret, 0, sizeof *ret);
    ENSURE(text.len > 0 && text.len <= SOURCE_KEYS_FILE_MOST, RC_CONFIG_FILE);
    TRY(slab_make(text.len, ret));
    uint8_t *copy = schuil_slab_take(ret->slab, text.len);
    ENSURE(copy != NULL, RC_INTERNAL_MEMORY);
    memcpy(copy, text.data, text.len);
    ret->text = bytes_of(copy, text.len);
    TRY(text_read(name, ret));
    return schuil_slab_seal(ret->slab);
}

void source_keys_done(struct source_keys *keys)
{
    schuil_slab_free(keys->slab);
    memset(keys, 0, sizeof *keys);
}

const struct source_key *source_keys_find(const struct source_keys *keys, uint32_t generation)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].generation == generation)
            return keys->keys[i].key;
    }
    return NULL;
}

/* ---- writing ---- */

static SCHUIL_RC cannot_write(const char *path)
{
    return fail(RC_INTERNAL, "%s: cannot be written: %s", path, strerrordesc_np(errno));
}

static bool bytes_write(int fd, struct bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.data, bytes.len);
        if (put < 0 && errno != EINTR)
            return false;
        size_t done = put > 0 ? (size_t)put : 0;
        bytes = bytes_of(bytes.data + done, bytes.len - done);
    }
    return true;
}

/* The new name is safe only when its folder is. */
static void folder_sync(const char *path)
{
    size_t len = strlen(path) + 1;
    char *copy = memory_take(len);
    if (copy == NULL)
        return;
    memcpy(copy, path, len);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    memory_free(copy);
}

/* Give the complete draft its name: a link fails where there is a file, a rename replaces it. */
static bool name_give(const char *draft, const char *path, bool replaces)
{
    if (replaces)
        return rename(draft, path) == 0;
    return link(draft, path) == 0;
}

static SCHUIL_RC draft_finish(int fd, const char *draft, const char *path, bool replaces,
                              struct bytes text)
{
    bool is_written = bytes_write(fd, text) && fsync(fd) == 0;
    is_written = close(fd) == 0 && is_written;
    bool is_named = is_written && name_give(draft, path, replaces);
    int why = errno;
    if (!is_named || !replaces)
        unlink(draft);
    errno = why;
    if (is_written && !is_named && why == EEXIST)
        return fail(RC_CONFLICT_EXISTS, "%s: is there already; --next adds a generation to it",
                    path);
    if (!is_named)
        return cannot_write(path);
    folder_sync(path);
    return SCHUIL_OK;
}

static SCHUIL_RC file_write(const char *path, bool replaces, struct bytes text)
{
    static const char ending[] = ".XXXXXX";
    size_t len = strlen(path);
    char *draft = memory_take(len + sizeof ending);
    ENSURE(draft != NULL, RC_INTERNAL_MEMORY);
    memcpy(draft, path, len);
    memcpy(draft + len, ending, sizeof ending);
    int fd = mkostemp(draft, O_CLOEXEC); /* 0600 */
    struct schuil_rc rc =
        fd < 0 ? cannot_write(path) : draft_finish(fd, draft, path, replaces, text);
    memory_free(draft);
    return rc;
}

/* A line with a key that is drawn here. */
static SCHUIL_RC key_put(struct slab *slab, struct writer *w, uint32_t generation)
{
    struct source_key *key = schuil_slab_take(slab, sizeof *key);
    char *hex = schuil_slab_take(slab, HEX_LEN);
    ENSURE(key != NULL && hex != NULL, RC_INTERNAL_MEMORY);
    TRY(schuil_random(key->b, sizeof key->b));
    schuil_hex_encode(bytes_of(key->b, sizeof key->b), hex);
    put_bytes(w, bytes_text("key "));
    put_decimal(w, generation);
    put_u8(w, ' ');
    put_bytes(w, bytes_of(hex, HEX_LEN));
    put_u8(w, '\n');
    ENSURE(!w->is_full, RC_INTERNAL);
    return SCHUIL_OK;
}

/* The file anew: what stands before the new key, and the key. */
static SCHUIL_RC file_grow(const char *path, bool replaces, struct bytes before,
                           uint32_t generation)
{
    struct source_keys made = {0};
    size_t cap = before.len + LINE_MOST + 16;
    struct schuil_rc rc = slab_make(cap + HEX_LEN, &made);
    uint8_t *text = schuil_is_ok(rc) ? schuil_slab_take(made.slab, cap) : NULL;
    if (schuil_is_ok(rc) && text == NULL)
        rc = schuil_rc(RC_INTERNAL_MEMORY);
    struct writer w = writer_over(text, text == NULL ? 0 : cap);
    if (schuil_is_ok(rc)) {
        put_bytes(&w, before);
        rc = key_put(made.slab, &w, generation);
    }
    if (schuil_is_ok(rc))
        rc = file_write(path, replaces, writer_bytes(&w));
    source_keys_done(&made);
    return rc;
}

SCHUIL_RC source_keys_make(const char *path, const char *organisation, uint32_t number)
{
    char head[128];
    int len = snprintf(head, sizeof head, "%s\norganisation %s\nnumber %u\n", first_line,
                       organisation, (unsigned)number);
    ENSURE(len > 0 && (size_t)len < sizeof head, RC_INPUT_LENGTH);
    return file_grow(path, false, bytes_of(head, (size_t)len), 1);
}

SCHUIL_RC source_keys_add(const char *path, uint32_t *ret_generation)
{
    struct source_keys keys;
    struct schuil_rc rc = source_keys_load(path, &keys);
    if (schuil_is_ok(rc) &&
        (keys.count == SOURCE_KEYS_MOST || keys.text.len + LINE_MOST + 16 > SOURCE_KEYS_FILE_MOST))
        rc = fail(RC_LIMIT_SIZE, "%s: holds as many generations as there can be", path);
    if (schuil_is_ok(rc)) {
        *ret_generation = source_keys_newest(&keys) + 1;
        rc = file_grow(path, true, keys.text, *ret_generation);
    }
    source_keys_done(&keys);
    return rc;
}
