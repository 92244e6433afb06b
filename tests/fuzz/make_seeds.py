#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Write the seeds of the fuzz targets: the forms that a target is to start from, right and wrong.

    make_seeds.py      writes seeds/<target>/<name>; a file that is there already stays as it is

What the fuzzer found is added beside them by hand, under a name that says what it was."""
import os

HERE = os.path.dirname(os.path.abspath(__file__))
CRLF = "\r\n"


def request(*lines, body="", piece="\x07"):
    """A request whose first byte is the size of its pieces, less one."""
    return piece + CRLF.join(lines) + CRLF + CRLF + body


def post(*more, body=""):
    return request("POST /v1/registries/REG1/temporary-pseudonyms HTTP/1.1", "Host: localhost:8443",
                   "Content-Type: application/json; charset=utf-8", *more, body=body)


HTTP1 = {
    "get": request("GET /healthz HTTP/1.1", "Host: localhost"),
    "get_absolute": request("GET https://localhost/v1/x HTTP/1.1", "Host: localhost"),
    "post_length": post("Content-Length: 2", body="{}"),
    "post_chunked": post("Transfer-Encoding: chunked", body="2\r\n{}\r\n0\r\n\r\n"),
    "post_chunked_extension": post("Transfer-Encoding: chunked", body="2;a=b\r\n{}\r\n0\r\n\r\n"),
    "post_chunked_trailer": post("Transfer-Encoding: chunked", body="1\r\n1\r\n0\r\nA: b\r\n\r\n"),
    "post_chunk_large": post("Transfer-Encoding: chunked", body="ffffffffffffffff1\r\n"),
    "post_continue": post("Expect: 100-continue", "Content-Length: 2", body="{}"),
    "post_both": post("Content-Length: 2", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "post_two_lengths": post("Content-Length: 2", "Content-Length: 3", body="{}"),
    "length_signed": post("Content-Length: +2", body="{}"),
    "close": request("GET / HTTP/1.1", "Host: a", "Connection: close"),
    "no_host": request("GET / HTTP/1.1"),
    "two_hosts": request("GET / HTTP/1.1", "Host: a", "Host: b"),
    "folded": request("GET / HTTP/1.1", "Host: a", "A: b", " c"),
    "space_before_colon": request("GET / HTTP/1.1", "Host : a"),
    "old": request("GET / HTTP/1.0", "Host: a"),
    "query": request("GET /a?b=c HTTP/1.1", "Host: a"),
    "bare_lf": "\x00GET / HTTP/1.1\nHost: a\n\n",
    "pipelined": request("GET / HTTP/1.1", "Host: a", body="GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
}

KINDS = ("bsn", "date", "sex", "postcode", "number", "name", "text")
VALUES = {
    "bsn": ["999990019", "9999.90.019", "99990019", "000000000"],
    "date": ["19930515", "1993-05-15", "15-05-1993", "20000229", "19000229", "19930000"],
    "sex": ["M", "v", "F", "1", "female", "UNK", "X"],
    "postcode": ["1234AA", "1234 ab", "0234AA", "1234SS"],
    "number": ["12", "00012", "99999", "0"],
    "name": ["de Vries", "Müller", "Œnone", "Þór-Ægir", "I\u0307stanbul", "’t Hoen", "-", "李",
             "ﬁnn", "A" * 65],
    "text": ["007-ab", "e\u0301", "a\u00adb", "x" * 128, " \u00a0trim\t"],
}

ISSUE = '\x00{"pseudonymTypes":%s,"records":%s}'
TRANSLATE = '\x01{"records":%s}'
JSON = {
    "issue": ISSUE % ('["C"]', '[{"G":"M","GD":"19930515","PC":"1234AA"}]'),
    "issue_three": ISSUE % ('["A","B","C"]', '[{"BSN":"999990019","GN":"Jansen","VL":"J","GD":'
                            '"1993-05-15","G":"1","PC":"1234 aa"},{},{"BSN":12},[],null]'),
    "issue_unknown_type": ISSUE % ('["Z"]', "[]"),
    "issue_unknown_attribute": ISSUE % ('["A"]', '[{"XX":"1","HN":"3"}]'),
    "issue_escapes": ISSUE % ('["C"]', r'[{"G":"\u004d","GD":"\ud83d\ude00","PC":"\\\""}]'),
    "issue_duplicate": ISSUE % ('["A"]', '[{"BSN":"1","BSN":"2"}]'),
    "issue_long_number": ISSUE % ('["A"]', '[{"BSN":123456789012345678901234567890}]'),
    "deep": "\x00" + "[" * 12 + "]" * 12,
    "zero": '\x00{"records":["\\u0000"]}',
    "translate": TRANSLATE % ('[{"pseudonyms":{"C":"T-C-AQEAAw"},"diagnostics":[]}]'),
    "translate_shapes": TRANSLATE % ('[{"pseudonyms":{"A":1}},{"pseudonyms":[]},{},"",'
                                     '{"pseudonyms":{"C.1":"T-C.1-"}}]'),
    "issue_spaced": '\x00{\n  "pseudonymTypes": [\n    "C"\n  ],\n  "records": [\n    {\n      '
                    '"G": "M",\n      "GD": "19930515",\n      "PC": "1234AA"\n    }\n  ]\n}\n',
    "issue_many_keys": ISSUE % ('["A"]', "[{%s}]" % ",".join(f'"K{i}":{i}' for i in range(20))),
    "issue_many_keys_duplicate": ISSUE % ('["A"]', "[{%s},!]" %
                                          ",".join(f'"K{i % 19}":{i}' for i in range(20))),
    "issue_numbers": ISSUE % ('["A"]', "[-0,1.5e-3,1e308,0e999,17976931348623157e292,1e309]"),
    "translate_columns": TRANSLATE % ('[{"pseudonyms":{%s}}]' %
                                      ",".join(f'"A.{i}":"x"' for i in range(2, 20))),
    "issue_sealed": ISSUE % ('["R"]', '[{"sealed":{"R":"R-R-REG1-1-1-AAAA"}},{"sealed":[]},'
                             '{"sealed":{"R":1,"C":"","A":"x"},"LID":"7"}]'),
    "issue_sealed_unknown": ISSUE % ('["R"]', '[{"sealed":{"Z":"R-Z-REG1-1-1-AAAA"}}]'),
    "reverse": '\x02{"reason":"call back","records":[{"pseudonyms":{"R":"R-R-REG1-1-1-AAAA"}}]}',
    "reverse_no_reason": '\x02{"reason":7,"records":[]}',
    "reverse_escapes": '\x02{"records":[],"reason":"a\\u0062\\n"}',
    "translate_suffix": TRANSLATE % ('[{"pseudonyms":{"C":"T-C-AQEAAw~AA"}}]'),
}

LONG = "A" * 128
# Version 1, kind 1, type 1, registry 0, key 5, an expiry; nothing sealed.
HEADER = "AQEAAQAAAAAAAAAFa0nSAAAA"
TEXTS = {
    "temporary_header": "T-C-" + HEADER + "A" * (128 - len(HEADER)),
    "temporary": "T-C-" + LONG,
    "temporary_version": "T-C.2-" + LONG,
    "temporary_version_1": "T-C.1-" + LONG,
    "temporary_suffix": "T-A-" + LONG + "~" + LONG,
    "final": "P-A-REG1-1-" + "A" * 64,
    "final_hyphens": "P-A-REG1-12-" + "-_" * 32,
    "final_leading_zero": "P-A-REG1-01-" + "A" * 64,
    "final_generation_large": "P-A-REG1-2147483648-" + "A" * 64,
    "blind": "E-A-REG1-1-" + "A" * 43,
    "reversible": "R-R-REG1-3-1-" + LONG,
    "padding": "T-C-" + "A" * 126 + "==",
    "empty": "T--",
}

LID_BODY = "\x00\x03LID\x00\x070012345\x80"
REVERSIBLE = {
    "text": "R-R-REG1-1-1-" + "A" * 64,
    "text_salted": "S-R.2-ABCDEFGHIJKLMNOP-2147483647-2147483647-" + "_" * 234 + "8",
    "text_length": "R-R-REG1-1-1-" + "A" * 65,
    "carrier": "T-R-" + "AQMAAQAAAAAAAAAFa0nSAAAA" + "A" * 138,
    "body": "\x00" + LID_BODY,
    "body_salted": "\x01" + "s" * 16 + LID_BODY,
    "body_two_blocks": "\x00\x00\x03LID\x00\x20" + "x" * 32 + "\x80",
    "body_padding": "\x00" + LID_BODY + "\x00" * 32,
    "body_another": "\x00\x00\x03LIE\x00\x010\x80",
    "body_no_mark": "\x00\x00\x03LID\x00\x010",
}

KEYS = "\x00schuilnaam source keys 1\norganisation HOSP1\nnumber 3\n"
PARAMETERS = ('\x01{"registry":{"code":"REG1"},"domain":{"code":"REG1","number":1},"types":[{"tref":"R",'
              '"code":"R","version":1,"kind":"reversible","recipe":["LID"]}],"attributes":[{"code":'
              '"LID","kind":"text"}],"connection":{"salted":false},"caller":{"organisation":"HOSP1",'
              '"number":3}}')
SOURCE_KEY = {
    "one": KEYS + "key 1 " + "0a" * 64 + "\n",
    "two": KEYS + "key 1 " + "0a" * 64 + "\nkey 2147483647 " + "ff" * 64 + "\n",
    "descending": KEYS + "key 2 " + "0a" * 64 + "\nkey 1 " + "ff" * 64 + "\n",
    "upper": KEYS + "key 1 " + "0A" * 64 + "\n",
    "cut": KEYS + "key 1 " + "0a" * 63,
    "none": KEYS,
    "parameters": PARAMETERS,
    "parameters_no_connection": PARAMETERS.replace('{"salted":false}', "null"),
    "parameters_version": PARAMETERS.replace('"R","version":1', '"R","version":2'),
}

CSV = {
    "plain": "\x00a,b\r\n1,2\r\n",
    "quoted": '\x00a,b\r\n"1,""2""","3\r\n4"\r\n',
    "spaces": "\x00a,b\n 1 ,\t2\n",
    "semicolon": "\x01a;b\n1;2\n",
    "bom": "\x00\ufeffa,b\n1,2\n",
    "open_quote": '\x00a,b\n"1,2\n',
    "after_quote": '\x00a\n"1"2\n',
    "ragged": "\x00a,b\n1\n1,2,3\n\n",
    "no_newline": "\x00a,b\n1,2",
    "lone_cr": "\x00a\rb\r",
    "windows_1252": "\x04a,b\nJos\u00e9,2\n",
    "bom_must": "\x0c\ufeffa\n\n\"\"\n",
}

