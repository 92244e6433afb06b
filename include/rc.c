/* SPDX-License-Identifier: Apache-2.0 */
/* Names, texts and classes of results, from the one table rc.def. */
#include "schuilnaam/rc.h"

struct rc_row {
    const char *name;
    const char *text;
    enum schuil_rc_class class;
};

static const struct rc_row rows[RC_COUNT] = {
#define RC(name, class, text) {#name, text, class},
#include "schuilnaam/rc.def"
#undef RC
};

static const struct rc_row *row_of(struct schuil_rc rc)
{
    return &rows[rc.code < RC_COUNT ? rc.code : RC_INTERNAL];
}

const char *schuil_rc_name(struct schuil_rc rc)
{
    return row_of(rc)->name;
}

const char *schuil_rc_text(struct schuil_rc rc)
{
    return row_of(rc)->text;
}

enum schuil_rc_class schuil_rc_class(struct schuil_rc rc)
{
    return row_of(rc)->class;
}
