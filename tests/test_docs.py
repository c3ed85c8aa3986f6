"""What the README says is so: its verbs, files and settings are checked against the tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.footprint import Footprint

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(README.splitlines()) < 120


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "help"])
def test_every_verb_is_in_the_readme(target: str) -> None:
    assert f"`make {target}`" in README or f"make {target} " in README


def test_the_readme_names_no_verb_that_is_not_there() -> None:
    named = set(re.findall(r"`make ([a-z-]+)", README)) | set(re.findall(r"^    make ([a-z-]+)", README, re.MULTILINE))
    assert len(named) > 6
    assert named <= set(TARGETS)


def test_help_is_the_default_and_every_verb_has_a_line() -> None:
    assert ".DEFAULT_GOAL := help" in MAKEFILE
    phony = re.search(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(TARGETS)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_settings_and_verbs_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text()
    options = {
        name
        for role in (ROOT / "ansible/roles").glob("*/meta/argument_specs.yml")
        for name in yaml.safe_load(role.read_text())["argument_specs"]["main"]["options"]
    }
    assert set(re.findall(r"\b(?:service|proxy|nginx)_[a-z_]+", text)) <= options
    assert set(re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE)) <= set(TARGETS)
    linked = set(re.findall(r"\]\(([\w./-]+)\)", text))
    assert [path for path in linked if not (page.parent / path).exists()] == []


def test_every_path_in_the_readme_exists() -> None:
    paths = set(re.findall(r"\b((?:stacks|infra|ansible|tests|ops|service|rehearsal|docs)/[\w./-]*\w)", README))
    paths -= {"stacks/local/footprint.yml"}  # made by `make up`
    assert len(paths) >= 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_footprint_in_the_readme_is_one(tmp_path: Path) -> None:
    """Pasted and filled in, it is taken as it is."""
    text = next(block for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if "hosts:" in block)
    key = Ed25519PrivateKey.generate().public_key()
    public = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    filled = text.replace("ssh-ed25519 AAAA...", public).replace("192.0.2.", "10.5.6.")
    directory = tmp_path / yaml.safe_load(text)["environment"]
    directory.mkdir()
    (directory / "footprint.yml").write_text(filled.replace("predict.example.com", "predict.acme.dev"))
    footprint = Footprint.load(directory / "footprint.yml")
    assert len(footprint.hosts) == 1
    assert len(text.splitlines()) <= 10
