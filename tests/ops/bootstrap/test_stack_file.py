"""The lines that bootstrap writes into a stack file: whatever else a person wrote there stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ops.bootstrap import stack_file
from ops.errors import OperationError
from tests.ops.bootstrap.aws.conftest import SHARED

PROVIDER, BACKEND = SHARED.secrets_provider, SHARED.backend
LINES = {"secretsprovider": PROVIDER, "shoestring:backend": BACKEND}
BOTH = f"secretsprovider: {PROVIDER}\n", f"shoestring:backend: {BACKEND}\n"

FORMS = {
    "plain": ("config:\n  aws:region: a\n  b: c\n", "{0}config:\n  aws:region: a\n  {1}  b: c\n"),
    "four spaces": ("config:\n    b: c\n    aws:region: a\n", "{0}config:\n    b: c\n    aws:region: a\n    {1}"),
    "no region": ("config:\n  b: c\n", "{0}config:\n  {1}  b: c\n"),
    "comments": (
        "# x\nconfig: # y\n  # z\n  aws:region: a # w\n",
        "# x\n{0}config: # y\n  # z\n  aws:region: a # w\n  {1}",
    ),
    "encryptedkey": ("encryptedkey: k\nconfig:\n  b: c\n", "encryptedkey: k\n{0}config:\n  {1}  b: c\n"),
    "windows": ("config:\r\n  aws:region: a\r\n", "{0}config:\r\n  aws:region: a\r\n  {1}"),
}


@pytest.mark.parametrize(("before", "after"), FORMS.values(), ids=FORMS)
def test_both_lines_go_where_they_belong(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_bytes(before.encode())
    end = "\r\n" if "\r\n" in before else "\n"
    path.chmod(0o640)
    (change,) = stack_file.changes(path, LINES)
    change.call()
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_bytes().decode() == after.format(*(line.replace("\n", end) for line in BOTH))
    assert yaml.safe_load(path.read_text())["config"]["shoestring:backend"] == BACKEND
    assert list(stack_file.changes(path, LINES)) == [], "and then nothing is missing"


@pytest.mark.parametrize("which", [0, 1], ids=["secretsprovider", "backend"])
def test_the_line_that_is_there_is_not_written_twice(tmp_path: Path, which: int) -> None:
    """A run may have been broken off by hand between the two, or one written by Pulumi."""
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text([f"{BOTH[0]}config:\n  b: c\n", f"config:\n  {BOTH[1]}  b: c\n"][which])
    (change,) = stack_file.changes(path, LINES)
    change.call()
    text = path.read_text()
    assert (text.count("secretsprovider"), text.count("shoestring:backend")) == (1, 1)


@pytest.mark.parametrize(
    "text", ["config: {b: c}\n", "---\n{config: {b: c}}\n", "config: &x\n  b: c\n"], ids=["flow", "one line", "anchor"]
)
def test_a_form_that_no_line_fits_in_is_left_to_its_owner(tmp_path: Path, text: str) -> None:
    """Both lines are shown, to be written by hand: never a file that says something else than before."""
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text)
    with pytest.raises(OperationError) as raised:
        list(stack_file.changes(path, LINES))
    assert PROVIDER in raised.value.fix
    assert BACKEND in raised.value.fix
    assert path.read_text() == text
