# SPDX-License-Identifier: Apache-2.0
"""Inputs for reversible.json: what is made, what must not open though its tag is good, what must
not parse, and what a temporary pseudonym carries."""
from schuilref import aes_siv, encoding, reversible, temporary
from schuilref.reversible import Place

from .finals import labelled

R1 = ("R", 1)
LONG_TYPE = ("ABCDEFGH", 65535)
NUMBER_MAX = 2**31 - 1
VALUES = ["0", "0012345", "P-1234", "Zoë Ångström", "a" * 11, "a" * 22, "a" * 23, "a" * 54, "a" * 55,
          "\u00e9" * 64, "x" * 128, '"\\/', "patient 7"]
DOMAIN_CODES = {1: "REG1", 2: "REG2", NUMBER_MAX: "ABCDEFGHIJKLMNOP"}


def source(provider, generation):
    return labelled(f"source {provider} {generation}")


def salt(value):
    return labelled(f"salt {value}", 16)


def places():
    for form in (1, 2):
        yield Place(*R1, 1, 1, 1, form)
        yield Place(*R1, 1, 2, 1, form)
        yield Place(*R1, 2, 1, 1, form)
        yield Place(*R1, 1, 1, 2, form)
        yield Place("R", 2, 1, 1, 1, form)
        yield Place(*LONG_TYPE, NUMBER_MAX, NUMBER_MAX, NUMBER_MAX, form)


def one(place, attribute, value):
    key = source(place.provider, place.generation)
    body = reversible.body(place.form, attribute, value, salt(value))
    box = reversible.seal_body(key, place, body)
    return {
        "source": key.hex(), "code": place.type_code, "version": place.type_version,
        "provider": place.provider, "domain": place.domain,
        "domain_code": DOMAIN_CODES[place.domain], "generation": place.generation,
        "form": place.form, "attribute": attribute, "value": value,
        "salt": salt(value).hex() if place.form == 2 else "",
        "key": reversible.key(key, place).hex(),
        "ad": reversible.associated_data(place).hex(), "body": body.hex(), "box": box.hex(),
        "text": reversible.text(place, DOMAIN_CODES[place.domain], box),
    }


def build_made():
    made = [one(place, "LID", value) for place in places() for value in VALUES[:4]]
    first, salted = Place(*R1, 1, 1, 1, 1), Place(*R1, 1, 1, 1, 2)
    made += [one(place, "LID", value) for place in (first, salted) for value in VALUES[4:]]
    made += [one(place, "ABCDEFGH", "x" * 128) for place in (first, salted)]
    made += [one(Place(*LONG_TYPE, NUMBER_MAX, NUMBER_MAX, NUMBER_MAX, form), "LID", "x" * 128)
             for form in (1, 2)]
    for case in made:
        key = bytes.fromhex(case["key"])
        opened = aes_siv.open_sealed(key, [bytes.fromhex(case["ad"])], bytes.fromhex(case["box"]))
        assert opened.hex() == case["body"]
        assert reversible.parse(case["text"])[-1].hex() == case["box"]
    return made


def wrong_bodies(form):
    lv = encoding.lv
    salted = bytes(16) if form == 2 else b""
    good = salted + lv("LID") + lv("0012345")
    mark = b"\x80"

    def padded(plain, more=0):
        return plain + bytes(-len(plain) % 32 + more)
    return [
        ("no mark", padded(good)), ("another mark", padded(good + b"\x81")),
        ("a block of zeros too many", padded(good + mark, 32)), ("all zeros", bytes(32)),
        ("something after the mark", padded(good + mark + b"\x01")),
        ("another attribute", padded(salted + lv("LIE") + lv("0012345") + mark)),
        ("an attribute that begins like it", padded(salted + lv("LI") + lv("0012345") + mark)),
        ("no attribute", padded(salted + lv("") + lv("0012345") + mark)),
        ("one LV", padded(salted + lv("LID") + mark)),
        ("three LVs", padded(good + lv("x") + mark)),
        ("a length past the end", padded(salted + lv("LID") + b"\x00\xff0012345" + mark)),
        ("half a length", padded(salted + lv("LID") + b"\x00" + mark)),
        ("an empty value", padded(salted + lv("LID") + lv("") + mark)),
        ("a value not trimmed", padded(salted + lv("LID") + lv(" 0012345") + mark)),
        ("a value not in NFC", padded(salted + lv("LID") + lv("Zoe\u0308") + mark)),
        ("a value with a control character", padded(salted + lv("LID") + lv("a\x01") + mark)),
        ("a value not UTF-8", padded(salted + lv("LID") + lv(b"\xff\xfe") + mark)),
        ("a value too long", padded(salted + lv("LID") + lv("a" * 129) + mark)),
    ]


