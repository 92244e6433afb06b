/* SPDX-License-Identifier: Apache-2.0 */
/* iconv, kept strict. */
#include "csv/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <strings.h>

#include "schuilnaam/crypto/secret.h"

enum { CHUNK_LEN = 512 };

struct text_decoder {
    enum text_encoding encoding;
    iconv_t iconv;
    struct buffer text;
};

static const char *const names[] = {
    [ENCODING_UTF_8] = "UTF-8",
    [ENCODING_WINDOWS_1252] = "WINDOWS-1252",
    [ENCODING_ISO_8859_1] = "ISO-8859-1",
};

bool encoding_find(const char *name, enum text_encoding *ret)
{
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(names[i], name) == 0) {
            *ret = (enum text_encoding)i;
            return true;
        }
    }
    return false;
}

SCHUIL_RC decoder_new(enum text_encoding encoding, struct text_decoder **ret)
{
    *ret = NULL;
    struct text_decoder *decoder = memory_take(sizeof *decoder);
    ENSURE(decoder != NULL, RC_INTERNAL_MEMORY);
    *decoder = (struct text_decoder){.encoding = encoding};
    decoder->iconv = iconv_open("UTF-8", names[encoding]);
    if ((intptr_t)decoder->iconv == -1) {
        memory_free(decoder);
        return schuil_rc(RC_INTERNAL);
    }
    *ret = decoder;
    return SCHUIL_OK;
}

void decoder_free(struct text_decoder *decoder)
{
    if (decoder == NULL)
        return;
    iconv_close(decoder->iconv);
    buffer_done(&decoder->text);
    memory_free(decoder);
}

/* What the C library lets through: in UTF-8 numbers past U+10FFFF, which begin with F4 90 or above
 * (RFC 3629, 3); in ISO-8859-1 control characters; NUL in all. */
static bool is_forbidden(enum text_encoding encoding, struct bytes text, size_t i)
{
    uint8_t b = text.data[i];
    if (encoding == ENCODING_UTF_8)
        return b == 0 || b > 0xf4 || (b == 0xf4 && i + 1 < text.len && text.data[i + 1] >= 0x90);
    return b == 0 || (encoding == ENCODING_ISO_8859_1 && b >= 0x80 && b <= 0x9f);
}

/* Look at every byte once: is all plain ASCII, and is nothing forbidden? */
static bool scan(enum text_encoding encoding, struct bytes text, bool *ret_is_ascii)
{
    uint8_t all = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (is_forbidden(encoding, text, i))
            return false;
        all |= text.data[i];
    }
    *ret_is_ascii = all < 0x80;
    return true;
}

static SCHUIL_RC convert(iconv_t converter, struct bytes text, struct buffer *ret)
{
    char chunk[CHUNK_LEN];
    char *in = (char *)(uintptr_t)text.data;
    size_t in_len = text.len;
    struct schuil_rc rc = SCHUIL_OK;
    iconv(converter, NULL, NULL, NULL, NULL);
    while (in_len > 0 && schuil_is_ok(rc)) {
        char *out = chunk;
        size_t out_len = sizeof chunk;
        size_t done = iconv(converter, &in, &in_len, &out, &out_len);
        bool is_good = done == 0 || (done == (size_t)-1 && errno == E2BIG);
        rc = is_good ? buffer_put(ret, bytes_of(chunk, sizeof chunk - out_len))
                     : schuil_rc(RC_INPUT_TEXT);
    }
    schuil_wipe(chunk, sizeof chunk);
    return rc;
}

SCHUIL_RC decoder_decode(struct text_decoder *decoder, struct bytes text, struct bytes *ret)
{
    bool is_ascii = false;
    *ret = bytes_of(NULL, 0);
    ENSURE(scan(decoder->encoding, text, &is_ascii), RC_INPUT_TEXT);
    buffer_clear(&decoder->text);
    if (!is_ascii)
        TRY(convert(decoder->iconv, text, &decoder->text));
    *ret = is_ascii ? text : buffer_bytes(&decoder->text);
    return SCHUIL_OK;
}

SCHUIL_RC encoding_put(enum text_encoding encoding, struct bytes text, struct buffer *out)
{
    bool is_ascii = false;
    ENSURE(scan(ENCODING_UTF_8, text, &is_ascii), RC_INPUT_TEXT);
    if (is_ascii)
        return buffer_put(out, text);
    iconv_t converter = iconv_open(names[encoding], "UTF-8");
    ENSURE((intptr_t)converter != -1, RC_INTERNAL);
    struct schuil_rc rc = convert(converter, text, out);
    iconv_close(converter);
    return rc;
}
