"""What users get wrong: each mistake is named with its fix, before any host is touched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.plugins.tree.playbooks import CANARY, KEYS, playbook, results, tree, write_site

# {host: (its variables, options of its task, what the message must say)}
ERRORS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "undefined": (
        {"word": "{{ nowhere }}"},
        {},
        r"d\.conf\.j2 \(for /etc/app/included\.conf\).*'nowhere' is undef",
    ),
    "secret undefined": (
        {"key": "{{ nowhere }}"},
        {},
        r"keys\.conf\.j2.*'nowhere' is undefined.*Set the variable",
    ),
    "secret filter": ({"key": f"{{{{ '{CANARY}' | from_json }}}}"}, {}, r"keys\.conf\.j2.*its text hidden"),
    "typo": (
        {},
        {"files": {"etc/plain.conf": {}}},
        r"'etc/plain\.conf' in `files` .* no .*etc/app/plain\.conf",
    ),
    "exclude": ({}, {"exclude": ["etc/plain.conf"]}, r"`exclude` matches no template"),
    "slash": ({}, {"absent": ["/etc/x"]}, r"'/etc/x' is not a plain path"),
    "dots": ({}, {"directories": {"etc/../x": {}}}, r"'etc/\.\./x' is not a plain path"),
    "both": ({}, {"absent": ["etc/app/plain.conf"]}, r"in `absent` and in.*Exclude"),
    "key": (
        {},
        {"files": {"etc/app/plain.conf": {"mod": "0600"}}},
        r"plain\.conf has .*Give it a dictionary of",
    ),
    "mode": ({}, {"files": {"etc/app/plain.conf": {"mode": 420}}}, r"mode 420.*quoted octal"),
    "staged": (
        {},
        {"files": {"etc/app/plain.conf": {"validate": "true"}}},
        r"not name the staged file.*Put %s",
    ),
    "secret": ({}, {"files": {"etc/app/plain.conf": {"secret": "yes"}}}, r"Write true or false"),
    "name": ({}, {"name": "../up"}, r"name '\.\./up' becomes a file's name"),
    "source": ({}, {"source": "nowhere"}, r"no template below .*nowhere.*set `source`"),
}


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[Path]]:
    """({host: message}, what is below root) of a play in which every host makes another mistake."""
    where = tmp_path_factory.mktemp("errors")
    root = where / "root"
    root.mkdir()
    hosts = {name: {"word": "w", "key": CANARY, **given} for name, (given, _, _) in ERRORS.items()}
    write_site(where, [{"name": "its own", "ansible.builtin.include_tasks": "{{ inventory_hostname }}.yml"}])
    for name, (_, options, _) in ERRORS.items():
        task = tree(root, name, **{"files": KEYS, **options})
        (where / f"roles/app/tasks/{name}.yml").write_text(json.dumps([task]))
    code, output = playbook(where, hosts)
    assert code == 2, output
    assert CANARY not in output
    told = results(output)
    return {name: told[name][name]["msg"] for name in ERRORS}, [*root.iterdir()]


@pytest.mark.parametrize("host", ERRORS)
def test_mistakes_are_named_with_their_fix_and_change_nothing(errors, host):
    messages, below = errors
    assert re.search(ERRORS[host][2], messages[host], re.DOTALL), messages[host]
    assert "nothing was changed. " in messages[host]
    assert below == []
