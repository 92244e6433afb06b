/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of limits, each with its unit and reason. Time limits end in _s. */
#ifndef SCHUILNAAM_LIMITS_H
#define SCHUILNAAM_LIMITS_H

enum schuil_limit {
    /* protocol */
    LIMIT_CODE_LEN = 16,       /* characters: organisations, registries, domains */
    LIMIT_OIN_LEN = 20,        /* digits of an organisation's identification number */
    LIMIT_URA_LEN = 8,         /* digits of an UZI register subscriber number */
    LIMIT_FIELD_CODE_LEN = 8,  /* characters: types and attributes */
    LIMIT_RECIPE_COUNT = 16,   /* attributes in one recipe */
    LIMIT_TREF_LEN = 14,       /* type code, a dot, a version of five digits */
    LIMIT_VALUE_LEN = 1024,    /* bytes of one attribute value before canonical form */
    LIMIT_CANONICAL_LEN = 128, /* bytes of one canonical value (LID) */
    LIMIT_IDENTITY_LEN = 2322, /* bytes of x: head 50 (bound), 16 fields of 142 */
    LIMIT_TEXT_T_LEN = 145,    /* characters of an irreversible temporary pseudonym */
    LIMIT_TEXT_P_LEN = 109,    /* characters of a final pseudonym */
    LIMIT_TEXT_R_LEN = 291,    /* characters of a reversible pseudonym */
    LIMIT_TEXT_LEN = 349,      /* characters of any text form */
    LIMIT_LIFE_HOURS = 2160,   /* hours: 90 days, the longest life an installation may set */
    /* a request */
    LIMIT_RECORD_COUNT = 10000,   /* records a request */
    LIMIT_TYPE_COUNT = 16,        /* types a request */
    LIMIT_ATTRIBUTE_COUNT = 64,   /* attributes in a catalogue */
    LIMIT_DIAGNOSTIC_COUNT = 96,  /* entries a record; more count as errors but are not told */
    LIMIT_REASON_LEN = 500,       /* bytes of a reason */
    LIMIT_REASON_LEN_LEAST = 3,   /* bytes of it that are no spaces */
    LIMIT_KEY_NUMBER_COUNT = 128, /* keys of one event: transport keys of 90 days, and more */
    LIMIT_JSON_DEPTH = 8,         /* levels */
    LIMIT_BODY_LEN = 8 << 20,     /* bytes */
    LIMIT_HEAD_LEN = 8 << 10,     /* bytes: request line and headers */
    LIMIT_HEADER_COUNT = 64,      /* headers */
    LIMIT_TARGET_LEN = 1024,      /* bytes of a request target */
    LIMIT_PIPELINE_COUNT = 16,    /* requests under way on one connection */
    /* deadlines of a connection */
    LIMIT_HANDSHAKE_S = 5,
    LIMIT_HEAD_S = 10,
    LIMIT_BODY_S = 30,
    LIMIT_BODY_RATE = 1024, /* bytes a second, after the first LIMIT_BODY_S: least rate */
    LIMIT_WRITE_STALL_S = 30,
    LIMIT_IDLE_S = 75,  /* keep-alive without a request */
    LIMIT_DRAIN_S = 20, /* from SIGTERM to the end */
    LIMIT_LINGER_S = 2, /* after a closing answer: what still comes is read and dropped */
    /* the edge */
    LIMIT_METHOD_LEN = 32,         /* characters of a method */
    LIMIT_WINDOW_LEN = 16 << 10,   /* bytes of one connection's window: head, pipelined bytes */
    LIMIT_WARM_COUNT = 256,        /* connections of one listener up to which each keeps its window
                                      and TLS buffers, 50 KiB, while it rests: new ones for each
                                      request cost a tenth of its way through the edge */
    LIMIT_WRITE_LEN = 128 << 10,   /* bytes of an answer that leave in one pass of the loop: a fifth
                                      of a millisecond, then others are served */
    LIMIT_TRIM_COUNT = 64,         /* connections come or gone since free memory was last given back
                                      to the system */
    LIMIT_ACCEPT_PAUSE_MS = 100,   /* milliseconds without accepting, at the descriptor limit */
    LIMIT_STRANGER_LOG_COUNT = 50, /* lines a second of one listener that strangers can cause */
    LIMIT_CRL_COUNT = 256,         /* revocation lists in a folder */
    LIMIT_CRL_LEN = 32 << 20,      /* bytes of one of them */
    LIMIT_RECHECK_S = 60,          /* between checks of an open connection's certificate against
                                      revocation lists: they expire too */
    /* work */
    LIMIT_SLICE_COUNT = 64,          /* elements in one slice of the pool */
    LIMIT_SMALL_BODY_LEN = 64 << 10, /* bytes: larger bodies are parsed in the pool */
    LIMIT_SMALL_COUNT = 64,          /* elements: more go to the pool */
    LIMIT_QUEUE_COUNT = 4096,        /* tasks waiting for the pool */
    LIMIT_AUDIT_ROW_COUNT = 1024,    /* events in one transaction */
    /* the trail read back */
    LIMIT_AUDIT_PAGE_COUNT = 2000,    /* events in one page of an export */
    LIMIT_AUDIT_PAGE_LEN = 2 << 20,   /* bytes after which a page takes no further event */
    LIMIT_AUDIT_PAGE_S = 20,          /* a statement of a page */
    LIMIT_AUDIT_REPORT_COUNT = 10000, /* rows of a report */
    LIMIT_AUDIT_REPORT_S = 60,        /* counting a report */
    /* database */
    LIMIT_STORE_S = 5,           /* an audit transaction or a query */
    LIMIT_TOKEN_S = 10,          /* an errand of a token (PKCS#11) */
    LIMIT_LEASE_S = 60,          /* use of a snapshot after it was last confirmed */
    LIMIT_KEY_OPERATION_S = 600, /* until every process has loaded the keys of a change */
    LIMIT_HOLD_S = 20,           /* an operator's call is held for what it began to end */
    LIMIT_CLOCK_S = 5,           /* difference with the database's clock */
    LIMIT_UNSEAL_COUNT = 10,     /* wrong shares a minute */
    LIMIT_HOUSEKEEPING_S = 3600, /* between looks at partitions and checkpoints */
    LIMIT_CHECKPOINT_S = 86400,  /* age of the newest checkpoint at which a new one is written */
    LIMIT_RETRY_AFTER_S = 2,     /* what a 503 tells the caller */
    LIMIT_MEMORY_SLAB_LEN = 64 << 20, /* bytes of keys in one snapshot */
};

#endif
