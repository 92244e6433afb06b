# SPDX-License-Identifier: Apache-2.0
"""Pseudonym types and the identity encoding x (protocol section 3)."""
from typing import NamedTuple

from .encoding import lv, u16, u32

NORMALISER_VERSION = 1


class Part(NamedTuple):
    """One attribute of a recipe."""
    code: str
    kind: str
    reduction: str = ""


class Type(NamedTuple):
    code: str
    version: int
    number: int
    recipe: tuple
    normaliser: int = NORMALISER_VERSION


KINDS = {"BSN": "bsn", "GD": "date", "G": "sex", "PC": "postcode", "HN": "number",
         "GN": "name", "VN": "name", "VL": "name", "LID": "text"}


def part(text):
    """'VL:1' of the shipped catalogue to a Part."""
    code, _, reduction = text.partition(":")
    return Part(code, KINDS[code], reduction)


def make_type(code, version, number, *parts, normaliser=NORMALISER_VERSION):
    recipe = tuple(p if isinstance(p, Part) else part(p) for p in parts)
    return Type(code, version, number, recipe, normaliser)


SHIPPED = {
    "A": make_type("A", 1, 1, "BSN"),
    "B": make_type("B", 1, 2, "GN", "VL:1", "GD", "G"),
    "C": make_type("C", 1, 3, "G", "GD", "PC"),
    "R": make_type("R", 1, 4, "LID"),
}


def reduce_value(kind, reduction, value):
    """The canonical value after the reduction."""
    if reduction == "":
        return value
    lengths = {("date", "Y"): 4, ("date", "YM"): 6, ("postcode", "4"): 4}
    if (kind, reduction) in lengths:
        return value[:lengths[kind, reduction]]
    if kind == "name" and reduction.isdecimal() and str(int(reduction)) == reduction:
        if 1 <= int(reduction) <= 64:
            return value[:int(reduction)]
    raise ValueError(f"kind {kind} has no reduction {reduction}")


def encode(ptype, values, bound_domain=None):
    """x. values: canonical values by attribute code; bound_domain: its number, None for plain."""
    if bound_domain is None:
        head = lv("schuilnaam/v1/identity")
    else:
        head = lv("schuilnaam/v1/identity-bound") + u32(bound_domain)
    out = head + lv(ptype.code) + u16(ptype.version) + u16(ptype.normaliser)
    out += u16(len(ptype.recipe))
    for p in ptype.recipe:
        value = reduce_value(p.kind, p.reduction, values[p.code])
        out += lv(p.code) + lv(p.reduction) + lv(value)
    return out
