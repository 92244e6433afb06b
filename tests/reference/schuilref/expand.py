# SPDX-License-Identifier: Apache-2.0
"""expand_message_xmd with SHA-512, and the two hashes of RFC 9497 in mode 0x01.

Sources: RFC 9380 section 5.3.1 (and 5.3.3 for a long DST); RFC 9497 sections 2.1, 3.1, 4.1.
"""
import hashlib

from . import ristretto

HASH_LEN = 64
BLOCK_LEN = 128
MODE_VOPRF = 0x01
CONTEXT = b"OPRFV1-" + bytes([MODE_VOPRF]) + b"-ristretto255-SHA512"


def sha512(*parts):
    digest = hashlib.sha512()
    for part in parts:
        digest.update(part)
    return digest.digest()


def expand_message_xmd(message, dst, length):
    if len(dst) > 255:
        dst = sha512(b"H2C-OVERSIZE-DST-", dst)
    count = -(-length // HASH_LEN)
    if count > 255 or length > 65535:
        raise ValueError("too long")
    dst_prime = dst + bytes([len(dst)])
    b0 = sha512(bytes(BLOCK_LEN), message, length.to_bytes(2, "big"), b"\x00", dst_prime)
    block = sha512(b0, b"\x01", dst_prime)
    out = block
    for i in range(2, count + 1):
        block = sha512(bytes(x ^ y for x, y in zip(b0, block)), bytes([i]), dst_prime)
        out += block
    return out[:length]


def hash_to_group(message, context=CONTEXT):
    """H(x): a point."""
    return ristretto.one_way_map(expand_message_xmd(message, b"HashToGroup-" + context, 64))


def hash_to_scalar(message, context=CONTEXT, dst=None):
    uniform = expand_message_xmd(message, dst or b"HashToScalar-" + context, 64)
    return int.from_bytes(uniform, "little") % ristretto.ORDER
