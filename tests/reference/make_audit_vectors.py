# SPDX-License-Identifier: Apache-2.0
"""Writes audit.json and manifest.json: known answers for audit chains and key manifests.

    /usr/bin/python3 tests/reference/make_audit_vectors.py [FOLDER]

Plain Python and hashlib; shares nothing with the C. Deterministic: the same files every time. The
Ed25519 below is for vectors only: slow, and not constant time.
Sources: PROTOCOL sections 6 and 7; RFC 7693 (hashlib.blake2b); RFC 8032, section 5.1.
"""
import hashlib
import json
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
ORIGIN = "tests/reference/make_audit_vectors.py, an implementation that shares no code with the C"


def u(bits, n):
    return n.to_bytes(bits // 8, "big")


def lv(value):
    data = value.encode() if isinstance(value, str) else value
    return u(16, len(data)) + data


def blake(data, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


def drawn(label, size=32):
    """Bytes that look random and are the same every time."""
    return hashlib.shake_256(("schuilnaam vectors: " + label).encode()).digest(size)


# ---- Ed25519 (RFC 8032, 5.1): points are affine (x, y) ----
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def point_add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, P)
    return x % P, y % P


def point_multiply(n, point):
    total = (0, 1)
    while n:
        if n & 1:
            total = point_add(total, point)
        point = point_add(point, point)
        n >>= 1
    return total


def point_encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def base_point():
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x & 1 else x), y


def secret_expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return scalar, digest[32:]


def ed25519_public(seed):
    return point_encode(point_multiply(secret_expand(seed)[0], base_point()))


