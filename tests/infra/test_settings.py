"""The settings of a stack: a good file is read, a bad one refused at once by key, expectation and fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.problems import SettingsError
from infra.settings import Settings
from tests.infra import bad_settings
from tests.infra.footprints import changed
from tests.infra.stacks import OURS, Bad, dev, prod, written

STACKS = Path(__file__).resolve().parents[2] / "stacks"
SHIPPED = sorted(STACKS.glob("Pulumi.*.yaml"))


def refused(load: Callable[[], Settings]) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load()
    return caught.value


def as_pulumi_hands_it_on(config: dict[str, Any]) -> dict[str, str]:
    """The configuration as the engine gives it to the program: text, and JSON for what is none."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.mark.parametrize("bad", bad_settings.BAD.values(), ids=bad_settings.BAD)
def test_it_is_refused_by_key_expectation_and_fix(bad: Bad, tmp_path: Path) -> None:
    file = written(tmp_path, changed(bad.base, bad.at, bad.value))
    error = refused(lambda: Settings.load(file))
    there = [problem for problem in error.problems if problem.path == bad.path]
    assert there, f"no problem at {bad.path}, but: {error}"
    assert any(bad.expected in problem.expected and bad.fix in problem.fix for problem in there), str(error)
    for part in (str(file), bad.path, there[0].expected, there[0].fix):
        assert part in str(error), "the text says it all: file, key, expectation, fix"
    assert "canary77" not in str(error), "what may be a secret is not repeated"
    assert len(str(error)) < 20_000, "a long value is not repeated in full"


def test_there_are_more_than_sixty() -> None:
    assert len(bad_settings.BAD) > 60


@pytest.mark.parametrize("name", [name for name in bad_settings.BAD if name not in bad_settings.KEPT_AS_TEXT])
def test_plain_pulumi_up_refuses_it_too(name: str) -> None:
    """`pulumi up` reads the file itself and hands it on as text: no second, weaker check."""
    bad = bad_settings.BAD[name]
    config = as_pulumi_hands_it_on(changed(bad.base, bad.at, bad.value))
    error = refused(lambda: Settings.of("aws-dev", config, "stacks/Pulumi.aws-dev.yaml"))
    assert bad.path in [problem.path for problem in error.problems], str(error)


BROKEN = {
    "empty": (b"", "config", "shoestring:tier: dev", "stacks/Pulumi.aws-dev.yaml"),
    "blank lines": (b"\n\n# nothing yet\n", "config", "shoestring:tier: dev", "stacks/Pulumi.aws-dev.yaml"),
    "an empty config": (b"config:\n", "config", "shoestring:tier: dev", "stacks/Pulumi.aws-dev.yaml"),
    "config as a list": (b"config: [a]\n", "config", "shoestring:tier: dev", "stacks/Pulumi.aws-dev.yaml"),
    "a list": (b"- config\n", "(the whole file)", "the key `config`", "write `config:`"),
    "config misspelt": (b"confg: {}\n", "confg", "only the keys config", "did you mean `config`?"),
    "settings outside of config": (b"shoestring:tier: dev\n", "shoestring:tier", "only the keys", "below `config:`"),
    "settings from elsewhere": (b"environment: [x]\nconfig: {a: b}\n", "environment", "only the keys", "delete it"),
    "a key twice": (b"config: {a: 1, a: 2}\n", "config, line 1", "each key once", "delete one"),
    "no YAML": (b"config: [\n", "line 2, column 1", "valid YAML", "correct that line"),
    "tabs": (b"config:\n\taws:region: x\n", "line 2, column 1", "valid YAML", "never with tabs"),
    "no UTF-8": (b"config: \xff\n", "line 1", "UTF-8", "save the file"),
    "a control character": (b"config: \x07\n", "line 1", "printable", "delete that character"),
    "a bomb of aliases": (
        b"a: &a [1,1,1,1,1,1,1,1,1]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(98, 106)),
        "(the whole file)",
        "at most 20000 values",
        "aliases",
    ),
    "a megabyte": (b"config:\n  aws:region: " + b"x" * 2**20, "(the whole file)", "at most", "remove"),
    "deep": (b"config: " + b"[" * 500, "(the whole file)", "at most 32 levels", "remove the nesting"),
}


