# SPDX-License-Identifier: Apache-2.0
"""The guides name only commands, nouns, verbs and options that the programs have."""
import functools
import os
import re
import shlex
import subprocess

import pytest

from conftest import ROOT
from deployment import binary_folder

GUIDES = ("README.md", "docs/operators.md", "docs/registries.md", "docs/keys.md", "docs/threat-model.md")
START = re.compile(r"(?:\S+ -u schuilnaam -- |[^#`]*\| )?(schuilnaamd? (?!schuilnaam)\S.*)")


@functools.lru_cache(None)
def help_of(program, *words):
    done = subprocess.run([os.path.join(binary_folder(), program), *words, "--help"],
                          capture_output=True, text=True, timeout=10, check=True)
    return done.stdout


def commands(guide):
    """Those of indented blocks, with their continued lines, and those between backticks."""
    with open(os.path.join(ROOT, guide), encoding="utf-8") as text:
        page = text.read().replace("\\\n", " ")
    blocks = [line.strip() for line in page.splitlines() if line.startswith("    ")]
    inline = re.findall(r"`([^`\n]+)`", page)
    for text in blocks + inline:
        match = START.fullmatch(text)
        if match and not re.search(r"…|\.\.\.|\w\\?\|\w|NOUN|COMMAND", text):
            yield match[1].replace(" --help", "")


def parted(command):
    """(program, words, long options), without what the shell would take."""
    words = shlex.split(re.split(r" (?:&&|<|>|\|) | # ", command + " ")[0], comments=True)
    program, plain, options, skips = words[0], [], [], False
    for word in words[1:]:
        if word.startswith("--"):
            options.append(word)
            skips = word not in ("--json", "--help", "--next", "--new", "--resume", "--unseal")
        elif word.startswith("-"):
            skips = True
        elif skips:
            skips = False
        else:
            plain.append(word)
    return program, plain, options


def names_all(text, options):
    return [o for o in options if not re.search(re.escape(o) + r"(?![\w-])", text)]


def wrong_client(words, options):
    if not words:
        return names_all(help_of("schuilnaam"), options)
    if words[0] not in re.findall(r"^  ([\w-]+) ", help_of("schuilnaam"), re.M):
        return [words[0]]
    page = help_of("schuilnaam", words[0])
    if words[0] != "admin" or len(words) < 3:
        return names_all(page, options)
    common = page[page.index("Options of every command"):page.index("Nouns")]
    line = re.search(rf"^  {re.escape(words[1])} {re.escape(words[2])}(?= |$).*", page, re.M)
    return names_all(common + line[0], options) if line else [" ".join(words[1:3])]


def wrong_server(words, options):
    page = help_of("schuilnaamd")
    found = re.search(rf"^  {re.escape(' '.join(words[:2]))}(?= |$)", page, re.M) or \
        re.search(rf"^  {re.escape(words[0])}  ", page, re.M) if words else True
    if not found:
        return [" ".join(words[:2])]
    own = words[:2] if words and " ".join(words[:2]) in found[0] else words[:1]
    return names_all(help_of("schuilnaamd", *own) if own else page, options)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guides_commands_exist(guide):
    wrong = []
    for command in commands(guide):
        program, words, options = parted(command)
        found = (wrong_client if program == "schuilnaam" else wrong_server)(words, options)
        wrong += [(command, found)] if found else []
    assert wrong == []


def test_there_are_commands_to_look_at():
    assert len(list(commands("docs/operators.md"))) > 80


@pytest.mark.parametrize("command", [
    "schuilnaam admin quota raise 3", "schuilnaam admin quota create --life 3", "schuilnaam give",
    "schuilnaam issue --fast yes", "schuilnaamd audit mend", "schuilnaamd check --hard"])
def test_a_command_that_is_not_there_is_seen(command):
    program, words, options = parted(command)
    assert (wrong_client if program == "schuilnaam" else wrong_server)(words, options)