def hash_to_scalar(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def ed25519_sign(seed, message):
    scalar, prefix = secret_expand(seed)
    public = ed25519_public(seed)
    r = hash_to_scalar(prefix, message)
    commitment = point_encode(point_multiply(r, base_point()))
    s = (r + hash_to_scalar(commitment, public, message) * scalar) % L
    return commitment + s.to_bytes(32, "little")


# ---- audit (PROTOCOL 7) ----
COLUMNS = ("time event name outcome status organisation credential behalf role access source "
           "registry types asked made failed key_numbers request compartment process reason "
           "detail").split()


def column_bytes(value):
    if isinstance(value, list):
        return b"".join(lv(str(element)) for element in value)
    return str(value).encode()


def body(event):
    out = u(16, len(COLUMNS))
    for column in COLUMNS:
        value = event.get(column)
        if value is None:
            out += b"\x00"
            continue
        data = column_bytes(value)
        out += b"\x01" + u(32, len(data)) + data
    return out


def link(chain, previous, i, event_body):
    return blake(lv("schuilnaam/v1/audit") + chain + previous + u(64, i) + event_body)


def head(chain, i, last):
    return lv("schuilnaam/v1/audit-head") + chain + u(64, i) + last


EVENTS = [
    [
        {"time": 1790000000123456, "event": 100, "name": "CHAIN_START", "outcome": "ok",
         "role": "system", "access": "schuilnaamd", "compartment": "issue", "process": "host-1/4711",
         "detail": '{"heads":[]}'},
        {"time": 1790000000123457, "event": 200, "name": "ISSUE", "outcome": "ok", "status": 200,
         "organisation": "HOSP1", "credential": 12, "behalf": "HOSP2", "role": "provider",
         "access": "listen.api", "source": "192.0.2.7:50123", "registry": "REG1",
         "types": ["A", "B", "C.2"], "asked": 3, "made": 8, "failed": 1, "key_numbers": [6, 2147483647],
         "request": "00112233445566778899aabbccddeeff", "compartment": "issue",
         "process": "host-1/4711"},
    ],
    [
        {"time": 1, "event": 316, "name": "CONNECTION_CHANGE", "outcome": "failed", "status": 503,
         "credential": 2147483647, "role": "operator", "access": "listen.admin",
         "registry": "REG1", "asked": 0, "made": 0, "failed": 9007199254740993,
         "types": ['quote " and \\ backslash', "comma,brace}", "NULL"],
         "reason": "\u00e9\u00e9n \u2014 two lines\nand a tab\t", "detail": "",
         "compartment": "operate", "process": "p"},
    ],
    [
        {"time": -1, "event": 101, "name": "CHAIN_END", "outcome": "ok", "role": "system",
         "compartment": "issue", "process": "host-1/4711"},
    ],
]


def build_audit():
    seed, chain = drawn("audit seed"), drawn("chain", 16)
    previous, i, transactions = bytes(32), 0, []
    for events in EVENTS:
        rows = []
        for event in events:
            i += 1
            encoded = body(event)
            previous = link(chain, previous, i, encoded)
            rows.append({"event": event, "i": i, "body": encoded.hex(), "link": previous.hex()})
        message = head(chain, i, previous)
        transactions.append({"rows": rows, "head": message.hex(),
                             "signature": ed25519_sign(seed, message).hex()})
    return {"origin": ORIGIN, "columns": COLUMNS, "seed": seed.hex(),
            "public": ed25519_public(seed).hex(), "chain": chain.hex(),
            "transactions": transactions}


# ---- manifests (PROTOCOL 6) ----
def key(number, purpose, state="active", scope=0, epoch=0, generation=0, destruction=0, public=b"",
        copies=()):
    """copies: compartment to True (there) or False (it was, and is destroyed)."""
    size = 104 if purpose in ("domain-seal", "source") else 72
    made = {name: drawn(f"copy {number} {name}", size).hex() if there else ""
            for name, there in dict(copies).items()}
    return {"number": number, "purpose": purpose, "scope": scope, "epoch": epoch,
            "generation": generation, "state": state, "destruction_time": destruction,
            "public": public.hex(), "copies": made}


KEYS = [
    key(1, "manifest", copies={"issue": True}),
    key(2, "manifest", copies={"translate": True}),
    key(3, "audit", public=drawn("p3"), copies={"issue": True}),
    key(4, "audit", public=drawn("p4"), copies={"translate": True}),
    key(5, "audit", public=drawn("p5"), copies={"operate": True}),
    key(6, "root", "destroyed", epoch=1, public=drawn("p6"), copies={"issue": False}),
    key(7, "root", epoch=2, public=drawn("p7"), copies={"issue": True}),
    key(8, "root", "pre-active", epoch=3, public=drawn("p8"), copies={"issue": True}),
    key(9, "transport", "translate-only", destruction=1790604000,
        copies={"issue": False, "translate": True}),
    key(10, "transport", copies={"issue": True, "translate": True}),
    key(11, "domain", "translate-only", 1, 1, 1, 1790604000, copies={"translate": True}),
    key(12, "domain", "suspended", 1, 2, 1, copies={"translate": True}),
    key(13, "domain-seal", scope=1, generation=1, copies={"translate": True}),
    key(14, "source", "compromised", scope=3, generation=1, copies={"issue": True}),
    key(15, "policy", public=drawn("p15"), copies={"operate": True}),
    key(70000, "pair", copies={"issue": True, "translate": True}),
]


def counted(compartment):
    """The rows a compartment's manifest is over."""
    epochs = {k["epoch"] for k in KEYS if k["purpose"] == "domain" and compartment in k["copies"]}
    for k in KEYS:
        is_root = compartment == "translate" and k["purpose"] == "root" and k["epoch"] in epochs
        if compartment in k["copies"] or is_root:
            yield k


def manifest_body(compartment, counter):
    rows = list(counted(compartment))
    out = lv("schuilnaam/v1/manifest") + lv(compartment) + u(64, counter) + u(32, len(rows))
    for k in rows:
        copy = bytes.fromhex(k["copies"].get(compartment, ""))
        out += (u(32, k["number"]) + lv(k["purpose"]) + u(32, k["scope"]) + u(32, k["epoch"])
                + u(32, k["generation"]) + lv(k["state"] if copy else "destroyed")
                + u(64, k["destruction_time"] if copy else 0) + lv(bytes.fromhex(k["public"]))
                + blake(copy))
    return out


def build_manifest():
    manifests = []
    for compartment, counter in (("issue", 1), ("translate", 2**40 + 7)):
        mac_key, encoded = drawn("manifest key " + compartment), manifest_body(compartment, counter)
        manifests.append({"compartment": compartment, "counter": counter, "key": mac_key.hex(),
                          "body": encoded.hex(), "mac": blake(encoded, mac_key).hex()})
    return {"origin": ORIGIN, "rows": KEYS, "manifests": manifests}


# ---- policy (PROTOCOL 6) ----
POLICY = [
    ("organisation", [["1", "HOSP1", 'Hospital "one" \\', "provider", "active"],
                      ["12", "REG1", "\u00e9\u00e9n", None, "suspended"]]),
    ("credential", [["7", "1", None, b"\x00\xff" * 16, "1790000000123456", None, "active"]]),
    ("catalogue", []),
    ("connection", [["3", "1", "9", ["1", "2", "65535"], "-1", None, "100000", "0", "168", "ended"],
                    ["2147483647", "12", "9", ["4"], "0", "1", "0", "1", "1", ""]]),
]


def policy_cell(value):
    if value is None:
        return b"\x00"
    data = value if isinstance(value, bytes) else column_bytes(value)
    return b"\x01" + u(32, len(data)) + data


def policy_row(row):
    return u(16, len(row)) + b"".join(policy_cell(value) for value in row)


def build_policy():
    seed, counter = drawn("policy seed"), 2**33 + 5
    dump = b"".join(lv(name) + u(32, len(rows)) + b"".join(policy_row(row) for row in rows)
                    for name, rows in POLICY)
    message = lv("schuilnaam/v1/policy") + u(64, counter) + blake(dump)
    tables = [{"name": name, "rows": [[None if value is None else
                                       (value if isinstance(value, bytes) else
                                        column_bytes(value)).hex() for value in row]
                                      for row in rows],
               "hashes": [blake(policy_row(row)).hex() for row in rows]} for name, rows in POLICY]
    return {"origin": ORIGIN, "seed": seed.hex(), "counter": counter, "tables": tables,
            "digest": blake(dump).hex(), "signature": ed25519_sign(seed, message).hex()}


def files():
    """Name to contents of every file."""
    return {"audit.json": build_audit(), "manifest.json": build_manifest(),
            "policy.json": build_policy()}


def rendered(contents):
    return json.dumps(contents, indent=1, ensure_ascii=True) + "\n"


def main(folder):
    for name, contents in files().items():
        (folder / name).write_text(rendered(contents), encoding="ascii")
        print(f"{folder / name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else VECTORS)
