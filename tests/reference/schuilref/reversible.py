# SPDX-License-Identifier: Apache-2.0
"""Reversible pseudonyms (protocol section 5) and their texts (4.2)."""
from typing import NamedTuple

from . import aes_siv
from .encoding import (DECIMAL, LONG_CODE, Refused, b64u_decode, b64u_encode, lv, tref, tref_parse,
                       u16, u32)
from .hkdf import hkdf

LABEL = "schuilnaam/v1/reversible"
LETTERS = {1: "R", 2: "S"}
SALT_LEN, BLOCK_LEN, BLOCKS_MOST, TAG_LEN = 16, 32, 5, 16
NUMBER_MAX = 2**31 - 1


class Place(NamedTuple):
    """What a pseudonym is bound to."""
    type_code: str
    type_version: int
    provider: int
    domain: int
    generation: int
    form: int


def key(source, place):
    info = lv(LABEL) + u32(place.provider) + u32(place.domain) + u32(place.generation)
    return hkdf(source, b"", info, 64)


def associated_data(place):
    return (lv(LABEL) + lv(place.type_code) + u16(place.type_version) + u32(place.provider)
            + u32(place.domain) + u32(place.generation) + bytes([place.form]))


def body(form, attribute, value, salt=b""):
    plain = (salt if form == 2 else b"") + lv(attribute) + lv(value) + b"\x80"
    return plain + bytes(-len(plain) % BLOCK_LEN)


def seal_body(source, place, data):
    return aes_siv.seal(key(source, place), [associated_data(place)], data)


def text(place, domain_code, box):
    return "-".join((LETTERS[place.form], tref(place.type_code, place.type_version), domain_code,
                     str(place.provider), str(place.generation), b64u_encode(box)))


def number(field):
    if not DECIMAL.fullmatch(field) or int(field) > NUMBER_MAX:
        raise Refused("number")
    return int(field)


def parse(value):
    """(form, type code, version, domain code, provider, generation, box), or Refused."""
    fields = value.split("-", 5)
    if len(fields) != 6 or fields[0] not in LETTERS.values():
        raise Refused("form")
    code, version = tref_parse(fields[1])
    if not LONG_CODE.fullmatch(fields[2]):
        raise Refused("domain code")
    box = b64u_decode(fields[5])
    blocks, rest = divmod(len(box) - TAG_LEN, BLOCK_LEN)
    if rest != 0 or not 1 <= blocks <= BLOCKS_MOST:
        raise Refused("length")
    form = 1 if fields[0] == "R" else 2
    return form, code, version, fields[2], number(fields[3]), number(fields[4]), box


def payload(place, box):
    """What a temporary pseudonym of kind 0x03 carries."""
    return bytes([place.form]) + u32(place.domain) + u32(place.generation) + box
