# SPDX-License-Identifier: Apache-2.0
"""Inputs for finals.json: keys, types, domains and values; answers are Q, P, finals, temporaries.

Every key is made from a label by SHA-512, so that the file never changes and no key can be a real
one. Some scalars are chosen at the edges instead.
"""
import hashlib
from typing import NamedTuple

from schuilref import encoding, finals, ristretto, temporary
from schuilref.expand import hash_to_group
from schuilref.identity import SHIPPED, encode, make_type
from schuilref.ristretto import ORDER

from .identity import LONG_NAME, SEED, person

A, B, C = (SHIPPED[code] for code in "ABC")
C2 = C._replace(version=2, number=5)
D = make_type("D", 65535, 65535, "GN:3", "VN:1", "GD:Y", "G", "PC:4")
REDUCED = {"GN": "BAKKER", "VN": "ANNEMARIE", "GD": "19870604", "G": "V", "PC": "5678ZX"}
JANSEN = person("JANSEN", "JP", "19930515", "M")
PEOPLE = [
    (A, {"BSN": "999900006"}), (A, {"BSN": "999999990"}), (B, JANSEN),
    (B, person(LONG_NAME, "ABC", "18500101", "O")), (C, SEED),
    (C, {"G": "V", "GD": "20000229", "PC": "9999ZZ"}), (C2, SEED), (D, REDUCED),
]


def labelled(label, size=64):
    digest = hashlib.sha512(b"schuilnaam test vector: " + label.encode()).digest()
    return digest[:size]


def scalar(label):
    return int.from_bytes(labelled(label), "little") % (ORDER - 1) + 1


class Domain(NamedTuple):
    code: str
    number: int
    kind: str = "plain"


REG1 = Domain("REG1", 1)
REG2 = Domain("REG2", 2)
LONG = Domain("ABCDEFGHIJKLMNOP", 2**31 - 1)
BOUND = Domain("B1", 77, "bound")
BOUND_LONG = Domain("Z999999999999999", 65536, "bound")


class Keys(NamedTuple):
    epoch: int
    generation: int
    k: int
    s: int
    w: bytes


def keys(domain, epoch=1, generation=1):
    """In every epoch the product k * s of a domain and generation is the same, by construction."""
    k = scalar(f"root {epoch}")
    product = scalar(f"product {domain.code} {generation}")
    w = labelled(f"domain-seal {domain.code} {generation}")
    return Keys(epoch, generation, k, product * ristretto.scalar_inverse(k) % ORDER, w)


def edge(k, s):
    return Keys(1, 1, k, s, labelled("domain-seal edge"))


