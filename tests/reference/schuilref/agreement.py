# SPDX-License-Identifier: Apache-2.0
"""A secret agreed by two compartments (protocol, section 6.4): X25519 from RFC 7748, macs, HKDF."""
import hashlib

from .encoding import lv, u32
from .hkdf import hkdf

P = 2**255 - 19
LABEL = b"schuilnaam/v1/agree"
BASE = (9).to_bytes(32, "little")


def x25519(scalar, u):
    """RFC 7748 section 5: the Montgomery ladder."""
    k = bytearray(scalar)
    k[0], k[31] = k[0] & 248, k[31] & 127 | 64
    k = int.from_bytes(k, "little")
    x1 = int.from_bytes(u, "little") % 2**255
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def public(secret):
    return x25519(secret, BASE)


def _parts(purpose, number, epk_t, epk_i):
    return lv(purpose.encode()) + u32(number) + epk_t + epk_i


def mac(pair, side, purpose, number, epk_t, epk_i):
    text = lv(LABEL) + lv(side.encode()) + _parts(purpose, number, epk_t, epk_i)
    return hashlib.blake2b(text, key=pair, digest_size=32).digest()


def secret(pair, own, other, purpose, number, epk_t, epk_i):
    info = lv(LABEL) + _parts(purpose, number, epk_t, epk_i)
    return hkdf(x25519(own, other), pair, info, 64)
