# SPDX-License-Identifier: Apache-2.0
"""Checks the reference against public figures, the protocol's own claims, and the files it wrote.

    /usr/bin/python3 -m pytest -rs tests/reference

The large third-party files are read from shared/vectors beside the checkout; where that folder is
absent those tests say `skipped`.
"""
import json
import subprocess
import sys
from pathlib import Path

import make_vectors
import pytest
from cases.finals import labelled
from cases.identity import LONG_NAME, SEED, person
from schuilref import (aes_siv, agreement, encoding, expand, finals, hkdf, normalise, reversible, ristretto,
                       temporary, voprf, xchacha)
from schuilref.aes import Aes
from schuilref.identity import SHIPPED, encode, reduce_value

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
SHARED = HERE.parents[2] / "shared" / "vectors"
fromhex = bytes.fromhex


def load(name):
    return json.loads((VECTORS / name).read_text(encoding="ascii"))


def wycheproof(name):
    path = SHARED / f"wycheproof-{name}_test.json"
    if not path.exists():
        pytest.skip(f"skipped: shared/vectors/{path.name} is not beside this checkout")
    groups = json.loads(path.read_text(encoding="utf-8"))["testGroups"]
    return [{**test, "group": group} for group in groups for test in group["tests"]]


# The public figures


def test_multiples_of_the_base_point_are_those_of_rfc_9496():
    point = ristretto.IDENTITY
    for encoded in load("rfc9496.json")["multiples_of_base"]["encodings"]:
        assert ristretto.encode(point).hex() == encoded
        assert ristretto.equal(ristretto.decode(fromhex(encoded)), point)
        point = ristretto.add(point, ristretto.BASE)


def test_encodings_that_rfc_9496_refuses_are_refused():
    cases = load("rfc9496.json")["refused"]["cases"]
    assert len(cases) == 29
    for case in cases:
        with pytest.raises(ristretto.Refused):
            ristretto.decode(fromhex(case["encoding"]))


def test_one_way_map_gives_the_elements_of_rfc_9496():
    for case in load("rfc9496.json")["one_way_map"]["cases"]:
        point = ristretto.one_way_map(fromhex(case["uniform"]))
        assert ristretto.encode(point).hex() == case["element"]


def test_expand_message_gives_the_bytes_of_rfc_9380():
    figures = load("rfc9380.json")
    for case in figures["cases"]:
        uniform = expand.expand_message_xmd(case["message"].encode(), figures["dst"].encode(),
                                            case["length"])
        assert uniform.hex() == case["uniform"]


def test_voprf_gives_the_figures_of_rfc_9497():
    figures = load("rfc9497.json")
    key = voprf.derive_key(fromhex(figures["seed"]), fromhex(figures["key_info"]))
    public = ristretto.encode(ristretto.multiply(key, ristretto.BASE))
    assert ristretto.scalar_encode(key).hex() == figures["private_key"]
    assert public.hex() == figures["public_key"]
    assert (b"HashToGroup-" + expand.CONTEXT).hex() == figures["hash_to_group_dst"]
    for case in figures["cases"]:
        blinded = [fromhex(e["blinded"]) for e in case["elements"]]
        evaluated = [fromhex(e["evaluated"]) for e in case["elements"]]
        for element, b in zip(case["elements"], blinded):
            check_voprf_element(key, element, b)
        r = ristretto.scalar_decode(fromhex(case["proof_scalar"]))
        proof = fromhex(case["proof"])
        assert voprf.prove(key, blinded, evaluated, r) == proof
        assert voprf.verify(public, blinded, evaluated, proof)
        assert not voprf.verify(public, evaluated, blinded, proof)
        assert not voprf.verify(public, blinded, evaluated, proof[:-1] + bytes([proof[-1] ^ 1]))


def check_voprf_element(key, element, blinded):
    message, blind = fromhex(element["input"]), fromhex(element["blind"])
    rho = ristretto.scalar_decode(blind)
    assert voprf.blind(message, rho) == blinded
    evaluated = voprf.evaluate(key, blinded)
    assert evaluated.hex() == element["evaluated"]
    unblinded = voprf.unblind(evaluated, rho)
    assert unblinded == finals.core(key, message), "blind and plain evaluation meet"
    assert voprf.finalize(message, unblinded).hex() == element["output"]