EDGES = [(1, 1), (1, ORDER - 1), (ORDER - 1, 1), (ORDER - 1, ORDER - 1), (2, (ORDER + 1) // 2),
         (2, 2), (8, ristretto.scalar_inverse(8)), (2**252, 3), (scalar("edge"), 1),
         (1, scalar("edge")), (scalar("edge"), ORDER - 1), (scalar("edge"), ORDER - scalar("edge"))]


def rows():
    for domain in (REG1, REG2):
        for ptype, values in PEOPLE:
            yield "first epoch", domain, keys(domain), ptype, values
    for epoch in (2, 3, 2**31 - 1):
        for ptype, values in PEOPLE:
            yield "refreshed", REG1, keys(REG1, epoch), ptype, values
    for epoch in (2, 7):
        yield "refreshed", BOUND, keys(BOUND, epoch), C, SEED
    for generation in (2, 10, 2**31 - 1):
        for ptype, values in (PEOPLE[0], PEOPLE[4]):
            yield "rotated", REG1, keys(REG1, 1, generation), ptype, values
    for domain in (BOUND, BOUND_LONG):
        for ptype, values in PEOPLE[:5] + PEOPLE[7:]:
            yield "bound", domain, keys(domain), ptype, values
    yield "longest text", LONG, keys(LONG, 1, 2**31 - 1), D, REDUCED
    longest = make_type("ABCDEFGH", 65535, 9, "BSN")
    yield "longest text", LONG, keys(LONG, 5, 2**31 - 1), longest, {"BSN": "999900018"}
    for k, s in EDGES:
        yield "edge scalars", REG1, edge(k, s), C, SEED


def final(group, domain, key, ptype, values):
    x = encode(ptype, values, domain.number if domain.kind == "bound" else None)
    q = finals.core(key.k, x)
    p = ristretto.encode(ristretto.multiply(key.s, ristretto.decode(q)))
    ad = finals.associated_data(ptype.code, ptype.version, domain.number, key.generation)
    sealed = finals.seal(key.w, ad, p)
    text = finals.text(ptype.code, ptype.version, domain.code, key.generation, sealed)
    recipe = [p.code + (":" + p.reduction if p.reduction else "") for p in ptype.recipe]
    return {
        "group": group,
        "type": {"code": ptype.code, "version": ptype.version, "number": ptype.number,
                 "normaliser": ptype.normaliser, "recipe": recipe},
        "domain": domain._asdict(), "epoch": key.epoch, "generation": key.generation,
        "k": ristretto.scalar_encode(key.k).hex(), "s": ristretto.scalar_encode(key.s).hex(),
        "w": key.w.hex(), "record": {p.code: values[p.code] for p in ptype.recipe},
        "x": x.hex(), "h": ristretto.encode(hash_to_group(x)).hex(), "q": q.hex(), "p": p.hex(),
        "ad": ad.hex(), "final": sealed.hex(), "text": text,
    }


def carried(domain, old, new, ptype, values):
    """One final carried over from generation to generation, and its Q for a linkage."""
    def ad(key):
        return finals.associated_data(ptype.code, ptype.version, domain.number, key.generation)

    first = final("carried", domain, old, ptype, values)
    sealed = bytes.fromhex(first["final"])
    made = finals.rotate(sealed, (old.w, ad(old), old.s), (new.w, ad(new), new.s))
    return {
        **{name: first[name] for name in ("type", "domain", "epoch", "text", "q")},
        "from": {"generation": old.generation, "s": first["s"], "w": first["w"]},
        "to": {"generation": new.generation, "s": ristretto.scalar_encode(new.s).hex(),
               "w": new.w.hex()},
        "rotated": finals.text(ptype.code, ptype.version, domain.code, new.generation, made),
        "core": finals.core_of(sealed, old.w, ad(old), old.s).hex(),
    }


def build_carried():
    pairs = ((1, 2), (2, 1), (1, 10), (10, 2**31 - 1))
    return [carried(REG1, keys(REG1, epoch, old), keys(REG1, epoch, new), ptype, values)
            for epoch in (1, 3) for old, new in pairs for ptype, values in PEOPLE[::3]]


def build_finals():
    return [final(*row) for row in rows()]


class Send(NamedTuple):
    """What a temporary pseudonym carries beside its person."""
    provider: int
    registry: int
    key: int
    expiry: int
    epoch: int
    kind: int = 1


SENDS = [Send(1, 1, 1, 1750000000 - 1750000000 % 3600, 1), Send(2, 1, 1, 1750003200, 1),
         Send(1, 2, 2, 4102444800, 2),
         Send(2**31 - 1, 2**31 - 1, 2**31 - 1, 2**32 - 3600, 2**31 - 1),
         Send(77, 256, 65536, 3600, 3), Send(1, 1, 1, 1750003200, 1, 2)]


def temporary_case(index, send, ptype, values):
    x = encode(ptype, values, 77 if send.kind == 2 else None)
    q = finals.core(scalar(f"root {send.epoch}"), x)
    key = labelled(f"transport {send.key}", 32)
    nonce = labelled(f"nonce {index}", 24)
    header = temporary.Header(send.kind, ptype.number, send.registry, send.key, send.expiry)
    data = temporary.seal(key, header, nonce, send.provider, send.epoch, q)
    return {
        "type": {"code": ptype.code, "version": ptype.version, "number": ptype.number},
        "kind": send.kind, "registry": send.registry, "transport_key_number": send.key,
        "transport_key": key.hex(), "expiry": send.expiry, "nonce": nonce.hex(),
        "provider": send.provider, "epoch": send.epoch, "q": q.hex(),
        "header": header.encode().hex(), "bytes": data.hex(),
        "text": temporary.text(ptype.code, ptype.version, data),
    }


def build_temporaries():
    longest = (make_type("ABCDEFGH", 65535, 65535, "BSN"), {"BSN": "999900018"})
    people = [PEOPLE[0], PEOPLE[2], PEOPLE[4], PEOPLE[6], PEOPLE[7], longest]
    pairs = [(send, person_) for send in SENDS for person_ in people]
    return [temporary_case(i, send, *person_) for i, (send, person_) in enumerate(pairs)]


def changed(data, index, bits=1):
    return data[:index] + bytes([data[index] ^ bits]) + data[index + 1:]


def resealed(good, element=None, **fields):
    """The good case's temporary pseudonym made anew with other contents, under the right key."""
    header = temporary.header_decode(bytes.fromhex(good["bytes"]))._replace(**fields)
    element = element or bytes.fromhex(good["q"])
    return temporary.seal(bytes.fromhex(good["transport_key"]), header,
                          bytes.fromhex(good["nonce"]), good["provider"], good["epoch"], element)


def refused_bytes(good):
    data = bytes.fromhex(good["bytes"])
    parts = (("version", 0), ("kind", 1), ("type number", 3), ("registry", 7), ("key number", 11),
             ("expiry", 15), ("nonce", 16), ("nonce's end", 39), ("box", 40), ("box's end", 79),
             ("tag", 80), ("tag's end", 95))
    yield from ((f"one bit changed: {name}", changed(data, index)) for name, index in parts)
    yield "one byte short", data[:-1]
    yield "one byte more", data + b"\x00"
    yield "nothing", b""
    yield "header only", data[:16]
    yield "another type's number", resealed(good, type_number=good["type"]["number"] + 1)
    yield "another registry", resealed(good, registry_number=good["registry"] + 1)
    yield "an unknown key", resealed(good, key_number=good["transport_key_number"] + 1)
    yield "kind 0", resealed(good, kind=0)
    yield "kind 4", resealed(good, kind=4)
    yield "the identity inside", resealed(good, element=bytes(32))
    yield "no element inside", resealed(good, element=b"\x01" + bytes(31))
    yield "a field element too large", resealed(good, element=b"\xed" + b"\xff" * 30 + b"\x7f")


def build_refused(good):
    """Texts that a translation for the good case's type and registry must not take."""
    text = good["text"]
    name = encoding.tref(good["type"]["code"], good["type"]["version"])
    body = text.split("-", 2)[2]
    out = [(why, f"T-{name}-{encoding.b64u_encode(data)}") for why, data in refused_bytes(good)]
    out += [("another letter", "P" + text[1:]), ("a small letter", "t" + text[1:]),
            ("another tref", f"T-A-{body}"), ("version 1 written out", f"T-{name}.1-{body}"),
            ("another version", f"T-{name}.2-{body}"), ("an empty tref", f"T--{body}"),
            ("padding", text + "="), ("a space behind", text + " "), ("a line end", text + "\n"),
            ("a space before", " " + text), ("the other alphabet", f"T-{name}-+" + body[1:]),
            ("a slash", f"T-{name}-/" + body[1:]), ("no prefix", body), ("the empty text", ""),
            ("prefix only", f"T-{name}-"), ("no second hyphen", f"T-{name}")]
    return [{"why": why, "text": bad} for why, bad in out]
