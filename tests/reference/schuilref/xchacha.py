# SPDX-License-Identifier: Apache-2.0
"""XChaCha20-Poly1305 (IETF). Sources: RFC 8439; draft-irtf-cfrg-xchacha-03 for the nonce of 24."""
import hmac
import struct


class Refused(ValueError):
    """The tag does not fit."""


CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
ROUNDS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def rotate(value, count):
    return (value << count | value >> (32 - count)) & 0xFFFFFFFF


def quarter(state, a, b, c, d):
    for left, right, target, count in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[left] = (state[left] + state[right]) & 0xFFFFFFFF
        state[target] = rotate(state[target] ^ state[left], count)


def permuted(words):
    state = list(words)
    for _ in range(10):
        for indexes in ROUNDS:
            quarter(state, *indexes)
    return state


def initial(key, tail):
    return list(CONSTANTS) + list(struct.unpack("<8I", key)) + list(struct.unpack("<4I", tail))


def chacha20_block(key, counter, nonce):
    words = initial(key, struct.pack("<I", counter) + nonce)
    mixed = permuted(words)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(words, mixed)))


def hchacha20(key, nonce16):
    state = permuted(initial(key, nonce16))
    return struct.pack("<8I", *state[:4], *state[12:])


def chacha20(key, counter, nonce, data):
    out = b""
    for i in range(0, len(data), 64):
        block = chacha20_block(key, counter + i // 64, nonce)
        out += bytes(a ^ b for a, b in zip(data[i:i + 64], block))
    return out


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(message), 16):
        block = message[i:i + 16] + b"\x01"
        total = (total + int.from_bytes(block, "little")) * r % (2**130 - 5)
    total += int.from_bytes(key[16:], "little")
    return (total % 2**128).to_bytes(16, "little")


def padded(data):
    return data + bytes(-len(data) % 16)


def tag_of(key, nonce, ad, ciphertext):
    one_time = chacha20_block(key, 0, nonce)[:32]
    lengths = struct.pack("<QQ", len(ad), len(ciphertext))
    return poly1305(one_time, padded(ad) + padded(ciphertext) + lengths)


def subkey(key, nonce):
    if len(key) != 32 or len(nonce) != 24:
        raise ValueError("key or nonce length")
    return hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]


def seal(key, nonce, ad, plaintext):
    """ciphertext || tag (16)."""
    inner, nonce12 = subkey(key, nonce)
    ciphertext = chacha20(inner, 1, nonce12, plaintext)
    return ciphertext + tag_of(inner, nonce12, ad, ciphertext)


def open_sealed(key, nonce, ad, sealed):
    if len(sealed) < 16:
        raise Refused("length")
    inner, nonce12 = subkey(key, nonce)
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if not hmac.compare_digest(tag_of(inner, nonce12, ad, ciphertext), tag):
        raise Refused("tag")
    return chacha20(inner, 1, nonce12, ciphertext)
