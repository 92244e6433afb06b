# SPDX-License-Identifier: Apache-2.0
"""The protocol's notation: U16, U32, LV, strict base64url, codes and trefs."""
import base64
import re
import string

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
TYPE_CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}")
LONG_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")
DECIMAL = re.compile(r"[1-9][0-9]{0,9}")


class Refused(ValueError):
    """A text that is not in its one form."""


def u16(value):
    return value.to_bytes(2, "big")


def u32(value):
    return value.to_bytes(4, "big")


def lv(data):
    if isinstance(data, str):
        data = data.encode("utf-8")
    return u16(len(data)) + data


def b64u_encode(data):
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def b64u_decode(text):
    """Strict: the alphabet only, no padding, unused trailing bits zero (RFC 4648 section 5)."""
    if any(c not in ALPHABET for c in text):
        raise Refused("alphabet")
    if len(text) % 4 == 1:
        raise Refused("length")
    value = 0
    for c in text:
        value = value << 6 | ALPHABET.index(c)
    unused = len(text) * 6 % 8
    if value % 2**unused != 0:
        raise Refused("trailing bits")
    return (value >> unused).to_bytes(len(text) * 6 // 8, "big")


def tref(code, version):
    return code if version == 1 else f"{code}.{version}"


def tref_parse(text):
    code, dot, version = text.partition(".")
    if not TYPE_CODE.fullmatch(code):
        raise Refused("type code")
    if not dot:
        return code, 1
    if not DECIMAL.fullmatch(version) or not 2 <= int(version) <= 65535:
        raise Refused("type version")
    return code, int(version)