# The numbers that begin: messages and length of the tag, or length of a plaintext and of the
# associated data, each less one.
BATCH = {
    "one": "\x01\x02tag" + "\x05hello",
    "nine": "\x09\x28" + "t" * 41 + "".join(chr(n) + "m" * n for n in range(40, 120, 9)),
    "finals": "\x1f\x10" + "a" * 17 + "k" * 64 + "p" * 32 * 3,
    "short": "\x06\x00" + "a" + "k" * 64 + "p" * 7 * 70,
    "odd": "\x28\x0f" + "a" * 16 + "k" * 64 + "p" * 41 * 5,
}

# Multiples of the base point (RFC 9496 appendix A.1), and encodings at an edge.
ELEMENTS = ["e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
            "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
            "00" * 32, "ed" + "ff" * 30 + "7f", "ec" + "ff" * 30 + "7f", "ff" * 32, "00" * 31 + "80"]
SCALARS = ["01" + "00" * 31, "ecd3f55c1a631258d69cf7a2def9de14" + "00" * 15 + "10", "00" * 15 + "10" * 17]


LINE = ('{"chain":"' + "ab" * 16 + '","i":4,"event":{"eventID":200,"eventName":"ISSUE",'
        '"eventDateTime":"2026-09-21T14:13:20.123459Z","eventOutcomeIndicator":"ok",'
        '"eventOutcomeStatus":200},"user":{"userID":null,"alternativeUserID":3,'
        '"responsibleUserID":null,"roleIDCode":"provider","userPurposeOfUse":null,'
        '"networkAccessPointTypeCode":"api","networkAccessPointID":"a \\"b\\" \\u0001 \xe9"},'
        '"object":{"participantObjectID":"REG1","pseudonymTypes":["A","C.2"],"recordsAsked":3,'
        '"recordsMade":0,"recordsFailed":-1,"keyNumbers":[1,22],"participantObjectDetail":null},'
        '"auditSource":{"auditSourceID":"","auditSourceTypeCode":"issue","requestID":null},'
        '"link":"' + "cd" * 32 + '","signature":')
