# SPDX-License-Identifier: Apache-2.0
"""The VOPRF of RFC 9497 (mode 0x01, ristretto255-SHA512): enough to check the RFC's figures.

The service takes H(x) and the multiplication from it; the figures of appendix A.1.2 tie both,
and the proof, to a public source.
"""
from .expand import CONTEXT, hash_to_group, hash_to_scalar, sha512
from .ristretto import BASE, IDENTITY, ORDER, add, decode, encode, multiply, scalar_inverse


def lv(data):
    return len(data).to_bytes(2, "big") + data


def derive_key(seed, info):
    """Section 3.2.1."""
    for counter in range(256):
        message = seed + lv(info) + bytes([counter])
        scalar = hash_to_scalar(message, dst=b"DeriveKeyPair" + CONTEXT)
        if scalar != 0:
            return scalar
    raise ValueError("no key")


def blind(message, scalar):
    """Section 3.3.1: the blinded element, encoded."""
    return encode(multiply(scalar, hash_to_group(message)))


def evaluate(key, element):
    return encode(multiply(key, decode(element)))


def unblind(element, scalar):
    return encode(multiply(scalar_inverse(scalar), decode(element)))


def finalize(message, unblinded):
    return sha512(lv(message), lv(unblinded), b"Finalize")


def composites(public, blinded, evaluated):
    """ComputeComposites of section 2.2.2: (M, Z) as points."""
    seed = sha512(lv(public), lv(b"Seed-" + CONTEXT))
    m = z = IDENTITY
    for i, (c, d) in enumerate(zip(blinded, evaluated, strict=True)):
        transcript = lv(seed) + i.to_bytes(2, "big") + lv(c) + lv(d) + b"Composite"
        weight = hash_to_scalar(transcript)
        m = add(m, multiply(weight, decode(c)))
        z = add(z, multiply(weight, decode(d)))
    return m, z


def challenge(public, m, z, t2, t3):
    parts = (public, encode(m), encode(z), encode(t2), encode(t3))
    return hash_to_scalar(b"".join(lv(p) for p in parts) + b"Challenge")


def prove(key, blinded, evaluated, r):
    """GenerateProof of section 2.2.1, with r given (a real prover draws it)."""
    public = encode(multiply(key, BASE))
    m, z = composites(public, blinded, evaluated)
    c = challenge(public, m, z, multiply(r, BASE), multiply(r, m))
    s = (r - c * key) % ORDER
    return c.to_bytes(32, "little") + s.to_bytes(32, "little")


def verify(public, blinded, evaluated, proof):
    c, s = (int.from_bytes(proof[i:i + 32], "little") for i in (0, 32))
    if len(proof) != 64 or c >= ORDER or s >= ORDER:
        return False
    m, z = composites(public, blinded, evaluated)
    t2 = add(multiply(s, BASE), multiply(c, decode(public)))
    t3 = add(multiply(s, m), multiply(c, z))
    return challenge(public, m, z, t2, t3) == c
