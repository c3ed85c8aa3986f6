"""The command line: what a person sees when something is wrong, and what a program can rely on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ops.environment import ROOT, Environment
from ops.rehearsal import write_footprint
from tests.ops.test_rehearsal import THREE

CLOUD = {"rehearse", "bootstrap", "plan", "prices"}
# The only environments are those of a test: a verb that misses the one it was given must never find a real one.
RUN = """
import sys
from pathlib import Path
from ops.environment import Environment
Environment.resolve.__func__.__defaults__ = (Path(sys.argv.pop(1)),)
from ops.cli import app
app()
"""


def shoestring(root: Path, *words: str, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line as the console script does, after `before`; `root` stands for the repository."""
    kept = {name: value for name, value in os.environ.items() if name not in ("ENV", "FORMAT")}
    command = [sys.executable, "-c", before + RUN, str(root), *words]
    return subprocess.run(
        command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "verb", ["up", "deploy", "status", "logs", "verify", "down", "keys", "lock", "hosts", "secrets", "footprint"]
)
def test_an_error_is_cause_consequence_command_and_never_a_traceback(root: Path, verb: str) -> None:
    done = shoestring(root, verb, ENV="nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("\nerror: There is no environment 'nowhere'.")
    assert "  so:  " in done.stderr
    assert "  fix: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("verb", ["plan", "bootstrap", "rehearse", "drift", "doctor", "footprint", "down"])
@pytest.mark.parametrize("name", ["nowhere", "yours"])
@pytest.mark.usefixtures("yours")
def test_where_no_cloud_is_chosen_no_clouds_sdk_is_needed(root: Path, verb: str, name: str) -> None:
    """Each is installed for environments in a cloud alone; `make plan` without ENV= is not of one."""
    names = "pulumi", "pulumi_aws", "pulumi_gcp", "boto3", "googleapiclient"
    absent = f"import sys; sys.modules.update(dict.fromkeys({names}))"
    done = shoestring(root, verb, "--env", name, before=absent)
    assert "Traceback" not in done.stdout + done.stderr
    assert re.search(r"^ +fix:? ", done.stdout + done.stderr, re.MULTILINE), "it came to what is wrong"


@pytest.mark.parametrize("name", ["nowhere", "local"])
def test_bootstrap_is_for_a_cloud(root: Path, name: str) -> None:
    """`make bootstrap` alone means local: it says which environments there are, and asks nobody for credentials."""
    done = shoestring(root, "bootstrap", ENV=name)
    assert done.returncode == 1
    assert done.stderr.startswith(f"\nerror: There is no environment '{name}' in a cloud.")
    assert "aws-dev" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_broken_footprint_is_told_by_key(root: Path, yours: Environment) -> None:
    yours.footprint.write_text("schema: 1\nenvironment: yours\nhosts: []\n")
    for verb in ("footprint", "status", "deploy"):
        done = shoestring(root, verb, "--env", str(yours.directory))
        assert done.returncode == 1
        assert "error: " in done.stderr
        assert "network" in done.stderr
        assert "Traceback" not in done.stderr


def test_deploy_takes_its_words_from_make(root: Path, yours: Environment, one: Environment) -> None:
    """Refused with all settings good, and before a lock, a vault or a host."""
    write_footprint(one, THREE)
    for name, word, said in (("VERSION", "9.9", "is no release"), ("MODEL", "/nowhere", "is not there")):
        done = shoestring(root, "deploy", ENV="one", **{name: word})
        assert done.returncode == 1
        assert f"{name}={word} {said}" in done.stderr
        assert "  fix: " in done.stderr
        assert "Traceback" not in done.stderr
    assert not one.state.exists()
    assert yours.directory.is_dir()


@pytest.mark.parametrize(("given", "groups"), [("", "train"), ("MODEL=v1", ""), ("VERSION=1.2.3", "")])
def test_what_trains_is_not_installed_for_what_is_not_trained(given: str, groups: str) -> None:
    make = ["make", "--dry-run", "deploy", "ENV=local", *filter(None, [given])]
    done = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    (line,) = [line for line in done.stdout.splitlines() if "locks/install.sh base " in line]
    assert ("ops.build.service" in line) is bool(groups)


def test_make_passes_what_it_was_given_by_the_environment(root: Path, one: Environment) -> None:
    write_footprint(one, THREE)
    done = shoestring(root, "footprint", ENV="one", FORMAT="json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["environment"] == "one"
    option = shoestring(root, "footprint", "--env", str(one.directory), ENV="nowhere")
    assert option.returncode == 0, "an option comes before the environment"


def test_help_names_each_verb_with_a_sentence(root: Path) -> None:
    done = shoestring(root, "--help", COLUMNS="200")
    lines = [line.strip("│ ").split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith("│ ")]
    verbs = {words[0]: words[1] for words in lines if len(words) == 2 and not words[0].startswith("-")}
    known = {"up", "deploy", "rollback", "reboot", "status", "logs", "verify", "down", "hosts", "secrets", "footprint"}
    assert (
        verbs.keys()
        == known | {"backup", "restore", "keys", "key-add", "key-revoke", "rotate", "drift", "doctor", "lock"} | CLOUD
    )
    assert all(sentence.endswith(".") for sentence in verbs.values())


def test_no_index_and_no_path_of_this_machine_is_written_into_ops() -> None:
    for path in (*(ROOT / "ops").glob("*.py"), ROOT / "ansible" / "vault-key"):
        text = path.read_text()
        assert str(ROOT) not in text, path
        assert "pypi" not in text.lower(), path


def test_files_stay_small() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in Path(ROOT, "ops").glob("*.py")}
    # Each verb takes ten lines of it, and the verbs are in one place.
    assert [name for name, length in lengths.items() if length >= (300 if name == "cli.py" else 200)] == []
