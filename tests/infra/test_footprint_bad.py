"""Bad Footprints: each is refused at once, by key path, with what is expected and how to fix it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.footprint import Footprint
from infra.problems import FootprintError
from tests.infra import bad_hosts, bad_rest, bad_ssh
from tests.infra.bad import Bad
from tests.infra.footprints import changed, host, three, write

BAD = bad_hosts.BAD | bad_ssh.BAD | bad_rest.BAD


def refused(file: Path) -> FootprintError:
    with pytest.raises(FootprintError) as caught:
        Footprint.load(file)
    return caught.value


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_it_is_refused_by_path_expectation_and_fix(bad: Bad, tmp_path: Path) -> None:
    file = write(tmp_path, changed(bad.base, bad.at, bad.value))
    error = refused(file)
    there = [problem for problem in error.problems if problem.path == bad.path]
    assert there, f"no problem at {bad.path}, but: {error}"
    assert any(bad.expected in problem.expected and bad.fix in problem.fix for problem in there), str(error)
    for part in (str(file), bad.path, there[0].expected, there[0].fix):
        assert part in str(error), "the text says it all: file, path, expectation, fix"
    assert "canary77" not in str(error), "what may be a secret is not repeated"


def test_there_are_more_than_sixty() -> None:
    assert len(BAD) > 60


def test_one_refusal_names_every_problem(tmp_path: Path) -> None:
    document = three()
    for at, value in {
        "hosts.0.ssh.port": "22",
        "hosts.1.groups": ["servce"],
        "hosts.1.address": "10.99.0.1",
        "network.admin_cidrs": ["0.0.0.0/0"],
        "public.names": ["<fill in>"],
        "database": {"kind": "managed", "address": "x"},
        "buckets.artifacts": {"kind": "s4"},
        "extra": 1,
    }.items():
        document = changed(document, at, value)
    paths = {problem.path for problem in refused(write(tmp_path, document)).problems}
    assert paths >= {
        "hosts[0].ssh.port",
        "hosts[1].groups[0]",
        "hosts[1].address",
        "hosts[2].groups",
        "network.admin_cidrs[0]",
        "public.names[0]",
        "database.port",
        "database.admin",
        "buckets.artifacts.kind",
        "extra",
    }, "fields, contradictions and placeholders, all in one go"


def test_a_placeholder_is_not_also_called_malformed(tmp_path: Path) -> None:
    error = refused(write(tmp_path, changed(three(), "hosts.0.address", "<fill in>")))
    assert [problem.path for problem in error.problems] == ["hosts[0].address"], str(error)


def test_the_environment_is_the_directory(tmp_path: Path) -> None:
    file = write(tmp_path, three())
    moved = file.parent.rename(tmp_path / "elsewhere") / file.name
    error = refused(moved)
    assert "three" in str(error)
    assert "elsewhere" in str(error), "both names are said"


def test_nonsense_in_bulk_is_refused_in_short(tmp_path: Path) -> None:
    error = refused(write(tmp_path, {f"key{number}": number for number in range(9000)}, "json"))
    assert len(str(error).splitlines()) < 1000
    for at in ("hosts", "network.admin_cidrs", "public.names"):
        refused(write(tmp_path, changed(three(), at, ["x"] * 15000), "json"))
    chain = [host(f"h{n}", n % 250, "service", ssh={"via": {"jump": {"host": f"h{n + 1}"}}}) for n in range(900)]
    refused(write(tmp_path, changed(three(), "hosts", chain), "json"))
