# SPDX-License-Identifier: Apache-2.0
"""Reads the tables that the programs are made from: files of macro calls, NAME(argument, ...)."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",()]+)|([(),]))', re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "'": "'"}


def unescape(text):
    return re.sub(r"\\(.)", lambda m: ESCAPES[m.group(1)], text)


def arguments_of(text, start):
    """The arguments of a macro call whose opening bracket stands just before `start`."""
    arguments, parts, depth = [], [], 0
    while True:
        match = TOKEN.match(text, start)
        if not match:
            raise ValueError("cannot read near: " + text[start:start + 40])
        start = match.end()
        string, word, mark = match.groups()
        if mark in (",", ")") and depth == 0:
            arguments.append("".join(parts).strip())
            parts = []
            if mark == ")":
                return arguments
        elif string is not None:
            parts.append(unescape(string))
        else:
            depth += {"(": 1, ")": -1}.get(mark, 0)
            parts.append((word or mark) + (" " if word else ""))


def rows_of(path, macro):
    """Every call of `macro` in a table, as a list of its arguments."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as source:
        text = COMMENT.sub("", source.read())
    calls = re.finditer(r"^[ \t]*" + macro + r"\(", text, re.MULTILINE)
    return [arguments_of(text, call.end()) for call in calls]
