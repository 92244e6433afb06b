/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines. A line is made on the stack, and written at once or gathered: with O_APPEND, or to a
 * pipe below PIPE_BUF, what threads write does not mix. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "escape.h"

enum { LINE_LEN = 4096 };
_Static_assert((int)LINE_LEN <= (int)PIPE_BUF, "a longer line could mix with another in a pipe");

static _Atomic int log_fd = STDERR_FILENO;
static _Atomic int log_own_fd = -1; /* the file that log_open opened; -1: none */
static _Atomic int log_least = LOG_LEVEL_INFO;

/* The descriptor of a file that is reopened keeps its number (dup3), so that a thread that is just
 * writing never holds a closed one. */
static SCHUIL_RC open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    int own = atomic_load(&log_own_fd);

    ENSURE(fd >= 0, RC_CONFIG_SETTING);
    if (own >= 0) {
        int moved = dup3(fd, own, O_CLOEXEC);

        close(fd);
        ENSURE(moved == own, RC_CONFIG_SETTING);
        fd = own;
    }
    atomic_store(&log_own_fd, fd);
    atomic_store(&log_fd, fd);
    return SCHUIL_OK;
}

SCHUIL_RC log_open(const char *target)
{
    if (strcmp(target, "stderr") != 0)
        return open_file(target);
    atomic_store(&log_fd, STDERR_FILENO);
    return SCHUIL_OK;
}

void log_to(int fd)
{
    atomic_store(&log_fd, fd);
}

void log_threshold(enum log_level level)
{
    atomic_store(&log_least, (int)level);
}

/* What the thread has gathered, and the second that it wrote last, as text. */
static _Thread_local struct {
    bool is_gathering;
    size_t len;
    uint8_t data[LINE_LEN];
    time_t second;
    char text[24];
} own;

static void put_second(struct writer *w, time_t second)
{
    struct tm tm;

    if (own.second != second) {
        gmtime_r(&second, &tm);
        strftime(own.text, sizeof own.text, "%Y-%m-%dT%H:%M:%S", &tm);
        own.second = second;
    }
    put_bytes(w, bytes_text(own.text));
}

static void put_time(struct writer *w)
{
    struct timespec now;
    char micro[] = ".000000Z";

    clock_gettime(CLOCK_REALTIME, &now);
    long left = now.tv_nsec / 1000;
    for (size_t i = 6; i > 0; i--, left /= 10)
        micro[i] = (char)('0' + left % 10);
    put_second(w, now.tv_sec);
    put_bytes(w, bytes_of(micro, sizeof micro - 1));
}

static void put_field(struct writer *w, const struct log_field *field)
{
    put_bytes(w, bytes_text(","));
    put_json_text(w, bytes_text(field->name));
    put_bytes(w, bytes_text(":"));
    if (field->is_number)
        put_decimal(w, field->number);
    else
        put_json_text(w, bytes_text(field->text));
}

/* Fields as far as they fit whole. */
static void put_fields(struct writer *w, const struct log_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct writer tried = *w;

        if (!fields[i].is_number && fields[i].text == NULL)
            continue;
        put_field(&tried, &fields[i]);
        if (tried.is_full)
            return;
        *w = tried;
    }
}

static void write_line(struct bytes line)
{
    int saved = errno;
    ssize_t written;

    do
        written = write(atomic_load(&log_fd), line.data, line.len);
    while (written < 0 && errno == EINTR);
    errno = saved;
}

void log_gather(void)
{
    own.is_gathering = true;
}

void log_flush(void)
{
    if (own.len > 0)
        write_line(bytes_of(own.data, own.len));
    own.len = 0;
}

/* Write or gather. What comes later never overtakes. */
static void line_end(enum log_level level, struct bytes line)
{
    if (own.len + line.len > sizeof own.data)
        log_flush();
    memcpy(own.data + own.len, line.data, line.len);
    own.len += line.len;
    if (!own.is_gathering || level >= LOG_LEVEL_WARNING)
        log_flush();
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    uint8_t line[LINE_LEN];
    struct writer w = writer_over(line, sizeof line - 2); /* room for the end */

    if ((int)level < atomic_load(&log_least))
        return;
    put_bytes(&w, bytes_text("{\"time\":\""));
    put_time(&w);
    put_bytes(&w, bytes_text("\",\"level\":"));
    put_json_text(&w, bytes_text(names[level]));
    put_bytes(&w, bytes_text(",\"event\":"));
    put_json_text(&w, bytes_text(event));
    put_fields(&w, fields, n);
    line[w.len++] = '}';
    line[w.len++] = '\n';
    line_end(level, writer_bytes(&w));
}
