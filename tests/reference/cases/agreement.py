# SPDX-License-Identifier: Apache-2.0
"""Inputs for agreement.json: keys made from labels; answers are macs, secrets, and the scalar r."""
from schuilref import agreement
from schuilref.ristretto import ORDER

from .finals import labelled


def build():
    cases = []
    for i, (purpose, number) in enumerate((("transport", 7), ("refresh", 2), ("refresh", 2**31 - 1))):
        pair, key_t, key_i = (labelled(f"agreement {i} {name}", 32) for name in ("pair", "T", "I"))
        epk_t, epk_i = agreement.public(key_t), agreement.public(key_i)
        secret = agreement.secret(pair, key_t, epk_i, purpose, number, epk_t, epk_i)
        assert secret == agreement.secret(pair, key_i, epk_t, purpose, number, epk_t, epk_i)
        cases.append({
            "purpose": purpose, "number": number, "pair": pair.hex(), "translate_key": key_t.hex(),
            "issue_key": key_i.hex(), "translate_public": epk_t.hex(), "issue_public": epk_i.hex(),
            "translate_mac": agreement.mac(pair, "translate", purpose, number, epk_t, epk_i).hex(),
            "issue_mac": agreement.mac(pair, "issue", purpose, number, epk_t, epk_i).hex(),
            "secret": secret.hex(),
            "scalar": (int.from_bytes(secret, "little") % ORDER).to_bytes(32, "little").hex()})
    return cases
