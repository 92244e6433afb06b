# SPDX-License-Identifier: Apache-2.0
"""Temporary pseudonyms of irreversible types (protocol section 4.1), kinds 0x01 and 0x02."""
from typing import NamedTuple

from . import xchacha
from .encoding import Refused, b64u_decode, b64u_encode, tref, tref_parse, u16, u32
from .ristretto import decode_outside

FORMAT = 0x01
HEADER_LEN, NONCE_LEN, BODY_LEN, TAG_LEN = 16, 24, 40, 16
BYTES_LEN = HEADER_LEN + NONCE_LEN + BODY_LEN + TAG_LEN


class Header(NamedTuple):
    kind: int
    type_number: int
    registry_number: int
    key_number: int
    expiry: int

    def encode(self):
        return (bytes([FORMAT, self.kind]) + u16(self.type_number) + u32(self.registry_number)
                + u32(self.key_number) + u32(self.expiry))


def header_decode(data):
    if data[0] != FORMAT:
        raise Refused("format")
    numbers = (int.from_bytes(data[a:b], "big") for a, b in ((2, 4), (4, 8), (8, 12), (12, 16)))
    return Header(data[1], *numbers)


def seal(key, header, nonce, provider_number, epoch, element):
    """The 96 bytes. element: Q, or k_e * B for kind 0x02."""
    ad = header.encode()
    body = u32(provider_number) + u32(epoch) + element
    return ad + nonce + xchacha.seal(key, nonce, ad, body)


def text(type_code, type_version, data):
    return f"T-{tref(type_code, type_version)}-{b64u_encode(data)}"


def open_text(keys, value, type_code, type_version, type_number, registry_number):
    """(header, provider number, epoch, element), or Refused; the time is the caller's to judge."""
    letter, _, rest = value.partition("-")
    name, hyphen, encoded = rest.partition("-")
    if letter != "T" or not hyphen or tref_parse(name) != (type_code, type_version):
        raise Refused("form")
    data = b64u_decode(encoded)
    if len(data) != BYTES_LEN:
        raise Refused("length")
    header = header_decode(data)
    wanted = (type_number, registry_number)
    if header.kind not in (1, 2) or (header.type_number, header.registry_number) != wanted:
        raise Refused("header")
    if header.key_number not in keys:
        raise Refused("key")
    nonce = data[HEADER_LEN:HEADER_LEN + NONCE_LEN]
    sealed = data[HEADER_LEN + NONCE_LEN:]
    try:
        body = xchacha.open_sealed(keys[header.key_number], nonce, data[:HEADER_LEN], sealed)
        decode_outside(body[8:])
    except ValueError as refusal:
        raise Refused("box") from refusal
    provider, epoch = (int.from_bytes(body[i:i + 4], "big") for i in (0, 4))
    return header, provider, epoch, body[8:]
