# SPDX-License-Identifier: Apache-2.0
"""ristretto255: decode, encode, one-way map, group operations, scalars.

Not constant time. Points are extended coordinates (X, Y, Z, T) on the twisted Edwards curve
-x^2 + y^2 = 1 + d x^2 y^2. Source: RFC 9496, section 4; the addition law is the unified one for
a = -1, which is complete because d is no square.
"""

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def is_negative(value):
    return value % P % 2 == 1


def magnitude(value):
    value %= P
    return P - value if is_negative(value) else value


def sqrt_ratio_m1(u, v):
    """(was_square, root) of RFC 9496 section 4.2."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    u %= P
    correct = check == u
    flipped = check == -u % P
    flipped_i = check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return correct or flipped, magnitude(r)


# Constants of RFC 9496 section 4.1, computed from what they mean, checked in test_group.py.
ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P
INVSQRT_A_MINUS_D = sqrt_ratio_m1(1, -1 - D)[1]
# The RFC fixes this root as the odd one; sqrt_ratio_m1 answers the even one.
SQRT_AD_MINUS_ONE = P - sqrt_ratio_m1(-D - 1, 1)[1]

IDENTITY = (0, 1, 1, 0)


class Refused(ValueError):
    """An encoding that is no element, or a scalar that is not allowed."""


def decode(encoding):
    """Section 4.3.1. The identity decodes: a caller that must refuse it uses decode_outside."""
    if len(encoding) != 32:
        raise Refused("length")
    s = int.from_bytes(encoding, "little")
    if s >= P or is_negative(s):
        raise Refused("not canonical")
    ss = s * s % P
    u1, u2 = (1 - ss) % P, (1 + ss) % P
    u2_sqr = u2 * u2 % P
    v = (-(D * u1 * u1) - u2_sqr) % P
    was_square, invsqrt = sqrt_ratio_m1(1, v * u2_sqr)
    den_x = invsqrt * u2 % P
    den_y = invsqrt * den_x * v % P
    x = magnitude(2 * s * den_x)
    y = u1 * den_y % P
    t = x * y % P
    if not was_square or is_negative(t) or y == 0:
        raise Refused("not a point")
    return (x, y, 1, t)


def decode_outside(encoding):
    """An element from outside: canonical and not the identity."""
    point = decode(encoding)
    if equal(point, IDENTITY):
        raise Refused("identity")
    return point


def encode(point):
    """Section 4.3.2."""
    x0, y0, z0, t0 = point
    u1 = (z0 + y0) * (z0 - y0) % P
    u2 = x0 * y0 % P
    _, invsqrt = sqrt_ratio_m1(1, u1 * u2 * u2)
    den1, den2 = invsqrt * u1 % P, invsqrt * u2 % P
    z_inv = den1 * den2 * t0 % P
    if is_negative(t0 * z_inv):
        x, y = y0 * SQRT_M1 % P, x0 * SQRT_M1 % P
        den_inv = den1 * INVSQRT_A_MINUS_D % P
    else:
        x, y, den_inv = x0, y0, den2
    if is_negative(x * z_inv):
        y = -y % P
    return magnitude(den_inv * (z0 - y)).to_bytes(32, "little")


def equal(a, b):
    """Section 4.3.3."""
    return (a[0] * b[1] - a[1] * b[0]) % P == 0 or (a[1] * b[1] - a[0] * b[0]) % P == 0


def elligator_map(t):
    """MAP of section 4.3.4."""
    r = SQRT_M1 * t * t % P
    u = (r + 1) * ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio_m1(u, v)
    if was_square:
        c = P - 1
    else:
        s = -magnitude(s * t) % P
        c = r
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
    w0 = 2 * s * v % P
    w1 = n * SQRT_AD_MINUS_ONE % P
    w2, w3 = (1 - s * s) % P, (1 + s * s) % P
    return (w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P)


def one_way_map(uniform):
    """The element derivation of section 4.3.4: 64 uniform bytes to a point."""
    if len(uniform) != 64:
        raise ValueError("the one-way map takes 64 bytes")
    halves = (uniform[:32], uniform[32:])
    t1, t2 = (int.from_bytes(h, "little") % 2**255 % P for h in halves)
    return add(elligator_map(t1), elligator_map(t2))


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * D * p[3] * q[3] % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def negate(p):
    return (-p[0] % P, p[1], p[2], -p[3] % P)


def multiply(scalar, point):
    """scalar * point for any integer, reduced mod the order first."""
    result = IDENTITY
    for bit in bin(scalar % ORDER)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def _base():
    """The Edwards base point of RFC 8032 (y = 4/5, x even): the generator's representative."""
    y = 4 * pow(5, P - 2, P) % P
    _, x = sqrt_ratio_m1(y * y - 1, D * y * y + 1)
    return (x, y, 1, x * y % P)


BASE = _base()


def scalar_decode(encoding):
    """A scalar from outside: 32 bytes little-endian, in 1 .. l-1."""
    if len(encoding) != 32:
        raise Refused("length")
    scalar = int.from_bytes(encoding, "little")
    if not 1 <= scalar < ORDER:
        raise Refused("scalar range")
    return scalar


def scalar_encode(scalar):
    if not 1 <= scalar < ORDER:
        raise Refused("scalar range")
    return scalar.to_bytes(32, "little")


def scalar_inverse(scalar):
    return pow(scalar, ORDER - 2, ORDER)
