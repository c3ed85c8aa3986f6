"""The module as Ansible calls it: its verdict, its words, check mode, and the unit that died."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from ansible.module_utils.release_unit import last_words
from ansible.module_utils.testing import patch_module_args

MODULE = Path(__file__).parents[4] / "ansible/plugins/modules/canary.py"
CASES = [{"why": "one", "request": {"instances": [1]}, "delay": [2.0]}]


@pytest.fixture
def module():
    """The module's own file."""
    specification = importlib.util.spec_from_file_location("shoestring_canary", MODULE)
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def call(module, place, capsys, monkeypatch):
    """Runs main() and returns its JSON; place/bin is first on PATH."""
    (place / "canary.json").write_text(json.dumps(CASES))
    monkeypatch.setenv("PATH", f"{place}/bin:/usr/bin:/bin")

    def run(check_mode=False, **options):
        given = {"socket": str(place / "http.sock"), "canary": str(place / "canary.json"), **options}
        with patch_module_args({**given, "_ansible_check_mode": check_mode}), pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def systemd(place):
    """Puts a systemctl that tells the state of the unit, and a journalctl, before the real ones."""

    (place / "bin").mkdir()

    def state(active, sub):
        for name, text in (
            ("systemctl", f"ActiveState={active}\\nSubState={sub}\\nResult=exit-code"),
            ("journalctl", "Traceback\\nno such model"),
        ):
            (place / "bin" / name).write_text(f"#!/bin/sh\nprintf '{text}'\necho \"$0 $@\" >> {place}/asked\n")
            (place / "bin" / name).chmod(0o755)

    return state


@pytest.mark.usefixtures("release")
def test_a_good_release_passes_and_nothing_is_changed(call):
    done = call()
    assert not done["changed"]
    assert done["played"] >= 20
    assert done["p95_ms"] > 0
    assert "failed" not in done


def test_without_a_canary_set_only_readiness_counts(release, call):
    release.answer = None
    done = call(canary=None)
    assert (done["played"], done["p95_ms"], release.asked) == (0, 0, [])


def test_a_wrong_release_fails_in_words(release, call):
    release.answer = lambda _: {"predictions": [{"delay": 7.0}]}
    done = call()
    assert done["failed"]
    assert (
        "may not take traffic: case 1 (one): answer.predictions[0].delay: expected 2.0 within 0, got 7.0" in done["msg"]
    )


def test_a_slow_release_fails_with_both_figures(release, call):
    release.seconds = [0.0] * 3 + [0.05] * 30
    assert "too slow: 95th percentile of 20 plays" in call(latency_ms=20)["msg"]
    release.seconds = []
    assert "failed" not in call(latency_ms=5000)


def test_it_tells_how_long_it_took_and_not_only_until_ready(release, call):
    """`make bench` takes it for the work that is not Ansible's."""
    release.seconds = [0.01] * 30
    assert 0.2 <= call()["elapsed"] < 10


def test_check_mode_asks_nothing(release, call):
    done = call(check_mode=True, socket="/nowhere", canary="/nowhere")
    assert done["skipped"]
    assert not done["changed"]
    assert release.asked == []


@pytest.mark.parametrize(
    ("active", "sub"), [("failed", "failed"), ("inactive", "dead"), ("activating", "auto-restart")]
)
def test_a_dead_unit_fails_at_once_with_its_journal(place, call, systemd, active, sub):
    systemd(active, sub)
    done = call(unit="service@1.service", ready_timeout=60)
    assert "service@1.service died (exit-code) before it was ready" in done["msg"]
    assert "no such model" in done["msg"]
    assert "--unit service@1.service" in (place / "asked").read_text()


TRACEBACK = ["Traceback (most recent call last):", '  File "hello.py", line 1', "    import nothing"]
MISSING = "ModuleNotFoundError: No module named 'nothing'"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([*TRACEBACK, MISSING, "Started ML service"], MISSING),
        ([*TRACEBACK, "KeyError: 1", "", "During handling of ...:", "", f"ERROR:    {TRACEBACK[0]}", MISSING], MISSING),
        (
            ["INFO:  Started", "ERROR:  Error loading ASGI app.", "systemd: Scheduled restart"],
            "ERROR:  Error loading ASGI app.",
        ),
        (["INFO:  Started"], ""),
        ([], ""),
    ],
)
def test_what_a_dead_release_said_last_stands_first(lines, words):
    assert last_words(lines) == words


def test_a_living_unit_is_waited_for(call, systemd):
    systemd("active", "running")
    assert "not ready within 0.3 s" in call(unit="service@1.service", ready_timeout=0.3)["msg"]
