/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the commands that take a CSV file to a plan, and the plan to columns. */
#include "flow/work.h"

#include <stdlib.h>

#include "fail.h"

#define CODE_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define CODE_MORE CODE_FIRST "0123456789"

#define REGISTRY_OPTION                                                                            \
    {                                                                                              \
        "registry", 0, OPTION_ONE, "CODE", "the registry it is for"                                \
    }
#define SHARED_OPTIONS                                                                             \
    {"keep", 0, OPTION_MANY, "COLUMN", "copy this column as it is; may be repeated"},              \
        {"output", 'o', OPTION_ONE, "FILE", "where the result goes, once complete"},               \
        {"report", 0, OPTION_ONE, "FILE", "errors as CSV: record,column,code,name,severity"},      \
        {"delimiter", 0, OPTION_ONE, "CHAR",                                                       \
         "between fields: a character, or tab; default comma"},                                    \
        {"encoding", 0, OPTION_ONE, "NAME", "utf-8 (default), windows-1252, iso-8859-1"},          \
        {"bom", 0, OPTION_ONE, "WORD", "mark of UTF-8 in front: detect (default), yes, no"},       \
        {"batch", 0, OPTION_ONE, "N", "records a request, 1-10000; default 1000"},                 \
        {"parallel", 0, OPTION_ONE, "N", "requests at one time, 1-16; default 4"},                 \
        {"retries", 0, OPTION_ONE, "N", "times a request is tried again, 0-20; default 6"},

const struct option_row work_options_issue[] = {
    {"types", 0, OPTION_ONE, "A,C", "pseudonym types to make"},
    {"map", 0, OPTION_MANY, "CODE=COLUMN", "this attribute stands in this column; repeated"},
    {"source-key", 0, OPTION_ONE, "FILE", "seal reversible types here, with a key of our own"},
    REGISTRY_OPTION,
    SHARED_OPTIONS{NULL, 0, OPTION_FLAG, NULL, NULL},
};

const struct option_row work_options_translate[] = {
    {"column", 0, OPTION_MANY, "[TREF=]COLUMN",
     "a column of temporary pseudonyms; TREF where it is not the column's name"},
    {"new", 0, OPTION_FLAG, NULL,
     "also write COLUMN.new: the next generation, while the domain is being rotated"},
    REGISTRY_OPTION,
    SHARED_OPTIONS{NULL, 0, OPTION_FLAG, NULL, NULL},
};

const struct option_row work_options_rotate[] = {
    {"column", 0, OPTION_MANY, "[TREF=]COLUMN",
     "a column of final pseudonyms; TREF where it is not the column's name"},
    {"resume", 0, OPTION_FLAG, NULL, "go on where an interrupted run of the same work ended"},
    {"complete", 0, OPTION_ONE, "GENERATION",
     "declare that all finals of the registry are of this generation; no file"},
    REGISTRY_OPTION,
    SHARED_OPTIONS{NULL, 0, OPTION_FLAG, NULL, NULL},
};

const struct option_row work_options_link[] = {
    {"linkage", 0, OPTION_ONE, "N", "the linkage that permits it"},
    {"column", 0, OPTION_MANY, "[TREF=]COLUMN",
     "a column of final pseudonyms; TREF where it is not the column's name"},
    SHARED_OPTIONS{NULL, 0, OPTION_FLAG, NULL, NULL},
};

#define OWN_KEY_OPTIONS                                                                            \
    {"column", 0, OPTION_ONE, "[TREF=]COLUMN",                                                     \
     "the column of reversible pseudonyms; TREF where it is not the column's name"},               \
        {"source-key", 0, OPTION_ONE, "FILE", "the file that source-key made; nothing is sent"},   \
        {"parameters", 0, OPTION_ONE, "FILE",                                                      \
         "with --source-key: an answer of GET parameters, kept; the service is not asked"},

const struct option_row work_options_reverse[] = {
    {"reason", 0, OPTION_ONE, "TEXT", "why; for the service's audit trail, so name no patient"},
    OWN_KEY_OPTIONS REGISTRY_OPTION,
    SHARED_OPTIONS{NULL, 0, OPTION_FLAG, NULL, NULL},
};

const struct option_row work_options_reseal[] = {
    OWN_KEY_OPTIONS REGISTRY_OPTION,
    SHARED_OPTIONS{NULL, 0, OPTION_FLAG, NULL, NULL},
};

static bool is_code(struct bytes text, size_t most)
{
    if (text.len == 0 || text.len > most || strchr(CODE_FIRST, text.data[0]) == NULL)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0' || strchr(CODE_MORE, text.data[i]) == NULL)
            return false;
    }
    return true;
}

