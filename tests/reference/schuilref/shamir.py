# SPDX-License-Identifier: Apache-2.0
"""Shamir's secret sharing over GF(2^8), by tables of logarithms, and the texts of shares and sets."""
from hashlib import blake2b

from .encoding import lv

LOG, EXP = [0] * 256, [0] * 255
_value = 1
for _i in range(255):
    EXP[_i], LOG[_value] = _value, _i
    _doubled = _value << 1 ^ (0x11b if _value & 0x80 else 0)
    _value ^= _doubled  # times 3, which generates the group
del _value, _i, _doubled


def multiply(a, b):
    return EXP[(LOG[a] + LOG[b]) % 255] if a and b else 0


def divide(a, b):
    return EXP[(LOG[a] - LOG[b]) % 255] if a else 0


def share(coefficients, x):
    """The value at x; coefficients are byte strings, the key first."""
    out = bytearray(len(coefficients[0]))
    for power, coefficient in enumerate(coefficients):
        factor = 1
        for _ in range(power):
            factor = multiply(factor, x)
        out = bytearray(o ^ multiply(c, factor) for o, c in zip(out, coefficient))
    return bytes(out)


def combine(points):
    """The key of {x: value}."""
    out = bytearray(32)
    for x, value in points.items():
        weight = 1
        for other in points:
            if other != x:
                weight = multiply(weight, divide(other, other ^ x))
        out = bytearray(o ^ multiply(v, weight) for o, v in zip(out, value))
    return bytes(out)


def _head(label, name, set_id, threshold, count):
    return lv(label.encode()) + lv(name.encode()) + set_id + bytes([threshold, count])


def share_hash(name, set_id, threshold, count, x, value):
    head = _head("schuilnaam/v1/share", name, set_id, threshold, count)
    return blake2b(head + bytes([x]) + value, digest_size=32).digest()


def share_text(name, set_id, threshold, count, x, value):
    text = f"schuilnaam-share-1:{name}:{set_id.hex()}:{threshold}:{count}:{x}:{value.hex()}:"
    return text + blake2b(text.encode(), digest_size=32).digest()[:4].hex()


def set_text(name, set_id, threshold, values, key):
    count = len(values)
    lines = ["schuilnaam-share-set-1", f"name {name}", f"set {set_id.hex()}", f"shares {threshold} {count}"]
    lines += [f"share {x} {share_hash(name, set_id, threshold, count, x, value).hex()}"
              for x, value in enumerate(values, 1)]
    mac = blake2b(_head("schuilnaam/v1/share-key", name, set_id, threshold, count), key=key, digest_size=32)
    return "\n".join(lines + [f"key {mac.hexdigest()}", ""])
