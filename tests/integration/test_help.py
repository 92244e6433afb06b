# SPDX-License-Identifier: Apache-2.0
"""Every command of both programs has a help with an example that is a command line it takes; the manual
pages can be read."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from ca import DevCa
from deployment import binary_folder

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts", "lib"))

from tables import rows_of  # noqa: E402

USAGE, AWAY = 64, 69


def run(*words, **how):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, **how)


def client(*words):
    return run(os.path.join(binary_folder(), "schuilnaam"), *words)


def help_of(program, *words):
    done = run(os.path.join(binary_folder(), program), *words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"^usage: {program} ", done.stdout, re.IGNORECASE)
    return done.stdout


def examples_in(text):
    """The command lines under "Example:"."""
    under = re.split(r"^example:\n", text, flags=re.MULTILINE | re.IGNORECASE)[1:]
    assert under, "no example"
    lines = [re.match(r"(?:  .*\n)+", part).group().replace("\\\n", "") for part in under]
    return [line.strip() for part in lines for line in part.splitlines()]


def client_tables():
    done = client("tables")
    assert done.returncode == 0
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def example_run(tmp_path_factory):
    """Runs an example as a shell does, in a folder where its small files are, with no service there."""
    folder = tmp_path_factory.mktemp("examples")
    ca = DevCa(str(folder / "ca"))
    certificate, key = ca.issue("us")
    profiles = folder / "schuilnaam"
    profiles.mkdir()
    for name in ("operator", "hospital", "registry"):
        (profiles / f"{name}.conf").write_text(f"server = https://127.0.0.1:1\ncert = {certificate}\nkey = {key}\n"
                                               f"ca = {ca.certificate}\n")
    shutil.copy(certificate, folder / "hosp1.pem")
    (folder / "key.hex").write_text("ab" * 32 + "\n")
    (folder / "share.txt").write_text("no share\n")
    env = {**os.environ, "XDG_CONFIG_HOME": str(folder), "PATH": binary_folder() + ":" + os.environ["PATH"]}
    return lambda line: run("bash", "-c", line, cwd=folder, env=env)


def test_every_admin_call_has_an_example_that_reaches_for_the_service(example_run):
    calls = next(c for c in client_tables()["commands"] if c["name"] == "admin")["calls"]
    assert len({c["call"] for c in calls}) == len(calls) > 50
    for call in calls:
        noun, verb = call["call"].split()[:2]
        (example,) = examples_in(help_of("schuilnaam", "admin", noun, verb))
        assert example.startswith(f"schuilnaam --profile operator admin {noun} {verb}")
        done = example_run(example)
        assert done.returncode == AWAY, (example, done.stderr)


def test_a_noun_tells_of_all_its_verbs():
    text = help_of("schuilnaam", "admin", "domain")
    assert re.findall(r"admin (domain \w+)", text)[::2] == ["domain list", "domain show", "domain create"]


@pytest.mark.parametrize("words", [["nothing"], ["domain", "end"], ["domain", "nothing"]])
def test_what_admin_does_not_know_gets_the_help_of_admin(words):
    assert "Nouns (CODE" in help_of("schuilnaam", "admin", *words)


def test_every_command_of_the_client_has_examples_that_it_takes(example_run):
    commands = client_tables()["commands"]
    general = help_of("schuilnaam")
    examples_in(general)
    for command in commands:
        text = help_of("schuilnaam", command["name"])
        assert re.search(rf"^  {command['name']} ", general, re.MULTILINE)
        for example in examples_in(text):
            assert re.search(rf"\b{command['name']}\b", example)
            done = example_run(example)
            assert done.returncode not in (0, USAGE), (example, done.stderr)


def test_every_command_of_the_server_has_an_example_that_it_takes(example_run):
    rows = rows_of("api/commands.def", "COMMAND")
    general = help_of("schuilnaamd")
    examples_in(general)
    for words, *_ in rows:
        assert re.search(rf"^  {words} ", general, re.MULTILINE)
        text = help_of("schuilnaamd", *words.split())
        (example,) = examples_in(text)
        assert example.startswith(f"schuilnaamd {words} --config")
        done = example_run(example)
        assert done.returncode not in (0, USAGE), (example, done.stderr)
        for option in re.findall(r"--[a-z-]+", example):
            assert f"  {option}" in text, "an option that its help does not explain"


def test_the_manual_pages_tell_of_exits_files_and_more_and_read_without_warnings():
    pages = sorted(glob.glob(os.path.join(ROOT, "docs", "man", "*")))
    assert len(pages) == len(client_tables()["commands"]) + 3
    for page in pages:
        with open(page, encoding="utf-8") as text:
            sections = re.findall(r"^\.SH (.*)$", text.read(), re.MULTILINE)
        assert sections[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
        assert {"EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"} <= set(sections)
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    for page in pages:
        done = run("groff", "-man", "-Tutf8", "-ww", page)
        assert (done.returncode, done.stderr) == (0, ""), page