/* 2 .. 65535, without a leading zero. */
static bool is_version(struct bytes text)
{
    unsigned version = 0;
    if (text.len == 0 || text.len > 5 || text.data[0] == '0')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        version = 10 * version + (text.data[i] - (unsigned)'0');
    }
    return version >= 2 && version <= UINT16_MAX;
}

bool work_is_registry(struct bytes text)
{
    return is_code(text, LIMIT_CODE_LEN);
}

bool work_is_tref(struct bytes text)
{
    const uint8_t *dot = text.len > 0 ? memchr(text.data, '.', text.len) : NULL;
    if (dot == NULL)
        return is_code(text, LIMIT_FIELD_CODE_LEN);
    size_t code_len = (size_t)(dot - text.data);
    return is_code(bytes_of(text.data, code_len), LIMIT_FIELD_CODE_LEN) &&
           is_version(bytes_of(dot + 1, text.len - code_len - 1));
}

static SCHUIL_RC form_read(const struct arguments *arguments, struct csv_form *ret)
{
    const char *delimiter = arguments_value(arguments, "delimiter");
    const char *encoding = arguments_value(arguments, "encoding");
    const char *bom = arguments_value(arguments, "bom");
    *ret = (struct csv_form){.delimiter = ','};
    if (delimiter != NULL)
        ret->delimiter = strcmp(delimiter, "tab") == 0 ? '\t' : delimiter[0];
    bool is_one =
        delimiter == NULL || delimiter[0] == '\0' || delimiter[1] == '\0' || ret->delimiter == '\t';
    if (!is_one || strchr("\"\r\n", ret->delimiter) != NULL || (ret->delimiter & 0x80) != 0)
        return fail(RC_INPUT_USAGE, "--delimiter is one ASCII character, or tab");
    if (encoding != NULL && !encoding_find(encoding, &ret->encoding))
        return fail(RC_INPUT_USAGE, "--encoding is utf-8, windows-1252 or iso-8859-1");
    if (bom == NULL || strcmp(bom, "detect") == 0)
        return SCHUIL_OK;
    if (strcmp(bom, "yes") != 0 && strcmp(bom, "no") != 0)
        return fail(RC_INPUT_USAGE, "--bom is detect, yes or no");
    ret->bom = strcmp(bom, "yes") == 0 ? BOM_YES : BOM_NO;
    if (ret->bom == BOM_YES && ret->encoding != ENCODING_UTF_8)
        return fail(RC_INPUT_USAGE, "--bom yes goes with --encoding utf-8 only");
    return SCHUIL_OK;
}

static SCHUIL_RC numbers_read(const struct arguments *arguments, struct work *work)
{
    long batch = 0;
    long parallel = 0;
    long retries = 0;
    TRY(arguments_number(arguments, "batch", 1, LIMIT_RECORD_COUNT, 1000, &batch));
    TRY(arguments_number(arguments, "parallel", 1, 16, 4, &parallel));
    TRY(arguments_number(arguments, "retries", 0, 20, 6, &retries));
    work->batch_count = (size_t)batch;
    work->parallel_count = (size_t)parallel;
    work->retry_count = (size_t)retries;
    return SCHUIL_OK;
}

static SCHUIL_RC type_add(struct work *work, struct bytes tref)
{
    if (!work_is_tref(tref))
        return fail(RC_INPUT_USAGE, "not the name of a pseudonym type");
    if (work->type_count == LIMIT_TYPE_COUNT)
        return fail(RC_INPUT_USAGE, "at most %d pseudonym types", LIMIT_TYPE_COUNT);
    for (size_t i = 0; i < work->type_count; i++) {
        if (bytes_equal(bytes_text(work->trefs[i]), tref))
            return fail(RC_INPUT_USAGE, "a pseudonym type is named twice");
    }
    memcpy(work->trefs[work->type_count++], tref.data, tref.len);
    return SCHUIL_OK;
}

static SCHUIL_RC types_read(const struct arguments *arguments, struct work *work)
{
    const char *text = arguments_value(arguments, "types");
    if (text == NULL)
        return fail(RC_INPUT_USAGE, "--types is needed");
    while (true) {
        size_t len = strcspn(text, ",");
        TRY(type_add(work, bytes_of(text, len)));
        if (text[len] == '\0')
            return SCHUIL_OK;
        text += len + 1;
    }
}

