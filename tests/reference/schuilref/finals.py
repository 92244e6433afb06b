# SPDX-License-Identifier: Apache-2.0
"""Q, P, the final pseudonym and its text (protocol section 4 and 4.2); what a rotation and a linkage
make of a final (4.4 and 4.5)."""
from . import aes_siv
from .encoding import (DECIMAL, LONG_CODE, Refused, b64u_decode, b64u_encode, lv, tref, tref_parse,
                       u16, u32)
from .expand import hash_to_group
from .ristretto import ORDER, decode_outside, encode, multiply, scalar_inverse

NUMBER_MAX = 2**31 - 1


def core(k_e, x):
    """Q = k_e * H(x), encoded."""
    return encode(multiply(k_e, hash_to_group(x)))


def associated_data(type_code, type_version, domain_number, generation):
    return (lv("schuilnaam/v1/final") + lv(type_code) + u16(type_version) + u32(domain_number)
            + u32(generation))


def seal(w, ad, point):
    return aes_siv.seal(w, [ad], point)


def _multiplied(w, ad, sealed, factor):
    """factor * P of a final that was sealed under w, encoded; Refused when it was not."""
    point = decode_outside(aes_siv.open_sealed(w, [ad], sealed))
    return encode(multiply(factor % ORDER, point))


def rotate(sealed, old, new):
    """A final of one generation as that of another; old and new are (w, ad, s) of one epoch."""
    (w, ad, s), (new_w, new_ad, new_s) = old, new
    return seal(new_w, new_ad, _multiplied(w, ad, sealed, new_s * scalar_inverse(s)))


def core_of(sealed, w, ad, s):
    """Q of a final: what a linkage seals for the research registry."""
    return _multiplied(w, ad, sealed, scalar_inverse(s))


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
