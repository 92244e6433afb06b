# SPDX-License-Identifier: Apache-2.0
"""The layer check finds what is planted, and nothing in a clean tree."""
import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_layers  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

# file, its include line, whether it is a breach under the tree's own lists
CASES = [
    ("crypto/a.c", "#include <sodium.h>", False),
    ("crypto/a.c", "#include <openssl/evp.h>", False),
    ("crypto/a.c", '#include "schuilnaam/crypto/hash.h"', False),
    ("crypto/a.c", '#include "schuilnaam/engine/batch.h"', True),
    ("crypto/a.c", "#include <stdio.h>", True),
    ("crypto/a.c", "#include <time.h>", True),
    ("crypto/a.c", "#include <pthread.h>", True),
    ("engine/verbs/a.c", "#include <sodium.h>", True),
    ("engine/verbs/a.c", "#  include  <sodium.h>", True),
    ("engine/verbs/a.c", "/* why */ #include <sodium.h>", True),
    ("engine/verbs/a.c", "/* #include <sodium.h> */", False),
    ("engine/verbs/a.c", "#include <openssl/sha.h>", True),
    ("engine/verbs/a.c", "#include <libpq-fe.h>", True),
    ("engine/verbs/a.c", "#include <jansson.h>", True),
    ("engine/verbs/a.c", "#include <event2/event.h>", True),
    ("engine/verbs/a.c", "#include <utf8proc.h>", True),
    ("engine/attributes/a.c", "#include <utf8proc.h>", False),
    ("engine/store/a.c", "#include <libpq-fe.h>", False),
    ("engine/store/a.c", '#include "../keys/planted.h"', True),
    ("engine/store/a.c", '#include "planted_store.h"', False),
    ("engine/a.c", '#include "keys/planted.h"', False),
    ("engine/a.c", '#include "store/planted_store.h"', True),
    ("engine/a.c", '#include "../crypto/planted.h"', True),
    ("engine/a.c", "#include PLANTED", True),
    ("api/json/a.c", "#include <jansson.h>", False),
    ("api/a.c", "#include <sodium.h>", True),
    ("api/handlers/a.c", "#include <openssl/evp.h>", True),
    ("api/edge/tls_a.c", "#include <openssl/ssl.h>", False),
    ("api/edge/tls_a.c", "#include <openssl/evp.h>", True),
    ("api/edge/a.c", '#include "schuilnaam/engine/issue.h"', True),
    ("api/handlers/a.c", '#include "schuilnaam/engine/issue.h"', False),
    ("api/a.c", "#include <libpq-fe.h>", True),
    ("api/a.c", "#include <curl/curl.h>", True),
    ("client/a.c", "#include <curl/curl.h>", False),
    ("client/a.c", "#include <csv.h>", False),
    ("client/a.c", "#include <libpq-fe.h>", True),
    ("client/a.c", '#include "schuilnaam/engine/store.h"', True),
    ("client/a.c", "#include <event2/event.h>", True),
    ("include/schuilnaam/a.h", "#include <stdint.h>", False),
    ("include/schuilnaam/a.h", "#include <sodium.h>", True),
    ("include/schuilnaam/a.h", '#include "schuilnaam/crypto/hash.h"', True),
    ("include/schuilnaam/crypto/a.h", '#include "schuilnaam/engine/batch.h"', True),
    ("include/schuilnaam/crypto/a.h", "#include <openssl/evp.h>", True),
    ("include/schuilnaam/engine/a.h", '#include "schuilnaam/crypto/hash.h"', False),
]
PLANTED = ("engine/keys/planted.h", "engine/store/planted_store.h", "crypto/planted.h")


class Layers(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="schuilnaam-layers-")
        self.addCleanup(shutil.rmtree, self.root)
        for room in check_layers.ROOMS:
            for folder, _, names in os.walk(os.path.join(ROOT, room)):
                if check_layers.LIST in names:
                    copy = os.path.join(self.root, os.path.relpath(folder, ROOT))
                    os.makedirs(copy, exist_ok=True)
                    shutil.copy(os.path.join(folder, check_layers.LIST), copy)
        for path in PLANTED:
            self.write(path, "")

    def write(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as out:
            out.write(text)

    def test_a_tree_without_includes_has_no_breach(self):
        found, count = check_layers.check(self.root)
        self.assertEqual((found, count), ([], len(PLANTED)))

    def test_each_planted_include_is_judged_as_listed(self):
        for path, line, is_breach in CASES:
            with self.subTest(path=path, line=line):
                self.write(path, line + "\n")
                found, _ = check_layers.check(self.root)
                self.assertEqual(len(found), int(is_breach), found)
                os.remove(os.path.join(self.root, path))

    def test_the_line_of_the_breach_is_named(self):
        self.write("engine/a.c", "/* two\n lines */\n\n#include <sodium.h>\n")
        found, _ = check_layers.check(self.root)
        self.assertTrue(found[0].startswith("engine/a.c:4: sodium.h"), found)

    def test_a_room_without_a_list_is_refused(self):
        os.remove(os.path.join(self.root, "crypto", check_layers.LIST))
        found, _ = check_layers.check(self.root)
        self.assertEqual(found, ["crypto/: no .may_include"])


if __name__ == "__main__":
    unittest.main()
