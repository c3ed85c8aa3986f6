"""Every role has one shape: who knows one knows all. A variable's value and its meaning each stand in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
ROLES = sorted(path.parent.parent for path in (ROOT / "ansible/roles").glob("*/tasks/main.yml"))
FILES = ("defaults/main.yml", "meta/argument_specs.yml", "handlers/main.yml")
TASKS = ("main", "install", "configure", "verify")


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _options(role: Path) -> dict[str, Any]:
    options: dict[str, Any] = _load(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return options


def test_the_roles_of_the_site_are_here() -> None:
    site = [role["role"] for play in _load(ROOT / "ansible/site.yml") for role in play.get("roles", [])]
    assert sorted(site) == [role.name for role in ROLES], "a role that the site does not use, or the other way round"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_has_the_files_that_every_role_has(role: Path) -> None:
    wanted = [*FILES, *(f"tasks/{name}.yml" for name in TASKS)]
    assert [name for name in wanted if not (role / name).is_file()] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_preflight_comes_first_and_asks_the_host(role: Path) -> None:
    """What the controller can know by itself is refused by infra/checks, before any host is contacted."""
    tasks = _load(role / "tasks/main.yml")
    assert (role / "tasks/preflight.yml").is_file() == (tasks[0]["name"] == "Preflight")


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_variable_is_valued_in_defaults_and_described_in_the_spec(role: Path) -> None:
    options = _options(role)
    required = {name for name, option in options.items() if option.get("required")}
    assert set(options) - required == set(_load(role / "defaults/main.yml"))
    assert [name for name, option in options.items() if "default" in option] == [], "the value stands in defaults"
    assert [name for name, option in options.items() if not str(option["description"]).strip().endswith(".")] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_keeps_to_its_own_names(role: Path) -> None:
    own = [name for name in _load(role / "defaults/main.yml") if not name.startswith(f"{role.name}_")]
    assert own == [], "two roles would fight over the name"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_rooms_are_small(role: Path) -> None:
    long = {str(path.name): len(path.read_text().splitlines()) for path in role.glob("tasks/**/*.yml")}
    assert {name: lines for name, lines in long.items() if lines > 75} == {}
    assert len((role / "defaults/main.yml").read_text().splitlines()) <= 90


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_last_handler_settles_the_tree(role: Path) -> None:
    """Until then a run that was killed owes its handlers, and the next one runs them."""
    last = _load(role / "handlers/main.yml")[-1]
    assert last["tree"]["state"] == "settled"


def test_no_file_of_ours_is_edited_by_line() -> None:
    texts = {path: path.read_text() for path in (ROOT / "ansible").rglob("*.yml")}
    assert len(texts) > 40
    assert [str(path) for path, text in texts.items() if "lineinfile" in text or "blockinfile" in text] == []
