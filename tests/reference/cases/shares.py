# SPDX-License-Identifier: Apache-2.0
"""Inputs for shares.json."""
from schuilref import shamir

from .finals import labelled

SETS = [("main", 2, 2), ("main.2", 2, 3), ("installation-2026", 3, 5), ("w", 5, 9), ("x_1", 32, 32)]


def build():
    return [build_set(*inputs) for inputs in SETS]


def build_set(name, threshold, count):
    key, set_id = labelled(f"key {name}", 32), labelled(f"set {name}", 8)
    coefficients = [key] + [labelled(f"coefficient {name} {i}", 32) for i in range(1, threshold)]
    values = [shamir.share(coefficients, x) for x in range(1, count + 1)]
    chosen = {x: values[x - 1] for x in range(count - threshold + 1, count + 1)}
    assert shamir.combine(chosen) == key
    return {"name": name, "threshold": threshold, "key": key.hex(),
            "shares": [{"number": x, "value": value.hex(),
                        "text": shamir.share_text(name, set_id, threshold, count, x, value)}
                       for x, value in enumerate(values, 1)],
            "set_text": shamir.set_text(name, set_id, threshold, values, key)}