def test_siv_gives_the_figures_of_rfc_5297():
    for case in load("rfc5297.json")["cases"]:
        key, headers = fromhex(case["key"]), [fromhex(h) for h in case["headers"]]
        plaintext, sealed = fromhex(case["plaintext"]), fromhex(case["sealed"])
        assert aes_siv.seal(key, headers, plaintext) == sealed
        assert aes_siv.open_sealed(key, headers, sealed) == plaintext


@pytest.mark.parametrize("size,expected", [
    (16, "69c4e0d86a7b0430d8cdb78070b4c55a"), (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
    (32, "8ea2b7ca516745bfeafc49904b496089")])
def test_aes_gives_the_figures_of_fips_197_appendix_c(size, expected):
    block = fromhex("00112233445566778899aabbccddeeff")
    assert Aes(bytes(range(size))).encrypt_block(block).hex() == expected


def test_siv_agrees_with_wycheproof():
    for case in wycheproof("aes_siv_cmac"):
        key, headers, sealed = fromhex(case["key"]), [fromhex(case["aad"])], fromhex(case["ct"])
        if case["result"] == "valid":
            assert aes_siv.seal(key, headers, fromhex(case["msg"])) == sealed
            assert aes_siv.open_sealed(key, headers, sealed) == fromhex(case["msg"])
        else:
            with pytest.raises(aes_siv.Refused):
                aes_siv.open_sealed(key, headers, sealed)


def test_xchacha20_poly1305_agrees_with_wycheproof():
    for case in wycheproof("xchacha20_poly1305"):
        key, nonce, ad = (fromhex(case[name]) for name in ("key", "iv", "aad"))
        sealed = fromhex(case["ct"] + case["tag"])
        if case["result"] == "valid":
            assert xchacha.seal(key, nonce, ad, fromhex(case["msg"])) == sealed
            assert xchacha.open_sealed(key, nonce, ad, sealed) == fromhex(case["msg"])
        else:
            with pytest.raises(ValueError):
                xchacha.open_sealed(key, nonce, ad, sealed)


def test_hkdf_agrees_with_wycheproof():
    for case in wycheproof("hkdf_sha512"):
        arguments = [fromhex(case[name]) for name in ("ikm", "salt", "info")]
        if case["result"] == "valid":
            assert hkdf.hkdf(*arguments, case["size"]).hex() == case["okm"]
        else:
            with pytest.raises(ValueError):
                hkdf.hkdf(*arguments, case["size"])


# What the protocol says


def test_identity_element_and_scalars_out_of_range_are_refused_from_outside():
    with pytest.raises(ristretto.Refused):
        ristretto.decode_outside(bytes(32))
    for value in (0, ristretto.ORDER, ristretto.ORDER + 1, 2**256 - 1):
        with pytest.raises(ristretto.Refused):
            ristretto.scalar_decode(value.to_bytes(32, "little"))
    assert ristretto.scalar_decode((ristretto.ORDER - 1).to_bytes(32, "little"))


def test_order_times_any_element_is_the_identity():
    point = expand.hash_to_group(b"any")
    result = ristretto.add(ristretto.multiply(ristretto.ORDER - 1, point), point)
    assert ristretto.encode(result) == bytes(32)


def test_siv_tells_no_header_from_one_empty_header():
    key = labelled("siv")
    assert aes_siv.seal(key, [], b"x" * 32) != aes_siv.seal(key, [b""], b"x" * 32)


def test_every_changed_bit_of_a_final_is_refused():
    key, sealed = labelled("w"), aes_siv.seal(labelled("w"), [b"ad"], bytes(range(32)))
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(aes_siv.Refused):
            aes_siv.open_sealed(key, [b"ad"], bytes(changed))
    with pytest.raises(aes_siv.Refused):
        aes_siv.open_sealed(key, [b"ae"], sealed)


def test_identity_of_the_seed_record_is_the_bytes_that_the_protocol_spells_out():
    x = encode(SHIPPED["C"], SEED)
    assert x == (b"\x00\x16schuilnaam/v1/identity" b"\x00\x01C" b"\x00\x01" b"\x00\x01" b"\x00\x03"
                 b"\x00\x01G\x00\x00\x00\x01M" b"\x00\x02GD\x00\x00\x00\x0819930515"
                 b"\x00\x02PC\x00\x00\x00\x061234AA")
    head = b"\x00\x1cschuilnaam/v1/identity-bound" b"\x00\x00\x00\x4d"
    assert encode(SHIPPED["C"], SEED, 77) == head + x[24:]
    b = encode(SHIPPED["B"], person("JANSEN", "JP", "19930515", "M"))
    assert b"\x00\x02VL\x00\x011\x00\x01J" in b and b"JP" not in b


@pytest.mark.parametrize("kind,reduction", [
    ("date", "D"), ("date", "4"), ("postcode", "6"), ("name", "0"), ("name", "65"), ("name", "01"),
    ("bsn", "1"), ("sex", "1"), ("number", "1"), ("text", "1"), ("name", "\u0661")])
def test_reduction_that_a_kind_has_not_is_refused(kind, reduction):
    with pytest.raises(ValueError):
        reduce_value(kind, reduction, LONG_NAME)


def test_finals_stay_what_they_were_through_every_refresh():
    seen = {}
    for case in load("finals.json")["finals"]:
        if case["group"] == "edge scalars":
            continue
        key = (case["domain"]["code"], case["generation"], case["x"])
        assert seen.setdefault(key, case["text"]) == case["text"]
    epochs = {case["epoch"] for case in load("finals.json")["finals"]}
    assert len(epochs) >= 4 and len(seen) >= 30


def test_a_final_carried_over_is_the_direct_final_of_the_other_generation():
    direct = {(c["type"]["code"], c["type"]["version"], str(c["record"]), c["generation"]): c["text"]
              for c in load("finals.json")["finals"] if c["domain"]["code"] == "REG1"
              and c["group"] != "edge scalars"}
    texts = set(direct.values())
    cases = load("finals.json")["carried"]
    assert all(c["text"] in texts for c in cases if c["from"]["generation"] == 1)
    assert sum(c["rotated"] in texts for c in cases) >= 8
    assert all(c["core"] == c["q"] for c in cases)
    there = {(c["epoch"], c["text"]): c["rotated"] for c in cases}
    back = [there[c["epoch"], c["rotated"]] == c["text"] for c in cases
            if (c["epoch"], c["rotated"]) in there and c["from"]["generation"] == 1
            and c["to"]["generation"] == 2]
    assert back and all(back)
    assert len({c["rotated"] for c in cases}) < len(cases), "epochs give the same finals"


def test_finals_of_two_domains_or_generations_never_meet():
    cases = [c for c in load("finals.json")["finals"] if c["group"] != "edge scalars"]
    groups = {}
    for case in cases:
        where = (case["domain"]["code"], case["generation"], case["type"]["code"],
                 case["type"]["version"])
        groups.setdefault(case["final"], set()).add(where)
    assert all(len(places) == 1 for places in groups.values())


def test_final_opens_to_its_point_and_its_text_parses_to_its_parts():
    for case in load("finals.json")["finals"]:
        opened = aes_siv.open_sealed(fromhex(case["w"]), [fromhex(case["ad"])],
                                     fromhex(case["final"]))
        assert opened.hex() == case["p"]
        product = (ristretto.scalar_decode(fromhex(case["k"]))
                   * ristretto.scalar_decode(fromhex(case["s"])) % ristretto.ORDER)
        assert finals.core(product, fromhex(case["x"])).hex() == case["p"]
        code, version, domain, generation, sealed = finals.parse(case["text"])
        assert (code, version) == (case["type"]["code"], case["type"]["version"])
        assert (domain, generation) == (case["domain"]["code"], case["generation"])
        assert sealed.hex() == case["final"]


def open_case(case, text):
    kind = case["type"]
    return temporary.open_text({case["transport_key_number"]: fromhex(case["transport_key"])}, text,
                               kind["code"], kind["version"], kind["number"], case["registry"])


def test_temporary_opens_to_what_went_in():
    for case in load("finals.json")["temporaries"]:
        assert len(fromhex(case["bytes"])) == 96
        header, provider, epoch, element = open_case(case, case["text"])
        assert (provider, epoch, element.hex()) == (case["provider"], case["epoch"], case["q"])
        assert header.expiry == case["expiry"] and header.kind == case["kind"]


def test_refused_temporaries_are_refused():
    refused = load("finals.json")["refused_temporaries"]
    assert open_case(refused["opened_as"], refused["opened_as"]["text"])
    for case in refused["texts"]:
        with pytest.raises(ValueError):
            open_case(refused["opened_as"], case["text"])


def test_every_changed_bit_of_a_temporary_is_refused():
    case = load("finals.json")["temporaries"][0]
    data = fromhex(case["bytes"])
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        text = temporary.text(case["type"]["code"], case["type"]["version"], bytes(changed))
        with pytest.raises(ValueError):
            open_case(case, text)


def test_one_value_has_one_reversible_pseudonym_in_each_place_and_salted_ones_hide_it():
    made = load("reversible.json")["made"]
    assert len({case["text"] for case in made}) == len(made) >= 60
    for case in made:
        opened = aes_siv.open_sealed(fromhex(case["key"]), [fromhex(case["ad"])],
                                     fromhex(case["box"]))
        plain = opened[16 if case["form"] == 2 else 0:]
        want = encoding.lv(case["attribute"]) + encoding.lv(case["value"]) + b"\x80"
        assert plain.rstrip(b"\x00") == want and len(opened) % 32 == 0
        assert case["form"] == 1 or opened[:16].hex() == case["salt"]


def test_texts_of_reversible_pseudonyms_have_one_form():
    file = load("reversible.json")
    for case in file["made"]:
        form, code, version, domain, provider, generation, box = reversible.parse(case["text"])
        place = reversible.Place(code, version, provider, 1, generation, form)
        assert reversible.text(place, domain, box) == case["text"]
    for text in file["unparsed"]:
        with pytest.raises(encoding.Refused):
            reversible.parse(text)


def test_what_is_carried_is_the_reversible_pseudonym():
    for case in load("reversible.json")["carried"]:
        data = fromhex(case["bytes"])
        payload = xchacha.open_sealed(fromhex(case["transport_key"]), data[16:40], data[:16],
                                      data[40:])[8:]
        assert payload[0] == case["form"] and payload[9:].hex() == case["box"]


def test_longest_texts_have_the_lengths_of_the_protocol():
    file = load("reversible.json")
    assert max(len(c["text"]) for c in file["made"]) == 291
    assert max(len(c["text"]) for c in file["carried"]) == 349
    file = load("finals.json")
    assert max(len(c["text"]) for c in file["finals"]) == 109
    assert max(len(c["text"]) for c in file["temporaries"]) == 145


def test_base64url_is_strict():
    file = load("b64u.json")
    for case in file["accepted"]:
        assert encoding.b64u_decode(case["text"]).hex() == case["bytes"]
        assert encoding.b64u_encode(fromhex(case["bytes"])) == case["text"]
    for text in file["refused_hex"]:
        with pytest.raises(encoding.Refused):
            encoding.b64u_decode(fromhex(text).decode("utf-8"))


@pytest.mark.parametrize("text", ["C.1", "C.0", "C.02", "C.65536", "C.", "c", "1", "", "C.2.2",
                                  "ABCDEFGHI", "C.2 ", "C.+2", "C.\u0662"])
def test_name_of_a_type_has_one_form(text):
    with pytest.raises(encoding.Refused):
        encoding.tref_parse(text)
    assert encoding.tref_parse("C") == ("C", 1)
    assert encoding.tref_parse("ABCDEFGH.65535") == ("ABCDEFGH", 65535)


def test_texts_of_finals_have_one_form():
    file = load("text_forms.json")
    for case in file["accepted"]:
        assert finals.text(*finals.parse(case["text"])) == case["text"]
    for text in file["refused"]:
        with pytest.raises(encoding.Refused):
            finals.parse(text)


def test_canonical_values_are_canonical():
    for case in load("normaliser.json")["cases"]:
        if case["refusal"] == "ok":
            policy = {k: case[k] for k in ("today", "test_persons") if k in case}
            again = normalise.normalise(case["kind"], case["canonical"].encode(), **policy)
            assert again == (case["canonical"], "ok")


def test_no_bsn_outside_the_test_range_is_ever_canonical():
    for case in load("normaliser.json")["cases"]:
        if case["kind"] == "bsn" and case["refusal"] == "ok":
            assert case["canonical"].startswith("9999")


def test_ascii_name_is_its_letters_in_upper_case():
    for code in range(0x20, 0x7F):
        char = chr(code)
        canonical, refusal = normalise.normalise("name", b"A" + char.encode() + b"B")
        if char.isalpha():
            assert canonical == "A" + char.upper() + "B"
        elif char in " -'`.":
            assert canonical == "AB"
        else:
            assert refusal == "NAME_CHARACTER"


def test_name_is_letters_only_or_refused_for_every_character():
    for code in range(0x110000):
        if not 0xD800 <= code < 0xE000:
            canonical, refusal = normalise.normalise("name", b"a" + chr(code).encode() + b"b")
            assert refusal != "ok" or (canonical.isascii() and canonical.isalpha())


# The files


def test_x25519_gives_the_figures_of_rfc_7748():
    """Section 5.2, the first vector, and section 6.1."""
    assert agreement.x25519(
        fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
        fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")).hex() == (
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    alice = bytes(range(32))
    bob = fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    assert agreement.public(bob).hex() == (
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    assert agreement.x25519(alice, agreement.public(bob)) == agreement.x25519(
        bob, agreement.public(alice))


def test_each_file_is_what_the_reference_makes_now():
    for name, contents in make_vectors.files().items():
        assert (VECTORS / name).read_text(encoding="ascii") == make_vectors.rendered(contents), name


def test_making_the_files_twice_gives_the_same_bytes(tmp_path):
    script = HERE / "make_vectors.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True,
                   stdout=subprocess.DEVNULL, env={"PYTHONHASHSEED": "7"})
    for name in make_vectors.files():
        assert (tmp_path / name).read_bytes() == (VECTORS / name).read_bytes()


def test_reference_uses_the_standard_library_only():
    allowed = sys.stdlib_module_names | {"schuilref", "cases"}
    for path in [*HERE.glob("schuilref/*.py"), *HERE.glob("cases/*.py"), HERE / "make_vectors.py"]:
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]) and not words[1].startswith("."):
                assert words[1].split(".")[0] in allowed, (path, line)