RUN = "run " + "ab" * 16 + " 1 " + "00" * 32 + " 4 " + "cd" * 32 + "\n"
AUDIT = {
    "line_signed": LINE + '"' + "ef" * 64 + '"}',
    "line_unsigned": LINE + "null}",
    "keys": "schuilnaam-audit-keys 1\nissue " + "ab" * 32 + "\ntranslate " + "cd" * 32 + "\n",
    "statement": "schuilnaam-audit-statement 1\nkind checkpoint\ncompartment issue\n"
                 "time 1790000000000000\nfrom 0\nto 1790000000000000\nafter " + "00" * 16 +
                 " 0\nnext " + "00" * 16 + " 0\n" + RUN + "signature " + "ef" * 64 + "\n",
    "page": '{"statement":"schuilnaam-audit-statement 1\\u000akind export\\u000acompartment issue\\u000a'
            "time 1\\u000afrom 0\\u000ato 2\\u000aafter " + "00" * 16 + " 0\\u000anext " + "00" * 16 +
            " 0\\u000a" + RUN.replace("\n", "\\u000a") + "signature " + "ef" * 64 + '\\u000a"}\n' +
            LINE + "null}\n",
    "heads": '{"heads":[["' + "ab" * 16 + '",4,"' + "cd" * 32 + '"]],"omitted":0}',
}