/* Add a column that goes to the service under a key. */
static SCHUIL_RC field_add(struct work *work, struct bytes key, const char *column)
{
    if (work->field_count == LIMIT_ATTRIBUTE_COUNT)
        return fail(RC_INPUT_USAGE, "at most %d columns can be sent", LIMIT_ATTRIBUTE_COUNT);
    for (size_t i = 0; i < work->field_count; i++) {
        if (bytes_equal(bytes_text(work->fields[i].key), key))
            return fail(RC_INPUT_USAGE, "%s is given twice", work->fields[i].key);
        if (work_takes_pseudonyms(work) && strcmp(work->fields[i].column, column) == 0)
            return fail(RC_INPUT_USAGE, "column %s is given twice", column);
    }
    struct work_field *field = &work->fields[work->field_count++];
    memcpy(field->key, key.data, key.len);
    field->column = column;
    return SCHUIL_OK;
}

static SCHUIL_RC map_read(struct work *work, const char *text)
{
    size_t len = strcspn(text, "=");
    if (text[len] == '\0' || text[len + 1] == '\0')
        return fail(RC_INPUT_USAGE, "--map is CODE=COLUMN");
    if (!is_code(bytes_of(text, len), LIMIT_FIELD_CODE_LEN))
        return fail(RC_INPUT_USAGE, "--map %.*s: not the code of an attribute", (int)len, text);
    return field_add(work, bytes_of(text, len), text + len + 1);
}

static SCHUIL_RC column_read(struct work *work, const char *text)
{
    size_t len = strcspn(text, "=");
    bool has_key = text[len] == '=' && text[len + 1] != '\0' && work_is_tref(bytes_of(text, len));
    struct bytes key = has_key ? bytes_of(text, len) : bytes_text(text);
    if (!work_is_tref(key))
        return fail(RC_INPUT_USAGE, "--column %s: say which type, as TREF=COLUMN", text);
    TRY(type_add(work, key));
    return field_add(work, key, has_key ? text + len + 1 : text);
}

static SCHUIL_RC keep_read(struct work *work, const char *column)
{
    if (work->kept_count == WORK_KEPT_MOST)
        return fail(RC_INPUT_USAGE, "at most %d columns can be kept", WORK_KEPT_MOST);
    for (size_t i = 0; i < work->kept_count; i++) {
        if (strcmp(work->kept[i].column, column) == 0)
            return fail(RC_INPUT_USAGE, "--keep %s is given twice", column);
    }
    work->kept[work->kept_count++].column = column;
    return SCHUIL_OK;
}

static SCHUIL_RC columns_read(const struct arguments *arguments, struct work *work)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        const char *name = arguments->given[i].row->name;
        const char *value = arguments->given[i].value;
        if (strcmp(name, "map") == 0)
            TRY(map_read(work, value));
        else if (strcmp(name, "column") == 0)
            TRY(column_read(work, value));
        else if (strcmp(name, "keep") == 0)
            TRY(keep_read(work, value));
    }
    if (work->field_count == 0)
        return fail(RC_INPUT_USAGE, "--%s is needed", work->kind == WORK_ISSUE ? "map" : "column");
    return SCHUIL_OK;
}

/* Whether the column is COLUMN.new of one that is sent. */
static bool is_new_of(const struct work *work, const char *column)
{
    for (size_t i = 0; i < work->field_count; i++) {
        size_t len = strlen(work->fields[i].column);
        if (strncmp(column, work->fields[i].column, len) == 0 && strcmp(column + len, ".new") == 0)
            return true;
    }
    return false;
}

/* Whether the output has a column of this name beside the kept ones. */
static bool is_made(const struct work *work, const char *column)
{
    if (strcmp(column, "diagnostics") == 0)
        return true;
    if (work->kind == WORK_TRANSLATE && strcmp(column, "provider") == 0)
        return true;
    if (work_takes_pseudonyms(work))
        return work->has_new && is_new_of(work, column);
    for (size_t i = 0; i < work->type_count; i++) {
        if (strcmp(work->trefs[i], column) == 0)
            return true;
    }
    return false;
}

/* What is sent must not also pass by: the pseudonym would stand beside what it hides. */
static SCHUIL_RC kept_check(const struct work *work)
{
    for (size_t k = 0; k < work->kept_count; k++) {
        const char *column = work->kept[k].column;
        for (size_t f = 0; f < work->field_count; f++) {
            if (strcmp(work->fields[f].column, column) == 0)
                return fail(RC_INPUT_USAGE, "column %s is sent, so it cannot be kept", column);
        }
        if (is_made(work, column))
            return fail(RC_INPUT_USAGE, "the output would have two columns %s", column);
    }
    for (size_t f = 0; f < work->field_count; f++) {
        if (work_takes_pseudonyms(work) && is_made(work, work->fields[f].column))
            return fail(RC_INPUT_USAGE, "the output would have two columns %s",
                        work->fields[f].column);
    }
    return SCHUIL_OK;
}

