# SPDX-License-Identifier: Apache-2.0
"""AES-SIV: S2V over CMAC, then CTR. Sources: RFC 5297; RFC 4493 (CMAC, with any AES key size).

A key of 64 bytes is AES-256-SIV. `headers` is the list of associated strings: an empty list and a
list with one empty string give different outputs. A nonce is the last of the list.
"""
import hmac

from .aes import Aes


class Refused(ValueError):
    """The tag does not fit."""


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def double(block):
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = value % 2**128 ^ 0x87
    return value.to_bytes(16, "big")


def cmac(aes, message):
    subkey = double(aes.encrypt_block(bytes(16)))
    whole = len(message) > 0 and len(message) % 16 == 0
    if not whole:
        subkey = double(subkey)
        message += b"\x80" + bytes(-(len(message) + 1) % 16)
    state = bytes(16)
    for i in range(0, len(message) - 16, 16):
        state = aes.encrypt_block(xor(state, message[i:i + 16]))
    return aes.encrypt_block(xor(xor(state, message[-16:]), subkey))


def s2v(aes, headers, plaintext):
    state = cmac(aes, bytes(16))
    for header in headers:
        state = xor(double(state), cmac(aes, header))
    if len(plaintext) >= 16:
        tail = xor(plaintext[-16:], state)
        return cmac(aes, plaintext[:-16] + tail)
    padded = plaintext + b"\x80" + bytes(15 - len(plaintext))
    return cmac(aes, xor(double(state), padded))


def ctr(aes, v, data):
    counter = int.from_bytes(v, "big") & ~(1 << 63 | 1 << 31)
    out = b""
    for i in range(0, len(data), 16):
        block = aes.encrypt_block((counter % 2**128).to_bytes(16, "big"))
        out += xor(data[i:i + 16], block)
        counter += 1
    return out


def halves(key):
    middle = len(key) // 2
    return Aes(key[:middle]), Aes(key[middle:])


def seal(key, headers, plaintext):
    """V (16) || C."""
    mac, cipher = halves(key)
    v = s2v(mac, headers, plaintext)
    return v + ctr(cipher, v, plaintext)


def open_sealed(key, headers, sealed):
    if len(sealed) < 16:
        raise Refused("length")
    mac, cipher = halves(key)
    v, ciphertext = sealed[:16], sealed[16:]
    plaintext = ctr(cipher, v, ciphertext)
    if not hmac.compare_digest(s2v(mac, headers, plaintext), v):
        raise Refused("tag")
    return plaintext
