"""The module as Ansible calls it: what it logs on the host, and what it says without its action plugin."""

from __future__ import annotations

import base64
import importlib.util
import json
import zlib
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

PLUGINS = Path(__file__).parents[4] / "ansible/plugins"


@pytest.fixture
def module():
    specification = importlib.util.spec_from_file_location("shoestring_tree", PLUGINS / "modules/tree.py")
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded


def test_the_hosts_journal_and_the_result_do_not_hold_the_payload(module, root, capsys, monkeypatch):
    root.mkdir()
    logged = []
    monkeypatch.setattr(AnsibleModule, "log", lambda _, message, **more: logged.append((message, more)))
    spec = {"name": "t", "root": str(root), "owner": "root", "group": "root", "state": "present"}
    spec |= {"validate_after": "", "files": [], "directories": [], "absent": []}
    payload = base64.b64encode(zlib.compress(json.dumps(spec).encode())).decode()
    with patch_module_args({"name": "t", "payload": payload}), pytest.raises(SystemExit):
        module.main()
    out = capsys.readouterr().out
    assert json.loads(out)["changed"] is False
    assert logged, "Ansible's own log of the call was looked at"
    assert payload not in f"{logged}{out}"


def test_without_its_action_plugin_it_refuses(module, capsys):
    with patch_module_args({"name": "t"}), pytest.raises(SystemExit):
        module.main()
    assert "called without its action plugin: nothing was changed" in capsys.readouterr().out


def test_options_are_documented_as_they_are_taken(module):
    """ansible-doc reads the text, users meet the action plugin: both say the same."""
    specification = importlib.util.spec_from_file_location("shoestring_action", PLUGINS / "action/tree.py")
    action = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(action)
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    assert set(documented) - {"payload"} == set(action.OPTIONS)
    for name, option in action.OPTIONS.items():
        for key in ("type", "default", "choices", "required"):
            assert documented[name].get(key) == option.get(key), (name, key)