static SCHUIL_RC target_read(const struct arguments *arguments, struct work *work)
{
    if (work->kind != WORK_LINK) {
        if (work->registry == NULL || !work_is_registry(bytes_text(work->registry)))
            return fail(RC_INPUT_USAGE, "--registry CODE is needed");
        return SCHUIL_OK;
    }
    TRY(arguments_number(arguments, "linkage", 1, INT32_MAX, 0, &work->linkage));
    return work->linkage > 0 ? SCHUIL_OK : fail(RC_INPUT_USAGE, "--linkage N is needed");
}

static SCHUIL_RC paths_read(const struct arguments *arguments, struct work *work)
{
    work->registry = arguments_value(arguments, "registry");
    work->out_path = arguments_value(arguments, "output");
    work->report_path = arguments_value(arguments, "report");
    TRY(target_read(arguments, work));
    if (arguments->word_count != 1)
        return fail(RC_INPUT_USAGE, "name one CSV file");
    work->in_path = arguments->words[0];
    if (work->out_path == NULL || work->out_path[0] == '\0')
        return fail(RC_INPUT_USAGE, "-o FILE is needed");
    if (work->report_path != NULL && strcmp(work->report_path, work->out_path) == 0)
        return fail(RC_INPUT_USAGE, "--report and -o name the same file");
    return SCHUIL_OK;
}

/* A report of the first part is gone with the run that was interrupted. */
static SCHUIL_RC resume_read(const struct arguments *arguments, struct work *work)
{
    work->has_new = arguments_value(arguments, "new") != NULL;
    work->can_resume = work->kind == WORK_ROTATE;
    work->is_resumed = arguments_value(arguments, "resume") != NULL;
    if (work->is_resumed && work->report_path != NULL)
        return fail(RC_INPUT_USAGE, "--report tells of a whole run, so not with --resume");
    return SCHUIL_OK;
}

/* Keys of our own, or a reason for the service. */
static SCHUIL_RC keys_read(const struct arguments *arguments, struct work *work)
{
    work->reason = arguments_value(arguments, "reason");
    work->source_key_path = arguments_value(arguments, "source-key");
    work->parameters_path = arguments_value(arguments, "parameters");
    bool has_key = work->source_key_path != NULL;
    if (work->parameters_path != NULL && !has_key)
        return fail(RC_INPUT_USAGE, "--parameters goes with --source-key");
    if (work->kind == WORK_RESEAL && !has_key)
        return fail(RC_INPUT_USAGE, "--source-key FILE is needed");
    if (work->kind == WORK_REVERSE && has_key == (work->reason != NULL))
        return fail(RC_INPUT_USAGE,
                    "either --reason, for the service to open, or --source-key to open here");
    return SCHUIL_OK;
}

SCHUIL_RC work_read(const struct arguments *arguments, enum work_kind kind, struct work *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->kind = kind;
    TRY(paths_read(arguments, ret));
    TRY(resume_read(arguments, ret));
    TRY(form_read(arguments, &ret->form));
    TRY(numbers_read(arguments, ret));
    TRY(keys_read(arguments, ret));
    if (kind == WORK_ISSUE)
        TRY(types_read(arguments, ret));
    TRY(columns_read(arguments, ret));
    return kept_check(ret);
}

static SCHUIL_RC column_find(const struct work *work, struct csv_reader *reader,
                             const struct csv_row *header, const char *column, size_t *ret)
{
    size_t found = 0;
    for (size_t i = 0; i < header->count; i++) {
        struct bytes name;
        TRY(csv_reader_decode(reader, csv_row_field(header, i), &name));
        if (!bytes_equal(name, bytes_text(column)))
            continue;
        found++;
        *ret = i;
    }
    if (found != 1)
        return fail(RC_INPUT_FILE, "%s: the header has %s column %s", work->in_path,
                    found == 0 ? "no" : "more than one", column);
    return SCHUIL_OK;
}

SCHUIL_RC work_bind(struct work *work, struct csv_reader *reader, const struct csv_row *header)
{
    for (size_t i = 0; i < work->field_count; i++)
        TRY(column_find(work, reader, header, work->fields[i].column, &work->fields[i].index));
    for (size_t i = 0; i < work->kept_count; i++)
        TRY(column_find(work, reader, header, work->kept[i].column, &work->kept[i].index));
    return SCHUIL_OK;
}