def test_no_input_is_longer_than_the_service_reads():
    for case in load("normaliser.json")["cases"]:
        data = fromhex(case["input_hex"]) if "input_hex" in case else case["input"].encode()
        assert len(data) <= 1024


def test_longest_identity_has_the_length_of_sixteen_longest_texts():
    longest = max(len(case["x"]) // 2 for case in load("identity.json")["cases"])
    assert longest == 50 + 16 * (2 + 8 + 2 + 2 + 128)


def test_files_have_enough_cases():
    assert len(load("normaliser.json")["cases"]) >= 260
    assert len(load("identity.json")["cases"]) >= 60
    assert len(load("finals.json")["finals"]) >= 60
    refusals = {case["refusal"] for case in load("normaliser.json")["cases"]}
    wanted = """ok BSN_FORMAT BSN_CHECK BSN_RESERVED BSN_TEST_RANGE DATE_FORMAT DATE_UNREAL
        DATE_RANGE DATE_UNKNOWN SEX_VALUE SEX_UNKNOWN POSTCODE_FORMAT POSTCODE_LETTERS
        NUMBER_FORMAT NUMBER_RANGE NAME_CHARACTER NAME_EMPTY NAME_LENGTH NAME_NONE NAME_UNASSIGNED
        TEXT_CHARACTER TEXT_LENGTH UTF8_INVALID CONTROL_CHARACTER EMPTY"""
    assert refusals == set(wanted.split())
