# SPDX-License-Identifier: Apache-2.0
"""AES, forward direction only (CMAC and CTR need no other). Source: FIPS 197.

Tables are computed from their definition, not copied. Branches and indexes on secrets: for tests.
"""


def xtime(a):
    a <<= 1
    return (a ^ 0x11B) & 0xFF if a & 0x100 else a


def gf_multiply(a, b):
    result = 0
    while b:
        if b & 1:
            result ^= a
        a, b = xtime(a), b >> 1
    return result


def _sbox():
    inverse = [0] * 256
    for a in range(1, 256):
        power = a
        for _ in range(253):  # a^254 is the inverse
            power = gf_multiply(power, a)
        inverse[a] = power
    box = []
    for b in inverse:
        rotated = [(b << n | b >> (8 - n)) & 0xFF for n in range(5)]
        box.append(rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63)
    return box


SBOX = _sbox()
TIMES2 = [xtime(a) for a in range(256)]


class Aes:
    def __init__(self, key):
        if len(key) not in (16, 24, 32):
            raise ValueError("AES key length")
        self.round_keys = self._expand(key)

    @staticmethod
    def _expand(key):
        nk = len(key) // 4
        words = [list(key[4 * i:4 * i + 4]) for i in range(nk)]
        rcon = 1
        for i in range(nk, 4 * (nk + 7)):
            word = list(words[i - 1])
            if i % nk == 0:
                word = [SBOX[b] for b in word[1:] + word[:1]]
                word[0] ^= rcon
                rcon = xtime(rcon)
            elif nk > 6 and i % nk == 4:
                word = [SBOX[b] for b in word]
            words.append([a ^ b for a, b in zip(words[i - nk], word)])
        flat = [b for word in words for b in word]
        return [flat[i:i + 16] for i in range(0, len(flat), 16)]

    def encrypt_block(self, block):
        state = [a ^ b for a, b in zip(block, self.round_keys[0])]
        for round_key in self.round_keys[1:-1]:
            state = self._mix(self._shift([SBOX[b] for b in state]))
            state = [a ^ b for a, b in zip(state, round_key)]
        state = self._shift([SBOX[b] for b in state])
        return bytes(a ^ b for a, b in zip(state, self.round_keys[-1]))

    @staticmethod
    def _shift(state):
        return [state[(i + 4 * (i % 4)) % 16] for i in range(16)]

    @staticmethod
    def _mix(state):
        out = []
        for c in range(0, 16, 4):
            column = state[c:c + 4]
            for i in range(4):
                a, b, d, e = (column[(i + k) % 4] for k in range(4))
                out.append(TIMES2[a] ^ TIMES2[b] ^ b ^ d ^ e)
        return out
