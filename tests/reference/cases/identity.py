# SPDX-License-Identifier: Apache-2.0
"""Inputs for identity.json: types, domains and canonical values; answers are x and H(x)."""
from schuilref import ristretto
from schuilref.expand import hash_to_group
from schuilref.identity import SHIPPED, Part, encode, make_type, reduce_value

A, B, C, R = (SHIPPED[code] for code in "ABCR")
SEED = {"G": "M", "GD": "19930515", "PC": "1234AA"}
BSNS = ("999900006", "999900018", "999900031", "999999990")
LONG_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 2 + "ABCDEFGHIJKL"
NUMBERS = (1, 2, 255, 256, 65535, 65536, 2**24, 2**31 - 1)


def person(gn, vl, gd, g):
    return {"GN": gn, "VL": vl, "GD": gd, "G": g}


def shipped():
    for bsn in BSNS:
        yield A, {"BSN": bsn}, None
    for values in (person("JANSEN", "JP", "19930515", "M"), person("JANSEN", "J", "19930515", "M"),
                   person("VANDERBERG", "TH", "18500101", "V"), person("A", "A", "20000229", "O"),
                   person(LONG_NAME, "ABC", "19700101", "V"), person("AERO", "O", "20240229", "V"),
                   person("STRASSE", "S", "19000228", "M")):
        yield B, values, None
    yield C, SEED, None
    for g, gd, pc in (("V", "19930515", "1234AA"), ("O", "19930515", "1234AA"),
                      ("M", "19930516", "1234AA"), ("M", "19930515", "1234AB"),
                      ("V", "18500101", "1000AA"), ("M", "20991231", "9999ZZ")):
        yield C, {"G": g, "GD": gd, "PC": pc}, None
    for lid in ("1", "00123", "a b", "AB/12-x", "\u00e9", "\uac00\u0301", "x" * 128, "\u00e9" * 64):
        yield R, {"LID": lid}, None


def bound():
    for number in NUMBERS:
        yield C, SEED, number
    for number in (1, 77, 2**31 - 1):
        yield A, {"BSN": BSNS[0]}, number
        yield B, person("JANSEN", "JP", "19930515", "M"), number
        yield R, {"LID": "00123"}, number


def versions():
    for version in (2, 3, 10, 255, 256, 65535):
        yield C._replace(version=version), SEED, None
    yield A._replace(version=2), {"BSN": BSNS[0]}, None
    yield C._replace(version=2), SEED, 2
    yield C._replace(normaliser=2), SEED, None
    yield C._replace(normaliser=65535), SEED, 1


def reductions():
    base = {"GN": "BAKKER", "VN": "ANNEMARIE", "VL": "AM", "GD": "19870604", "PC": "5678ZX",
            "G": "V", "HN": "12"}
    for parts in (("GD:Y",), ("GD:YM",), ("GD",), ("PC:4",), ("PC",), ("VN:1",), ("VL:1",),
                  ("VL:2",), ("VL:3",), ("GN:1",), ("GN:3",), ("GN:6",), ("GN:7",), ("GN:64",),
                  ("GN",), ("HN",), ("G", "GD:Y", "PC:4"), ("GD:Y", "G", "PC:4"),
                  ("PC:4", "G", "GD:Y"),
                  ("PC", "HN"), ("GN:3", "VN:1", "GD:YM", "G", "PC:4", "HN")):
        yield make_type("D", 1, 9, *parts), base, None
    yield make_type("D", 1, 9, "GN:3"), {"GN": "AB"}, None
    yield make_type("D", 1, 9, "GN:64"), {"GN": LONG_NAME}, None


def boundaries():
    """Neighbours that a plain joining of strings would give one encoding."""
    names = make_type("N", 1, 10, "GN", "VN")
    yield names, {"GN": "AB", "VN": "C"}, None
    yield names, {"GN": "A", "VN": "BC"}, None
    yield make_type("N", 1, 10, "VN", "GN"), {"GN": "AB", "VN": "C"}, None
    yield make_type("AB", 1, 11, "GN"), {"GN": "C"}, None
    yield make_type("A", 1, 12, "GN"), {"GN": "BC"}, None
    yield make_type("A1", 1, 13, "GN"), {"GN": "BC"}, None
    yield make_type("A", 11, 14, "GN"), {"GN": "BC"}, None
    yield make_type("N", 1, 15, Part("Z", "text")), {"Z": "ZZ"}, None
    yield make_type("N", 1, 15, Part("ZZ", "text")), {"ZZ": "Z"}, None
    yield make_type("ABCDEFGH", 1, 16, Part("Z9999999", "text")), {"Z9999999": "\u00c5 1"}, None
    sixteen = tuple(Part(f"K{i}", "name", str(i) if i else "") for i in range(16))
    values = {p.code: LONG_NAME[i:i + 20] for i, p in enumerate(sixteen)}
    yield make_type("Z", 65535, 65535, *sixteen), values, None
    yield make_type("Z", 65535, 65535, *sixteen), values, 2**31 - 1
    longest = tuple(Part(f"LONGEST{i}" if i < 10 else f"LONGES{i}", "text") for i in range(16))
    values = {p.code: "\u00e9" * 63 + f"{i:02d}" for i, p in enumerate(longest)}
    yield make_type("LONGESTX", 65535, 65535, *longest), values, 2**31 - 1


def case(ptype, values, domain):
    x = encode(ptype, values, domain)
    recipe = [{"code": p.code, "kind": p.kind, "reduction": p.reduction,
               "canonical": values[p.code],
               "value": reduce_value(p.kind, p.reduction, values[p.code])} for p in ptype.recipe]
    return {"type": {"code": ptype.code, "version": ptype.version, "normaliser": ptype.normaliser},
            "bound_domain": domain or 0, "recipe": recipe, "x": x.hex(),
            "h": ristretto.encode(hash_to_group(x)).hex()}


def what_x_holds(one):
    """The values after the reduction: JP and J are one person for VL:1."""
    recipe = tuple((p["code"], p["reduction"], p["value"]) for p in one["recipe"])
    return (*one["type"].values(), one["bound_domain"], recipe)


def build():
    rows = [row for part in (shipped, bound, versions, reductions, boundaries) for row in part()]
    cases = [case(*row) for row in rows]
    if len({c["x"] for c in cases}) != len({what_x_holds(c) for c in cases}):
        raise AssertionError("two identities with one encoding, or one with two")
    return cases
