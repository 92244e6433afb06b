#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check that every #include of the product respects the walls between the rooms.

What a file may include stands in the .may_include lists of its folder and of the folders above it,
up to its room; they are read from the room downwards and the last line that matches decides.
A line is a pattern for the text between <> or ""; `*` stops at a slash, `**` does not, `!` in
front forbids. A quoted header that does not start with schuilnaam/ must lie in the same room, so a
header that crosses a border can only live in include/schuilnaam. What no line allows is refused.

    check_layers.py [ROOT]      prints one line for each breach; exit 1 if there is any
"""
import os
import re
import sys

# A file belongs to the longest of these that its path starts with.
ROOMS = ("include", "crypto", "engine", "engine/store", "api", "client")
LIST = ".may_include"

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(.*)$', re.MULTILINE)
HEADER = re.compile(r'^(?:<([^>]+)>|"([^"]+)")\s*$')


def pattern_regex(pattern):
    """A pattern of a list as a regular expression that must match the whole name."""
    parts = re.split(r"(\*\*|\*)", pattern)
    text = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(text.get(p, re.escape(p)) for p in parts))


def read_list(path):
    """The rules of one list, as (allowed, regex), in order."""
    rules = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.split("#", 1)[0].strip()
            if line:
                rules.append((not line.startswith("!"), pattern_regex(line.lstrip("!"))))
    return rules


def room_of(path):
    """The room that a file, named from the root, belongs to."""
    fitting = [room for room in ROOMS if path.startswith(room + "/")]
    return max(fitting, key=len)


def rules_for(root, folder, room):
    """The rules that hold in a folder: those of its room first, its own last."""
    below = os.path.relpath(folder, room)
    steps = [] if below == "." else below.split("/")
    folders = [os.path.join(room, *steps[:n]) for n in range(len(steps) + 1)]
    lists = [os.path.join(root, f, LIST) for f in folders]
    return [rule for path in lists if os.path.exists(path) for rule in read_list(path)]


def is_allowed(name, rules):
    verdict = False
    for allowed, regex in rules:
        if regex.fullmatch(name):
            verdict = allowed
    return verdict


def lies_in_room(root, path, room, name):
    """Whether a quoted name finds a file of the same room, the way the compiler looks for it."""
    for start in (os.path.dirname(path), room):
        found = os.path.normpath(os.path.join(start, name))
        if os.path.isfile(os.path.join(root, found)):
            return found.startswith(room + "/") and room_of(found) == room
    return False


def breaches_of(root, path):
    """The breaches of one file, as (line number, text)."""
    room = room_of(path)
    rules = rules_for(root, os.path.dirname(path), room)
    with open(os.path.join(root, path), encoding="utf-8") as source:
        text = source.read()
    text = COMMENT.sub(lambda m: "\n" * m.group(0).count("\n"), text)
    for match in INCLUDE.finditer(text):
        number = text.count("\n", 0, match.start()) + 1
        header = HEADER.match(match.group(1).split("//")[0].strip())
        if not header:
            yield number, "an include that is no plain name: " + match.group(1)
            continue
        angled, quoted = header.groups()
        if angled is None and not quoted.startswith("schuilnaam/"):
            if not lies_in_room(root, path, room, quoted):
                yield number, f'"{quoted}" is not in {room}/: a header that crosses a border ' \
                              "lives in include/schuilnaam"
        elif not is_allowed(angled or quoted, rules):
            yield number, f"{angled or quoted} is not on the lists of {os.path.dirname(path)}/"


def sources(root):
    for top in (room for room in ROOMS if "/" not in room):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".def")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def check(root):
    """Every breach of the tree as a line of text; a room with sources must have a list."""
    found = []
    files = sorted(sources(root))
    for room in sorted({room_of(path) for path in files}):
        if not os.path.exists(os.path.join(root, room, LIST)):
            found.append(f"{room}/: no {LIST}")
    for path in files:
        found += [f"{path}:{number}: {text}" for number, text in breaches_of(root, path)]
    return found, len(files)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..")
    found, count = check(os.path.normpath(root))
    print("\n".join(found + [f"layers: {count} files, {len(found)} breaches"]))
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