def build_unopened():
    """Sealed under the right key for the first place of each form; none may open."""
    cases = []
    for form in (1, 2):
        place = Place(*R1, 1, 1, 1, form)
        for why, body in wrong_bodies(form):
            assert len(body) % 32 == 0
            cases.append({"why": why, "form": form, "body": body.hex(),
                          "box": reversible.seal_body(source(1, 1), place, body).hex()})
    return cases


def build_unparsed(good):
    b64 = good.split("-", 5)[5]
    texts = [f"R-R.1-REG1-1-1-{b64}", f"R-r-REG1-1-1-{b64}", f"R--REG1-1-1-{b64}",
             f"R-R-reg1-1-1-{b64}", f"R-R--1-1-{b64}", f"R-R-REG1-0-1-{b64}",
             f"R-R-REG1-01-1-{b64}", f"R-R-REG1--1-1-{b64}", f"R-R-REG1-+1-1-{b64}",
             f"R-R-REG1-2147483648-1-{b64}", f"R-R-REG1-1-0-{b64}", f"R-R-REG1-1-01-{b64}",
             f"R-R-REG1-1-2147483648-{b64}", f"R-R-REG1-1-{b64}", f"R-R-REG1-1-1-{b64}A",
             f"R-R-REG1-1-1-{b64[:-1]}", f"R-R-REG1-1-1-{b64}=", "R-R-REG1-1-1-", "R-R-REG1-1-1",
             f"R-R-REG1-1-1-{encoding.b64u_encode(bytes(16))}",
             f"R-R-REG1-1-1-{encoding.b64u_encode(bytes(47))}",
             f"R-R-REG1-1-1-{encoding.b64u_encode(bytes(49))}",
             f"R-R-REG1-1-1-{encoding.b64u_encode(bytes(208))}",
             f"Q-R-REG1-1-1-{b64}", f"r-R-REG1-1-1-{b64}", f" R-R-REG1-1-1-{b64}",
             f"R-R-REG1-1-1-{b64} ", f"R-R-REG1-1-1-{b64}\n", f"T-R-REG1-1-1-{b64}",
             f"P-R-REG1-1-1-{b64}", f"RR-R-REG1-1-1-{b64}", "", "R", "R-", "------",
             f"R-R-REG1-\u0661-1-{b64}", f"R-R-REG1-1-1-+{b64[1:]}"]
    for text in texts:
        try:
            reversible.parse(text)
        except encoding.Refused:
            continue
        raise AssertionError(f"{text!r} is taken")
    return texts


def build_carried(made):
    cases = []
    for number, case in enumerate(made[:8] + made[-2:]):
        place = Place(case["code"], case["version"], case["provider"], case["domain"],
                      case["generation"], case["form"])
        header = temporary.Header(3, 4, 7, 9, 1790604000 + 3600 * number)
        key, nonce = labelled("transport carried", 32), labelled(f"nonce {number}", 24)
        payload = reversible.payload(place, bytes.fromhex(case["box"]))
        data = temporary.seal(key, header, nonce, place.provider, 3, payload)
        cases.append({
            "code": place.type_code, "version": place.type_version, "type_number": 4, "registry": 7,
            "transport_key_number": 9, "transport_key": key.hex(), "expiry": header.expiry,
            "nonce": nonce.hex(), "provider": place.provider, "epoch": 3, "form": place.form,
            "domain": place.domain, "generation": place.generation, "box": case["box"],
            "bytes": data.hex(),
            "text": temporary.text(place.type_code, place.type_version, data)})
    return cases


def build():
    made = build_made()
    return {"made": made, "unopened": build_unopened(), "unparsed": build_unparsed(made[0]["text"]),
            "carried": build_carried(made)}
