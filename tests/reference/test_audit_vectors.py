# SPDX-License-Identifier: Apache-2.0
"""Checks make_audit_vectors.py against RFC 8032 and RFC 7693, and the files it wrote.

    /usr/bin/python3 -m pytest -rs tests/reference
"""
from pathlib import Path

import make_audit_vectors as audit
import pytest

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
fromhex = bytes.fromhex


@pytest.mark.parametrize("seed, public, message, signature", [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
     "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
])
def test_ed25519_gives_the_figures_of_rfc_8032(seed, public, message, signature):
    assert audit.ed25519_public(fromhex(seed)).hex() == public
    assert audit.ed25519_sign(fromhex(seed), fromhex(message)).hex() == signature


def test_ed25519_agrees_with_another_library():
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    made = audit.build_audit()
    public = ed25519.Ed25519PublicKey.from_public_bytes(fromhex(made["public"]))
    for transaction in made["transactions"]:
        public.verify(fromhex(transaction["signature"]), fromhex(transaction["head"]))


@pytest.mark.parametrize("name", audit.files())
def test_the_committed_file_is_what_is_written_now(name):
    written = (VECTORS / name).read_text(encoding="ascii")
    assert written == audit.rendered(audit.files()[name])