@pytest.mark.parametrize(("content", "path", "expected", "fix"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_none_is_refused(content: bytes, path: str, expected: str, fix: str, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.aws-dev.yaml"
    file.write_bytes(content)
    error = refused(lambda: Settings.load(file))
    assert any(one.path == path and expected in one.expected and fix in one.fix for one in error.problems), str(error)
    assert len(error.problems) <= 2, "what is missing below a missing `config` is not listed too"


@pytest.mark.parametrize("name", ["Größe", "AWS", "1st", "a" * 40, "a b", ""], ids=ascii)
def test_the_files_name_is_the_environments(name: str, tmp_path: Path) -> None:
    error = refused(lambda: Settings.load(written(tmp_path, dev(), name)))
    assert [(one.path, one.fix) for one in error.problems] == [
        ("(the file's name)", "rename it like Pulumi.aws-dev.yaml")
    ]


def test_an_environment_that_is_not_there_names_the_nearest() -> None:
    error = refused(lambda: Settings.load(STACKS / "Pulumi.aws-pord.yaml"))
    assert "aws-dev, aws-prod" in str(error)
    assert "did you mean aws-prod?" in str(error)


def test_one_refusal_names_every_problem(tmp_path: Path) -> None:
    config = dev() | {"shoestring:teir": "x", "shoestring:nat": "no", "shoestring:cidr": "10.0.0.0", "aws:token": "y"}
    config |= {"shoestring:hosts": [{"name": "A", "groups": ["x"]}], "shoestring:budget": {}}
    paths = {problem.path for problem in refused(lambda: Settings.load(written(tmp_path, config))).problems}
    assert paths == {
        "aws:token",
        "shoestring:teir",
        "shoestring:nat",
        "shoestring:cidr",
        "shoestring:hosts[0].name",
        "shoestring:hosts[0].groups[0]",
        "shoestring:budget.monthly_usd",
        "shoestring:budget.emails",
    }


def test_one_refusal_names_every_contradiction(tmp_path: Path) -> None:
    config = prod() | {
        "shoestring:deletion_protection": False,
        "shoestring:ssh": "direct",
        "shoestring:zone": "Z012345",
    }
    config |= {"shoestring:other_cidrs": ["10.0.0.0/8"], "shoestring:database": "host", "shoestring:teir": "x"}
    paths = {problem.path for problem in refused(lambda: Settings.load(written(tmp_path, config))).problems}
    assert {path.removeprefix(OURS) for path in paths} == {
        "deletion_protection", "admin_cidrs", "names", "other_cidrs[0]", "database", "teir",
    }, "unknown keys too"  # fmt: skip


def test_nonsense_in_bulk_is_refused_in_short(tmp_path: Path) -> None:
    error = refused(lambda: Settings.load(written(tmp_path, {f"shoestring:key{n}": n for n in range(5000)})))
    assert len(str(error).splitlines()) < 1000
    for at in ("hosts", "names", "public_cidrs", "admin_cidrs", "other_cidrs"):
        refused(partial(Settings.load, written(tmp_path, dev() | {OURS + at: ["x"] * 15_000})))


@pytest.mark.parametrize("config", [dev(), prod()], ids=["dev", "prod"])
def test_a_good_file_is_read_alike_from_the_file_and_from_pulumi(config: dict[str, Any], tmp_path: Path) -> None:
    config |= {"shoestring:nat": True, "shoestring:limits": {"machines": ["m6a.xlarge"]}, "aws:profile": "dev"}
    config |= {"shoestring:owner": "42", "shoestring:names": ["a.net"], "pulumi:tags": {"a": "b"}}
    config |= {"shoestring:certificate": {"acme": {"email": "a@b.net"}}}
    read = Settings.load(written(tmp_path, config))
    assert read == Settings.of("aws-dev", as_pulumi_hands_it_on(config), "x")
    assert (read.environment, read.region, read.nat) == ("aws-dev", "eu-central-1", True)
    assert read.owner == "42", "a text that reads like a number is one"


def test_what_is_not_said_is_safe() -> None:
    """Whoever writes the least gets protection, a closed SSH port, no spot machine, no GPU, no NAT gateway's bill."""
    read = Settings.of("aws-dev", dev(), "x")
    assert read.deletion_protection
    assert (read.ssh, read.admin_cidrs, read.nat) == ("tunnel", [], False)
    assert (read.limits.gpus, read.limits.spot, read.limits.machines) == (0, 0, [])


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_the_shipped_stacks_are_good_and_short(file: Path) -> None:
    """More than twenty lines would mean that a default is missing."""
    Settings.load(file)
    assert len(file.read_text().splitlines()) <= 20


def test_two_stacks_are_shipped_for_aws() -> None:
    assert {"Pulumi.aws-dev", "Pulumi.aws-prod"} <= {file.stem for file in SHIPPED}
