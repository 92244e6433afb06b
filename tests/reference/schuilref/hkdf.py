# SPDX-License-Identifier: Apache-2.0
"""HKDF with SHA-512. Source: RFC 5869 section 2."""
import hmac


def extract(salt, ikm):
    return hmac.new(salt or bytes(64), ikm, "sha512").digest()


def expand(prk, info, length):
    if length > 255 * 64:
        raise ValueError("too long")
    block = out = b""
    counter = 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), "sha512").digest()
        out += block
        counter += 1
    return out[:length]


def hkdf(ikm, salt, info, length):
    return expand(extract(salt, ikm), info, length)
