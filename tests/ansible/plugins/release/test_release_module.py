"""The module as Ansible calls it: each state tells how long it took, which `make bench` takes for work on the host."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path

import pytest
from ansible.module_utils import release_keep, release_record
from ansible.module_utils.testing import patch_module_args

MODULE = Path(__file__).parents[4] / "ansible/plugins/modules/release.py"
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
        path.write_text(json.dumps({**json.loads(path.read_text()), "about": {"name": "predictor"}}))
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
