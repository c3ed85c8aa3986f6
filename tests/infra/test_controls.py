"""The table of controls is whole, its waivers have reasons and are few, and the page shows what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from infra import controls
from infra.checks.forms import FORMS
from ops.environment import ROOT


def test_the_page_is_what_the_table_says() -> None:
    assert (ROOT / "docs/controls.md").read_text() == controls.page(), "python -m infra.controls > docs/controls.md"


ENTRIES = [one for entries in controls.load().values() for one in entries]


def test_the_baselines_are_there() -> None:
    """dev-sec's own numbers, which have gaps; a control that is left out would be a waiver without a reason."""
    names = {one.id for one in ENTRIES}
    sshd = {f"sshd-{number:02}" for number in range(1, 51) if number != 26}
    letters = {"os-03b", "os-05b", "sysctl-31a", "sysctl-31b"}
    linux = {f"os-{number:02}" for number in range(1, 17) if number != 8} | letters
    linux |= {f"package-{number:02}" for number in (1, 2, 3, 5, 6, 8, 9)}
    linux |= {f"sysctl-{number:02}" for number in range(1, 36) if number not in (18, 31)}
    assert (len(sshd), len(linux)) == (49, 59)
    assert sshd | linux <= names


@pytest.mark.parametrize(
    ("section", "numbers"),
    {
        "1.2.1": range(1, 3), "2.3.1": range(1, 2), "2.3.2": range(1, 3), "2.1": range(22, 23), "3.3": range(1, 12),
        "4.3": range(4, 11), "5.1": range(1, 23), "5.2": range(1, 8), "5.4.2": range(1, 9), "6.1.1": range(1, 5),
        "7.1": range(1, 14), "7.2": range(1, 11),
    }.items(),
)  # fmt: skip
def test_the_parts_of_cis_are_there(section: str, numbers: range) -> None:
    """What the list of checks names of CIS, whole: each number is an entry's own or one that it answers as well."""
    answered = {name for one in ENTRIES for name in (one.id, *one.also)}
    assert {f"cis-{section}.{number}" for number in numbers} <= answered


@pytest.mark.parametrize("entry", [one for one in ENTRIES if one.holds], ids=lambda one: one.id)
def test_no_part_of_a_command_is_without_effect(entry: controls.Control) -> None:
    """`a; b` would hold whatever a says; only loops have a `;` of their own."""
    parts = re.sub(r"'[^']*'|\"[^\"]*\"", "", entry.holds or "").split(";")
    for part in parts[1:]:
        assert re.match(r" (do|done|then|fi|\})( |$)", part), entry.holds


BAD = {
    "unknown key": {"id": "os-99", "title": "A title", "holds": "true", "of": 1},
    "no check": {"id": "os-99", "title": "A title"},
    "two checks": {"id": "os-99", "title": "A title", "holds": "true", "absent": ["x"]},
    "a file that is not below /etc": {
        "id": "os-99", "title": "A title", "file": {"path": "/x", "mode": "0600", "owner": "root", "group": "root"}
    },
    "one number too many": {"id": "os-99", "title": "A title", "holds": "true", "also": ["cis-3.3.1"]},
    "a sixteenth waiver": {"id": "os-99", "title": "A title", "waived": "a reason that is long enough for one"},
    "a waiver without a reason": {"id": "os-99", "title": "A title", "waived": "no"},
    "there twice": {"id": "os-01", "title": "A title", "holds": "true"},
    "a name of no baseline": {"id": "mine-1", "title": "A title", "holds": "true"},
}  # fmt: skip


@pytest.mark.parametrize("entry", BAD.values(), ids=BAD)
def test_a_bad_entry_is_refused(tmp_path: Path, entry: dict[str, object]) -> None:
    for part in controls.PARTS:
        entries = yaml.safe_load((controls.DIRECTORY / f"{part}.yml").read_text())
        (tmp_path / f"{part}.yml").write_text(yaml.safe_dump([*entries, *([entry] if part == "files" else [])]))
    with pytest.raises(ValueError, match=r"\S"):
        controls.load(tmp_path)


def test_only_a_control_can_be_switched_off() -> None:
    form = FORMS["host_controls_off[]"]
    assert form.fits("sshd-20")
    assert not form.fits("sshd-2O")
