"""Production shows the change and asks, and nothing is contacted for it before that is answered with yes."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ops import consent, controller, deploy, playbook, reboot, rehearsal, rollback, serving, up
from ops.environment import Environment
from ops.errors import OperationError
from ops.secrets import ensure_vault
from ops.steps import Steps
from tests.ops.test_rehearsal import THREE
from tests.ops.toy import Toy


class Terminal(io.StringIO):
    """A person at a terminal, who has typed this."""

    def isatty(self) -> bool:
        return True


VERBS: dict[str, Callable[[Environment, bool], object]] = {
    "up": lambda environment, given: up.run(environment, Steps(), given=given),
    "deploy": lambda environment, given: deploy.run(environment, Steps, given=given),
    "rollback TO=1.0.0-abc": lambda environment, given: rollback.run(environment, "1.0.0-abc", Steps(), given=given),
    "reboot HOST=app2": lambda environment, given: reboot.run(environment, "app2", Steps(), given=given),
}


@pytest.fixture
def called(toy: Toy, root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Environment]:
    """Makes servers that one owns the environment of a name; they serve, and no playbook may run over them."""

    def make(name: str) -> Environment:
        shutil.copytree(toy.environment.directory, root / "stacks" / name)
        (root / "stacks" / name / "rehearsal.yml").unlink()
        settings = root / "stacks" / name / "group_vars"
        text = (settings / "all.yml").read_text()
        (settings / "all.yml").unlink()
        (settings / "all").mkdir()
        (settings / "all/main.yml").write_text(text)
        environment = Environment(name, root / "stacks" / name, root / ".shoestring" / name)
        plain = rehearsal.footprint(environment, THREE, {"names": ["10.77.0.11"], "certificate": "internal"})
        (environment.directory / "footprint.yml").write_text(yaml.safe_dump(plain))
        ensure_vault(environment)
        return environment

    monkeypatch.setattr(serving, "now", lambda _: "app1 serves 0.9.\napp2 serves 0.9.")
    monkeypatch.setattr(playbook, "run", lambda _, name, *__, **___: pytest.fail(f"{name}.yml"))
    return make


@pytest.mark.parametrize("verb", VERBS)
def test_where_nobody_can_answer_nothing_is_changed(
    called: Callable[[str], Environment], capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    with pytest.raises(OperationError) as caught:
        VERBS[verb](called("mine-prod"), False)
    assert caught.value.consequence == "Nothing was changed."
    assert caught.value.fix == f"make {verb} ENV=mine-prod YES=1"
    assert "app1 serves 0.9." in capsys.readouterr().out


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("name", "given"), [("mine-prod", True), ("mine-dev", False), ("aws-prod-rehearsed", False)])
def test_a_yes_that_was_given_and_what_is_no_production_are_not_asked(
    called: Callable[[str], Environment],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verb: str,
    name: str,
    given: bool,
) -> None:
    class BegunError(Exception):
        """It came to its playbook, or `up` to the first thing that it makes."""

    def run(*_: object, **__: object) -> None:
        raise BegunError

    monkeypatch.setattr(playbook, "run", run)
    monkeypatch.setattr(controller, "ensure", run)
    with pytest.raises(BegunError):
        VERBS[verb](called(name), given)
    assert "serves 0.9" not in capsys.readouterr().out


@pytest.mark.parametrize(("typed", "goes_on"), [("yes\n", True), ("y\n", False), ("\n", False), ("no\n", False)])
def test_only_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, typed: str, goes_on: bool) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    if goes_on:
        consent.ask("reboot mine-prod", "Nothing was changed.", "make it so")
    else:
        with pytest.raises(OperationError, match="The answer was not yes"):
            consent.ask("reboot mine-prod", "Nothing was changed.", "make it so")


def test_what_is_to_serve_is_named_by_its_parts(
    called: Callable[[str], Environment], capsys: pytest.CaptureFixture[str]
) -> None:
    environment = called("mine-prod")
    with pytest.raises(OperationError):
        deploy.run(environment, Steps)
    (shown,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Now all are to serve")]
    assert "1.2.3-" in shown
    assert not list(environment.state.glob("releases/*/release.json")), "a release that was not agreed to is on record"
