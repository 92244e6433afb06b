/* SPDX-License-Identifier: Apache-2.0 */
/* Byte by byte with read(2): a stdio buffer would keep shares where nobody wipes them. */
#include "shares_input.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "schuilnaam/engine/shares.h"

enum { LINE_CAP = SHARE_TEXT_LEN + 16 };

static bool line_read(char *room, size_t room_cap)
{
    size_t len = 0;
    ssize_t got;
    while ((got = read(STDIN_FILENO, room + len, 1)) == 1 && room[len] != '\n')
        if (++len == room_cap - 1)
            return false;
    room[len] = '\0';
    return got == 1 || len > 0;
}

bool share_line_read(const char *prompt, char *room, size_t room_cap)
{
    struct termios before, silent;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        fputs(prompt, stderr);
        if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0)
            return false;
    }
    bool is_read = line_read(room, room_cap);
    if (is_terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    return is_read;
}

static SCHUIL_RC one_take(struct wrapping *w, const char *line, char *ret_finding, size_t cap)
{
    struct wrapping_entered entered;
    struct schuil_rc rc = wrapping_enter(w, bytes_text(line), &entered);
    if (schuil_is_ok(rc)) {
        fprintf(stderr, "share %u of %s taken, %u missing\n", entered.number, entered.name,
                entered.missing);
        return rc;
    }
    if (entered.number > 0)
        snprintf(ret_finding, cap, "share %u of %s", entered.number, entered.name);
    if (isatty(STDIN_FILENO) != 1)
        return rc;
    fprintf(stderr, "%s: %s\n", ret_finding[0] == '\0' ? "refused" : ret_finding,
            schuil_rc_text(rc));
    ret_finding[0] = '\0';
    return SCHUIL_OK;
}

SCHUIL_RC shares_input(struct wrapping *w, char *ret_finding, size_t cap)
{
    char line[LINE_CAP];
    struct schuil_rc rc = SCHUIL_OK;
    while (schuil_is_ok(rc) && wrapping_is_sealed(w)) {
        if (share_line_read("share: ", line, sizeof line))
            rc = one_take(w, line, ret_finding, cap);
        else
            rc = schuil_rc(RC_BUSY_SEALED);
    }
    if (rc.code == RC_BUSY_SEALED)
        snprintf(ret_finding, cap, "%u missing", wrapping_missing(w));
    schuil_wipe(line, sizeof line);
    return rc;
}
