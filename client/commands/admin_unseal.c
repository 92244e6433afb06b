/* SPDX-License-Identifier: Apache-2.0 */
/* Byte by byte with read(2): a stdio buffer would keep the share where nobody wipes it. */
#include "admin_unseal.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "fail.h"
#include "schuilnaam/crypto/secret.h"
#include "schuilnaam/engine/shares.h"

struct line {
    char text[SHARE_TEXT_LEN + 8];
    size_t len;
};

static void line_wipe(struct line *line)
{
    schuil_wipe(line, sizeof *line);
}

static void line_read(int descriptor, struct line *line)
{
    while (line->len < sizeof line->text && read(descriptor, line->text + line->len, 1) == 1 &&
           line->text[line->len] != '\n')
        line->len++;
    while (line->len > 0 && strchr(" \t\r", line->text[line->len - 1]) != NULL)
        line->len--;
}

static void line_ask(int descriptor, struct line *line)
{
    struct termios before, silent;
    if (tcgetattr(descriptor, &before) != 0) {
        line_read(descriptor, line);
        return;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs("share: ", stderr);
    if (tcsetattr(descriptor, TCSAFLUSH, &silent) == 0)
        line_read(descriptor, line);
    (void)tcsetattr(descriptor, TCSAFLUSH, &before);
    fputc('\n', stderr);
}

SCHUIL_RC admin_body_share(int descriptor, json_t **ret)
{
    __attribute__((cleanup(line_wipe))) struct line line = {.len = 0};
    struct share share;
    *ret = NULL;
    line_ask(descriptor, &line);
    struct schuil_rc rc = schuil_share_read(bytes_of(line.text, line.len), &share);
    schuil_share_wipe(&share);
    if (!schuil_is_ok(rc))
        return fail(RC_INPUT_SHARE_TEXT, "not the text of a share, or mistyped");
    *ret = json_pack("{s:s%}", "share", line.text, line.len);
    ENSURE(*ret != NULL, RC_INTERNAL_MEMORY);
    return SCHUIL_OK;
}
