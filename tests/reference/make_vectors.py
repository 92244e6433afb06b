# SPDX-License-Identifier: Apache-2.0
"""Writes the vector files that the reference makes. Deterministic: the same files every time.

    /usr/bin/python3 tests/reference/make_vectors.py [FOLDER]
"""
import json
import sys
from pathlib import Path

from cases import agreement, finals, identity, normaliser, reversible, shares, small

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
ORIGIN = "tests/reference/make_vectors.py, an implementation that shares no code with the C"


def files():
    """Name to contents of every file."""
    temporaries = finals.build_temporaries()
    good = next(t for t in temporaries if t["type"]["code"] == "C")
    return {
        "agreement.json": {"origin": ORIGIN, "cases": agreement.build()},
        "normaliser.json": {"origin": ORIGIN, "cases": normaliser.build()},
        "identity.json": {"origin": ORIGIN, "cases": identity.build()},
        "finals.json": {
            "origin": ORIGIN,
            "finals": finals.build_finals(),
            "carried": finals.build_carried(),
            "temporaries": temporaries,
            "refused_temporaries": {"opened_as": good, "texts": finals.build_refused(good)},
        },
        "reversible.json": {"origin": ORIGIN, **reversible.build()},
        "b64u.json": {"origin": ORIGIN, **small.build_b64u()},
        "hkdf_sha512.json": {"origin": ORIGIN, "cases": small.build_hkdf()},
        "shares.json": {"origin": ORIGIN, "sets": shares.build()},
        "text_forms.json": {"origin": ORIGIN, **small.build_text_forms()},
    }


def rendered(contents):
    return json.dumps(contents, indent=1, ensure_ascii=True) + "\n"


def main(folder):
    for name, contents in files().items():
        (folder / name).write_text(rendered(contents), encoding="ascii")
        print(f"{folder / name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else VECTORS)
