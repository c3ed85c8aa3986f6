"""The module as Ansible calls it: each state tells how long it took, which `make bench` takes for work on the host."""

from __future__ import annotations

import importlib.util
import json
import tempfile
import threading
import time
from pathlib import Path

import pytest
from ansible.module_utils import release_keep, release_record
from ansible.module_utils.testing import patch_module_args

from tests.ansible.plugins.canary.conftest import Release

MODULE = Path(__file__).parents[4] / "ansible/plugins/modules/release.py"
ABOUT = {
    "ready_path": "/readyz",
    "predict_path": "/v1/predictions",
    "schema": {"module": "predictor.schema", "check": True},
}
ALIVE = {"ActiveState": "active", "MainPID": "7", "Result": "success"}


@pytest.fixture
def call(place, bring, capsys, monkeypatch):
    """Runs main() on a host that has A and B and serves A, and returns its JSON."""
    specification = importlib.util.spec_from_file_location("shoestring_release", MODULE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(release_record, "Place", lambda: place)
    bring("A", "B")
    for name in ("A", "B"):
        path = place.releases / name / "release.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "about": ABOUT}))
    place.append({"action": "deploy", "release": "A"})
    place.point("A")

    def run(check_mode=False, **options):
        with patch_module_args({**options, "_ansible_check_mode": check_mode}), pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_a_switch_took_as_long_as_its_watch(call, place, systemd):
    systemd(ALIVE)
    done = call(state="switched", id="B", watch=0.3, settle="/usr/bin/true", record={"action": "deploy"})
    assert (done["switched"], place.current()) == (True, "B")
    assert 0.3 <= done["elapsed"] < 10


def test_a_look_and_a_check_tell_it_too(call, place, monkeypatch):
    present = place.present
    monkeypatch.setattr(place, "present", lambda: time.sleep(0.05) or present())
    for check_mode, state, changed in ((False, "found", False), (True, "switched", True)):
        done = call(check_mode, state=state, id="B")
        assert (done["changed"], done["staged"], place.current()) == (changed, True, "A")
        assert 0.05 <= done["elapsed"] < 10


def test_making_room_tells_it_too(call, monkeypatch):
    monkeypatch.setattr(release_keep, "room", lambda *_: time.sleep(0.05) or (None, ["old"]))
    done = call(state="room", id="C")
    assert done["removed"] == ["old"]
    assert 0.05 <= done["elapsed"] < 10


@pytest.fixture
def trial():
    """Where a release answers, and how the module is told to try it there."""
    with tempfile.TemporaryDirectory(prefix="tried.") as directory, Release(f"{directory}/http.sock") as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        limits = {"ready_timeout": 2, "latency_ms": 0, "alongside_good": [3]}
        yield {"socket": f"{directory}/http.sock", "alongside": ["/bin/true"], **limits}
        server.shutdown()


def test_what_is_gone_back_to_is_tried_as_its_own_manifest_says(call, place, systemd, trial):
    """Nothing of today's settings: neither the canary set nor whom to ask about the schema."""
    asked = systemd(ALIVE)
    place.append({"action": "deploy", "release": "B"})
    place.point("B")
    (place.releases / "A/canary.json").write_text(
        json.dumps([{"why": "", "request": {"instances": [1]}, "delay": [2.0]}])
    )
    told = place.root / "told"
    words = ["/bin/sh", "-c", f"echo %r %c %m > {told}"]
    done = call(state="tried", back=True, trial={**trial, "alongside": words})
    assert (done["target"], done["changed"], place.current()) == ("A", False, "B")
    assert done["played"] > 0
    assert told.read_text() == "A B predictor.schema\n"
    assert "systemctl start shoestring-service@A.service" in asked.read_text()


@pytest.mark.parametrize(("code", "check", "refused"), [(1, True, True), (3, True, False), (1, False, False)])
def test_a_schema_that_it_can_t_live_with_keeps_it_out(call, place, systemd, trial, code, check, refused):
    """3 is a database that nobody can ask; and a module that knows no --check is not asked."""
    systemd(ALIVE)
    manifest = place.releases / "A/release.json"
    about = {**ABOUT, "schema": {"module": "m", "check": check}}
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "about": about}))
    words = ["/bin/sh", "-c", f"echo it needs what is gone; exit {code}"]
    done = call(state="tried", back=True, id="A", trial={**trial, "alongside": words})
    assert done.get("failed", False) == refused
    assert (done.get("msg", "").endswith("may not take traffic: it needs what is gone")) == refused
    assert (done["target"], place.current()) == ("A", "A")


def test_a_check_tries_nothing(call, systemd, trial):
    asked = systemd(ALIVE)
    done = call(True, state="tried", back=True, id="B", trial=trial)
    assert (done["changed"], done["target"], asked.read_text()) == (False, "B", "")
