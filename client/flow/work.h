/* SPDX-License-Identifier: Apache-2.0 */
/* What an `issue`, `translate`, `rotate`, `link`, `reverse` or `reseal` is asked to do: which
 * columns go to the service, which are kept, and what comes out. Nothing passes that is not named
 * here; no column is both sent and kept. */
#ifndef SCHUILNAAM_CLIENT_WORK_H
#define SCHUILNAAM_CLIENT_WORK_H

#include "csv/reader.h"
#include "options.h"
#include "schuilnaam/limits.h"
#include "schuilnaam/rc.h"

enum work_kind { WORK_ISSUE, WORK_TRANSLATE, WORK_ROTATE, WORK_LINK, WORK_REVERSE, WORK_RESEAL };

enum { WORK_KEPT_MOST = 1024 };

/* A column that goes to the service. */
struct work_field {
    char key[LIMIT_TREF_LEN + 1]; /* issue: code of an attribute; else: tref */
    const char *column;           /* its header, UTF-8, borrowed from argv */
    size_t index;                 /* in the file; filled by work_bind */
    bool is_sealed;               /* issue: sealed here, and not sent; filled by sealing_bind */
};

/* issue: a reversible type that is sealed here. */
struct work_sealed {
    const char *tref;
    size_t type, field; /* of the sealer; of the work */
};

struct work_kept {
    const char *column; /* borrowed */
    size_t index;
};

struct work {
    enum work_kind kind;
    const char *registry;                         /* link: NULL */
    long linkage;                                 /* link only: its number */
    const char *in_path, *out_path, *report_path; /* report_path may be NULL */
    bool has_new;                /* translate: the next generation's finals as well */
    bool can_resume;             /* unfinished output is kept, and can be gone on with */
    bool is_resumed;             /* go on with it */
    const char *reason;          /* reverse, by the service */
    const char *source_key_path; /* keys of our own; NULL: the service's */
    const char *parameters_path; /* NULL: ask the service */
    struct sealer *sealer;       /* borrowed; NULL: none */
    size_t sealed_count;
    struct work_sealed sealed[LIMIT_TYPE_COUNT];
    struct csv_form form;
    size_t batch_count, parallel_count, retry_count;
    size_t field_count, kept_count, type_count;
    struct work_field fields[LIMIT_ATTRIBUTE_COUNT];
    struct work_kept kept[WORK_KEPT_MOST];
    char trefs[LIMIT_TYPE_COUNT][LIMIT_TREF_LEN + 1]; /* made, in the order of the output */
};

extern const struct option_row work_options_issue[], work_options_translate[],
    work_options_rotate[], work_options_link[], work_options_reverse[], work_options_reseal[];
/* Read and check what was given. RC_INPUT_USAGE: told. */
SCHUIL_RC work_read(const struct arguments *arguments, enum work_kind kind, struct work *ret);
/* Find the columns in the header's row. RC_INPUT_FILE: one is missing, or there twice (told). */
SCHUIL_RC work_bind(struct work *work, struct csv_reader *reader, const struct csv_row *header);

/* Whether columns of pseudonyms are taken, and not of attributes. */
static inline bool work_takes_pseudonyms(const struct work *work)
{
    return work->kind != WORK_ISSUE;
}

/* Whether nothing goes to the service. */
static inline bool work_is_local(const struct work *work)
{
    return work->kind == WORK_RESEAL ||
           (work->kind == WORK_REVERSE && work->source_key_path != NULL);
}

/* Whether what comes out is temporary pseudonyms, and not finals. */
static inline bool work_makes_temporaries(const struct work *work)
{
    return work->kind == WORK_ISSUE || work->kind == WORK_LINK;
}

bool work_is_registry(struct bytes text); /* the form of a registry's code */
/* Whether text is a tref: a code, and from 2 a version after a dot. */
bool work_is_tref(struct bytes text);

#endif
