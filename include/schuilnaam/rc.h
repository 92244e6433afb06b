/* SPDX-License-Identifier: Apache-2.0 */
/* Results of fallible functions.
 *
 * A result is a struct, so it cannot be mistaken for an int, a bool or a length, and the compiler
 * refuses to let it drop. The list of results lives in rc.def, each in a class that tells the
 * caller what to do. There are two macros, TRY and ENSURE, and no third one. */
#ifndef SCHUILNAAM_RC_H
#define SCHUILNAAM_RC_H

#include <stdbool.h>
#include <stdint.h>

/* What a caller can do about a failure. */
enum schuil_rc_class {
    RC_CLASS_OK,
    RC_CLASS_INPUT,    /* the input is wrong; the same input fails again */
    RC_CLASS_AUTH,     /* the caller may not do this */
    RC_CLASS_ABSENT,   /* what was named does not exist */
    RC_CLASS_CONFLICT, /* it does not fit the state of things */
    RC_CLASS_LIMIT,    /* a limit or quota is reached */
    RC_CLASS_BUSY,     /* try again later */
    RC_CLASS_CRYPTO,   /* a cryptographic refusal; all look the same from outside */
    RC_CLASS_STORE,    /* the database failed or is away */
    RC_CLASS_CONFIG,   /* the operator must change something */
    RC_CLASS_INTERNAL, /* our own mistake, or no memory */
};

enum schuil_rc_code {
#define RC(name, class, text) RC_##name,
#include "schuilnaam/rc.def"
#undef RC
    RC_COUNT
};

struct schuil_rc {
    uint16_t code; /* enum schuil_rc_code */
};

#define SCHUIL_RC __attribute__((warn_unused_result)) struct schuil_rc

static inline struct schuil_rc schuil_rc(enum schuil_rc_code code)
{
    return (struct schuil_rc){.code = (uint16_t)code};
}

static inline bool schuil_is_ok(struct schuil_rc rc)
{
    return rc.code == RC_OK;
}

/* The stable name ("INPUT_DOMAIN") and the text for people. Both static, never NULL. */
const char *schuil_rc_name(struct schuil_rc rc);
const char *schuil_rc_text(struct schuil_rc rc);
enum schuil_rc_class schuil_rc_class(struct schuil_rc rc);

/* Hand a failure up. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        struct schuil_rc try_rc_ = (call);                                                         \
        if (!schuil_is_ok(try_rc_))                                                                \
            return try_rc_;                                                                        \
    } while (0)

/* State a requirement. */
#define ENSURE(condition, code)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return schuil_rc(code);                                                                \
    } while (0)

#define SCHUIL_OK schuil_rc(RC_OK)

#endif
