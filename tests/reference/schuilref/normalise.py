# SPDX-License-Identifier: Apache-2.0
"""One canonical form for each attribute value (protocol section 2, normaliser version 1).

`normalise` answers (canonical, "ok") or (None, refusal); refusals are the stable short names that
the service's diagnostics use too. Python 3.11 knows Unicode 14.0: what 15.0 added is taken for
unassigned here, see the README.
"""
import datetime
import re
import unicodedata

TRIMMED = "\t\n\r \u00a0"
FIRST_DAY = datetime.date(1850, 1, 1)
NAME_MAX = 64
TEXT_MAX = 128

SEX_CODES = {"M": "M", "V": "V", "O": "O", "F": "V", "1": "M", "2": "V", "X": "O",
             "MALE": "M", "FEMALE": "V", "OTHER": "O"}
SEX_UNKNOWN = {"0", "9", "U", "UNK", "UNKNOWN"}

# Letters without a decomposition; what has two cases stands here in both.
LETTERS = {"ß": "SS", "ẞ": "SS", "æ": "AE", "Æ": "AE", "œ": "OE", "Œ": "OE", "ø": "O", "Ø": "O",
           "đ": "D", "Đ": "D", "ð": "D", "Ð": "D", "þ": "TH", "Þ": "TH", "ł": "L", "Ł": "L",
           "ı": "I", "ŋ": "N", "Ŋ": "N", "ĸ": "K", "ħ": "H", "Ħ": "H", "ŧ": "T", "Ŧ": "T"}
DROPPED = ({0x20, 0xA0, 0x2D, 0xAD, 0x27, 0x60, 0x2B9, 0x2BC, 0x2018, 0x2019, 0x2E, 0xB7}
           | set(range(0x2010, 0x2016)))
UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}


class Refused(Exception):
    """A value without a canonical form; the argument is the refusal's name."""


def upper_ascii(value):
    return value.translate(UPPER)


def eleven_test(digits):
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(d) for w, d in zip(weights, digits)) % 11 == 0


def bsn(value, test_persons="refuse", **_):
    digits = value.replace(" ", "").replace(".", "")
    if not re.fullmatch(r"[0-9]{8,9}", digits):
        raise Refused("BSN_FORMAT")
    digits = digits.rjust(9, "0")
    if digits in ("000000000", "111111110"):
        raise Refused("BSN_RESERVED")
    if not eleven_test(digits):
        raise Refused("BSN_CHECK")
    if digits.startswith("9999") and test_persons != "allow":
        raise Refused("BSN_TEST_RANGE")
    return digits


DATE_FORMS = (re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
              re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
              re.compile(r"(?P<d>[0-9]{2})-(?P<m>[0-9]{2})-(?P<y>[0-9]{4})"))


def date(value, today=None, **_):
    """today: the UTC date, YYYYMMDD."""
    match = next((m for m in (form.fullmatch(value) for form in DATE_FORMS) if m), None)
    if match is None:
        raise Refused("DATE_FORMAT")
    year, month, day = (int(match[part]) for part in "ymd")
    if 0 in (year, month, day):
        raise Refused("DATE_UNKNOWN")
    try:
        born = datetime.date(year, month, day)
    except ValueError:
        raise Refused("DATE_UNREAL") from None
    now = datetime.date(int(today[:4]), int(today[4:6]), int(today[6:]))
    if not FIRST_DAY <= born <= now + datetime.timedelta(days=1):
        raise Refused("DATE_RANGE")
    return f"{year:04d}{month:02d}{day:02d}"


def sex(value, **_):
    word = upper_ascii(value)
    if word in SEX_UNKNOWN:
        raise Refused("SEX_UNKNOWN")
    if word not in SEX_CODES:
        raise Refused("SEX_VALUE")
    return SEX_CODES[word]


def postcode(value, **_):
    match = re.fullmatch(r"([1-9][0-9]{3}) ?([A-Za-z]{2})", value)
    if not match:
        raise Refused("POSTCODE_FORMAT")
    letters = upper_ascii(match[2])
    if letters in ("SA", "SD", "SS"):
        raise Refused("POSTCODE_LETTERS")
    return match[1] + letters


def number(value, **_):
    if not re.fullmatch(r"[0-9]+", value):
        raise Refused("NUMBER_FORMAT")
    digits = value.lstrip("0")
    if not 1 <= len(digits) <= 5:
        raise Refused("NUMBER_RANGE")
    return digits


def name(value, **_):
    if value == "-":
        raise Refused("NAME_NONE")
    if any(unicodedata.category(c) == "Cn" for c in value):
        raise Refused("NAME_UNASSIGNED")
    decomposed = unicodedata.normalize("NFKD", value)
    folded = "".join(LETTERS.get(c, c) for c in decomposed)
    kept = "".join(c for c in folded
                   if not unicodedata.category(c).startswith("M") and ord(c) not in DROPPED)
    letters = upper_ascii(kept)
    if any(not "A" <= c <= "Z" for c in letters):
        raise Refused("NAME_CHARACTER")
    if not letters:
        raise Refused("NAME_EMPTY")
    if len(letters) > NAME_MAX:
        raise Refused("NAME_LENGTH")
    return letters


def text(value, **_):
    if any(unicodedata.category(c) in ("Cf", "Zl", "Zp", "Co", "Cn") for c in value):
        raise Refused("TEXT_CHARACTER")
    composed = unicodedata.normalize("NFC", value)
    if len(composed.encode("utf-8")) > TEXT_MAX:
        raise Refused("TEXT_LENGTH")
    return composed


KINDS = {"bsn": bsn, "date": date, "sex": sex, "postcode": postcode, "number": number,
         "name": name, "text": text}


def prepared(data):
    """What every kind has in common, in this order: UTF-8, trim, empty, control characters."""
    try:
        value = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("UTF8_INVALID") from None
    value = value.strip(TRIMMED)
    if not value:
        raise Refused("EMPTY")
    if any(unicodedata.category(c) == "Cc" for c in value):
        raise Refused("CONTROL_CHARACTER")
    return value


def normalise(kind, data, **policy):
    """data: bytes. policy: today (date), test_persons (bsn)."""
    try:
        return KINDS[kind](prepared(data), **policy), "ok"
    except Refused as refusal:
        return None, refusal.args[0]
