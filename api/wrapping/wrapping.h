/* SPDX-License-Identifier: Apache-2.0 */
/* Where this process has its wrapping keys from, and the keys themselves in guarded memory. One
 * provider a process (setting wrapping.provider):
 *
 *     file      the file holds the 32 bytes; a systemd credential is such a file
 *     shamir    the file is a share set; people enter shares until there are enough
 *     pkcs11    the file holds the key sealed; a token opens it
 *
 * Several keys are there at once only around a rewrap. Calls may come from any thread. */
#ifndef SCHUIL_WRAPPING_H
#define SCHUIL_WRAPPING_H

#include "../settings.h"
#include "schuilnaam/bytes.h"
#include "schuilnaam/crypto/memory.h"
#include "schuilnaam/engine/wrapping.h"

struct wrapping;

/* Look for the files and open what opens without people. With shamir that is nothing: the ring is
 * empty then, and the process sealed. *ret NULL on failure.
 * RC_CONFIG_FILE, RC_CONFIG_MODE, RC_CONFIG_SETTING, RC_CONFIG_TOKEN, RC_CONFIG_MEMLOCK: the
 * finding names file or token. settings are borrowed for life. */
SCHUIL_RC wrapping_open(const struct settings *settings, struct wrapping **ret, char *ret_finding,
                        size_t cap);
void wrapping_free(struct wrapping *w); /* NULL is fine; wipes */

/* The keys as they are now, the newest last; they stay what and where they are until released. */
const struct wrapping_ring *wrapping_hold(struct wrapping *w);
void wrapping_release(const struct wrapping_ring *ring); /* NULL is fine */
bool wrapping_is_sealed(struct wrapping *w);

/* Open what has come since. Keys that are held stay, also when their file has gone. Results as of
 * wrapping_open; the ring is then as it was. */
SCHUIL_RC wrapping_look(struct wrapping *w, char *ret_finding, size_t cap);
/* See to it that the ring has a key newer than the one of name `current`: one that was put there
 * beforehand, else, if can_make and where the key is a file, a new one in a new file.
 * RC_CONFLICT_WRAPPING: it must be put there first (docs/operators.md); or what wrapping_look
 * gives. */
SCHUIL_RC wrapping_next(struct wrapping *w, const char *current, bool can_make, char *ret_finding,
                        size_t cap);
/* Whether this process may make the next key without being asked. */
bool wrapping_is_automatic(const struct wrapping *w);
/* No row is wrapped under this key any more: forget it. *ret_is_ended: nothing of it is left that
 * this process knows of, for its file is wiped; else (a credential, shares) people have to end it.
 * RC_CONFIG_FILE. */
SCHUIL_RC wrapping_end(struct wrapping *w, const char *name, bool *ret_is_ended, char *ret_finding,
                       size_t cap);

struct wrapping_entered {
    char name[WRAPPING_NAME_LEN + 1]; /* of the key; "" when the text is no share */
    unsigned number;                  /* of the share; 0 when the text is no share */
    unsigned missing;                 /* shares of this key; 0: it is in the ring */
};
/* Take one share; white space around it is passed over. RC_INPUT_SHARE_TEXT (no share, or
 * mistyped), RC_INPUT_SHARE (not of a set that is here: *ret tells which it says it is),
 * RC_CONFLICT_STATE (no shares are asked here). A share that was entered before changes nothing. */
SCHUIL_RC wrapping_enter(struct wrapping *w, struct bytes text, struct wrapping_entered *ret);
/* Shares missing of the key of which most are there; 0: not sealed. */
unsigned wrapping_missing(struct wrapping *w);

/* Draw a key and make the file of it for bootstrap. RC_CONFLICT_EXISTS: there is one. */
SCHUIL_RC wrapping_make(const struct settings *s, char *ret_finding, size_t cap);

#endif