# One set of two shares, as tests/reference writes it.
SHARES = {
    "share": ("schuilnaam-share-1:main:9827d660b0229e78:2:2:1:630d5c1456687e2798ccd10d2fe66e3e4"
              "d3629fa3d3f367326645034d5f75aca:eada51b6"),
    "share_mistyped": ("schuilnaam-share-1:main:9827d660b0229e78:2:2:1:630d5c1456687e2798ccd10d2fe66e3e4"
                       "d3629fa3d3f367326645034d5f75aca:eada51b0"),
    "set": ("schuilnaam-share-set-1\n"
            "name main\n"
            "set 9827d660b0229e78\n"
            "shares 2 2\n"
            "share 1 63be96a652332214bdddc9e71f6953126a13d10392856ecfe30ef1fd700fa737\n"
            "share 2 05c3e2576623a6af0d7cf9884a13342c3e14120f29a963ea6abde82e27d7077e\n"
            "key 100b16bc95b8bf15c9fc2e27eb8274c7bbc22ab2a3bc453c54d45f81626279ac\n"),
}


def group_seeds():
    """A count, a kind (0 multiplies, 1 evaluates), a scalar, elements: as fuzz_group reads them."""
    for number, scalar in enumerate(SCALARS):
        for kind in (0, 1):
            body = bytes([len(ELEMENTS) - 1, kind]) + bytes.fromhex(scalar + "".join(ELEMENTS))
            yield "fuzz_group", f"edges_{number}_{kind}", body


def seeds():
    """Target, name and contents of every seed."""
    yield from group_seeds()
    tables = {"fuzz_http1": HTTP1, "fuzz_request_json": JSON, "fuzz_text_forms": TEXTS,
              "fuzz_csv": CSV, "fuzz_batch": BATCH, "fuzz_audit": AUDIT,
              "fuzz_shares": SHARES, "fuzz_reversible": REVERSIBLE,
              "fuzz_source_key": SOURCE_KEY}
    for target, table in tables.items():
        for name, text in table.items():
            yield target, name, text.encode()
    for kind, values in VALUES.items():
        for number, value in enumerate(values):
            for policy in (0, 126):  # 126 = 18 * 7: the same kind, test persons allowed past 127
                choice = bytes([KINDS.index(kind) + policy + (7 if policy else 0)])
                yield "fuzz_normaliser", f"{kind}_{number}_{policy}", choice + value.encode()


def main():
    for target, name, contents in seeds():
        folder = os.path.join(HERE, "seeds", target)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            with open(path, "wb") as out:
                out.write(contents)


if __name__ == "__main__":
    main()
