# SPDX-License-Identifier: Apache-2.0
"""Inputs for b64u.json, hkdf_sha512.json and text_forms.json."""
from schuilref import encoding, finals
from schuilref.hkdf import hkdf

from .finals import labelled

B64U_REFUSED = ["A", "AAAAA", "AB", "AP", "Zh", "Zm9", "AAB", "AAAAAAB", "AA=", "AA==", "AAA=", "=",
                "A A", " AA", "AA ", "AA\n", "AA\t", "AA\r\n", "A+A", "A/A", "+/8", "A.AA", "AA~",
                "A,AA", "A\u00e9A", "A*AA", "AAA\u0000", "@AAA", "[AAA", "`AAA", "{AAA", ":AAA"]


def build_b64u():
    """The accepted: 0 to 33 bytes, and every pair of characters with zero trailing bits."""
    data = [labelled("b64u", 64)[:n] for n in range(34)] + [bytes([b]) for b in range(256)]
    data += [b"\xfb\xff\xfe", b"\x00\x00\x00", b"\xff\xff\xff\xff"]
    for text in B64U_REFUSED:
        try:
            encoding.b64u_decode(text)
        except encoding.Refused:
            continue
        raise AssertionError(f"{text!r} is taken")
    refused = [t.encode("utf-8").hex() for t in B64U_REFUSED]
    return {"accepted": [{"bytes": d.hex(), "text": encoding.b64u_encode(d)} for d in data],
            "refused_hex": refused}


def build_hkdf():
    inputs = [(b"", b"", b"", 64),
              (bytes(range(80)), bytes(range(96, 176)), bytes(range(176, 256)), 82),
              (b"\x0b" * 22, bytes(range(13)), bytes(range(0xf0, 0xfa)), 42),
              (b"\x0b" * 22, b"", b"", 42), (b"\x0c" * 22, b"\x5a" * 128, b"info", 1),
              (labelled("ikm"), labelled("salt", 32), b"schuilnaam", 64),
              (labelled("ikm"), b"\x00" * 129, b"schuilnaam", 65),
              (labelled("ikm"), b"salt", b"", 255 * 64)]
    cases = [{"ikm": i.hex(), "salt": s.hex(), "info": n.hex(), "size": z,
              "okm": hkdf(i, s, n, z).hex()} for i, s, n, z in inputs]
    return cases


def build_text_forms():
    """The final's text: what parses and re-encodes to itself, and what must be refused."""
    body = labelled("text forms", 48)
    b64 = encoding.b64u_encode(body)
    fields = [("C", 1, "REG1", 1), ("C", 2, "REG1", 1), ("A", 65535, "A", 2**31 - 1),
              ("ABCDEFGH", 10, "ABCDEFGHIJKLMNOP", 9), ("A1", 1, "Z9", 10)]
    hyphens = bytes.fromhex("fbefbe" * 16)
    accepted = [(*f, data) for f in fields for data in (body, hyphens, bytes(48))]
    refused = [f"P-C.1-REG1-1-{b64}", f"P-C.0-REG1-1-{b64}", f"P-C.02-REG1-1-{b64}",
               f"P-C.65536-REG1-1-{b64}", f"P-C.-REG1-1-{b64}", f"P-C.2.2-REG1-1-{b64}",
               f"P-c-REG1-1-{b64}", f"P-1-REG1-1-{b64}", f"P--REG1-1-{b64}",
               f"P-ABCDEFGHI-REG1-1-{b64}", f"P-C-reg1-1-{b64}", f"P-C-1REG-1-{b64}",
               f"P-C--1-{b64}",
               f"P-C-ABCDEFGHIJKLMNOPQ-1-{b64}", f"P-C-REG1-0-{b64}", f"P-C-REG1-01-{b64}",
               f"P-C-REG1-+1-{b64}", f"P-C-REG1--1-{b64}", f"P-C-REG1-2147483648-{b64}",
               f"P-C-REG1-99999999999-{b64}", f"P-C-REG1--{b64}", f"P-C-REG1-1-{b64[:-1]}",
               f"P-C-REG1-1-{b64}A", f"P-C-REG1-1-{b64}AAAA", f"P-C-REG1-1-{b64}=", "P-C-REG1-1-",
               "P-C-REG1-1", f"P-C-REG1-{b64}", f"p-C-REG1-1-{b64}", f"T-C-REG1-1-{b64}",
               f"E-C-REG1-1-{b64}", f" P-C-REG1-1-{b64}", f"P-C-REG1-1-{b64} ",
               f"P-C-REG1-1-{b64}\n",
               f"P-C-REG1-1-+{b64[1:]}", f"P-C -REG1-1-{b64}", f"P_C_REG1_1_{b64}",
               "", "P", "P-", "----",
               f"P-\u0421-REG1-1-{b64}", f"P-C-REG1-\u0661-{b64}"]
    for text in refused:
        try:
            finals.parse(text)
        except encoding.Refused:
            continue
        raise AssertionError(f"{text!r} is taken")
    taken = [{"code": c, "version": v, "domain": d, "generation": g, "bytes": data.hex(),
              "text": finals.text(c, v, d, g, data)} for c, v, d, g, data in accepted]
    return {"accepted": taken, "refused": refused}
