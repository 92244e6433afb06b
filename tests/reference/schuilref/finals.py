# SPDX-License-Identifier: Apache-2.0
"""Q, P, the final pseudonym and its text (protocol section 4 and 4.2)."""
from . import aes_siv
from .encoding import (DECIMAL, LONG_CODE, Refused, b64u_decode, b64u_encode, lv, tref, tref_parse,
                       u16, u32)
from .expand import hash_to_group
from .ristretto import encode, multiply

NUMBER_MAX = 2**31 - 1


def core(k_e, x):
    """Q = k_e * H(x), encoded."""
    return encode(multiply(k_e, hash_to_group(x)))


def associated_data(type_code, type_version, domain_number, generation):
    return (lv("schuilnaam/v1/final") + lv(type_code) + u16(type_version) + u32(domain_number)
            + u32(generation))


def seal(w, ad, point):
    return aes_siv.seal(w, [ad], point)


def text(type_code, type_version, domain_code, generation, sealed):
    return "-".join(("P", tref(type_code, type_version), domain_code, str(generation),
                     b64u_encode(sealed)))


def parse(value):
    """(type code, version, domain code, generation, 48 bytes), or Refused."""
    fields = value.split("-", 4)
    if len(fields) != 5 or fields[0] != "P":
        raise Refused("form")
    code, version = tref_parse(fields[1])
    if not LONG_CODE.fullmatch(fields[2]):
        raise Refused("domain code")
    if not DECIMAL.fullmatch(fields[3]) or int(fields[3]) > NUMBER_MAX:
        raise Refused("generation")
    sealed = b64u_decode(fields[4])
    if len(sealed) != 48:
        raise Refused("length")
    return code, version, fields[2], int(fields[3]), sealed
