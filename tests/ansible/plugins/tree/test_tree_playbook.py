"""The whole of tree under a real ansible-playbook: few processes, many tasks each."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.ansible.plugins.tree.playbooks import CANARY, KEYS, playbook, results, tree, write_site


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """{task name: its result} of one long play."""
    where = tmp_path_factory.mktemp("life")
    root = where / "root"
    root.mkdir()
    look = {"ansible.builtin.command": f"find {root} -mindepth 1", "changed_when": False}
    word = {"vars": {"word": "second"}, "diff": True}
    tasks = [
        tree(root, "virgin", files=KEYS, task={"check_mode": True, "diff": True}),
        {"name": "untouched", **look},
        tree(root, "new", files=KEYS),
        {"name": "read", "ansible.builtin.command": f"grep -r '' {root}/etc --exclude=binary"},
        {"name": "bytes", "ansible.builtin.command": f"sha256sum {root}/etc/app/binary"},
        *(
            {
                "name": f"ansible's {name}",
                "ansible.builtin.template": {"src": f"etc/app/{name}.conf.j2", "dest": f"{where}/{name}"},
            }
            for name in ("plain", "included")
        ),
        *(
            {
                "name": f"same {name}",
                "ansible.builtin.command": f"cmp {where}/{name} {root}/etc/app/{name}.conf",
            }
            for name in ("plain", "included")
        ),
        tree(root, "interrupted", files=KEYS),
        tree(root, "settled", state="settled"),
        tree(root, "converged", files=KEYS, task={"diff": True}),
        tree(root, "converged in check mode", files=KEYS, task={"check_mode": True, "diff": True}),
        tree(root, "changed", files={**KEYS, "etc/app/binary": {"mode": "0600"}}, task=word),
        tree(root, "excluded", files=KEYS, exclude=["etc/app/optional.conf"], task=word),
    ]
    write_site(where, tasks)
    code, output = playbook(where, {"h": {"word": "first", "key": CANARY}})
    assert code == 0, output
    found = {name: hosts["h"] for name, hosts in results(output).items()}
    assert len(found) == len(tasks), "every step must have run"
    return found


def test_check_mode_first(life):
    assert len(life["virgin"]["changed_files"]) == 7
    assert life["untouched"]["stdout"] == "", "check mode on a virgin host writes nothing"


def test_rendered_as_ansibles_own_template_module_does(life):
    lines = {line.split("/etc/app/", 1)[1] for line in life["read"]["stdout_lines"]}
    assert {
        "plain.conf:word = first",
        "plain.conf:line 1",
        "plain.conf:line 2",
        "included.conf:FIRST!",
        "included.conf:part of firstend",
        "verbatim.conf:{{ not rendered }}",
        "managed.conf:# Ansible managed etc/app/managed.conf.j2 /etc/app/managed.conf",
        f"keys.conf:key = {CANARY}",
        "optional.conf:optional",
    } <= lines
    assert not any(line.startswith("_") for line in lines), "names that start with _ are for include and import"
    assert life["bytes"]["stdout"].startswith("40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880")


def test_changed_is_told_until_settled_and_then_no_more(life):
    told = [life[name]["changed"] for name in ("new", "interrupted", "settled", "converged")]
    assert told == [True, True, True, False]
    assert not life["converged in check mode"]["changed"]
    assert life["interrupted"]["resumed"]
    assert life["converged"]["diff"] == []


def test_only_what_differs_is_written(life):
    changed = life["changed"]
    assert changed["changed_files"] == ["etc/app/binary", "etc/app/included.conf", "etc/app/plain.conf"]
    headers = [part["before_header"] for part in changed["diff"]]
    assert headers == ["/etc/app/binary (owner and mode)", "/etc/app/included.conf", "/etc/app/plain.conf"]
    assert "word = first" in changed["diff"][2]["before"]
    assert "word = second" in changed["diff"][2]["after"]


def test_excluded_templates_are_removed(life):
    assert life["excluded"]["removed_files"] == ["etc/app/optional.conf"]


def test_arguments_are_not_in_the_result(life):
    assert not [name for name, result in life.items() if name in ("new", "changed") and "invocation" in result]


def test_secrets_stay_out_of_the_most_verbose_output_and_one_call_a_task_is_made(tmp_path):
    """-vvvv --diff, with a checker that prints the secret, and the handler that settles."""
    root = tmp_path / "root"
    (root / "etc/app").mkdir(parents=True)
    (root / "etc/app/keys.conf").write_text(f"key = old{CANARY}\n")
    leaky = {"etc/app/keys.conf": {"secret": True, "validate": "sh -c 'cat $0 >&2; exit 1' %s"}}
    tasks = [
        tree(root, "writes", files=KEYS, task={"notify": "settle"}),
        {"name": "flush", "ansible.builtin.meta": "flush_handlers"},
        tree(root, "again", files=KEYS),
        tree(root, "leaks", files=leaky, task={"vars": {"key": f"other{CANARY}"}}),
    ]
    write_site(tmp_path, tasks, [tree(root, "settle", state="settled")])
    host = {"h": {"word": "w", "key": CANARY}}
    code, output = playbook(tmp_path, host, "-vvvv", "--diff", callback="default")
    assert code == 2
    assert "exit 1" in output
    assert CANARY not in output
    assert "contents hidden: secret" in output
    parts = re.split(r"^(?:TASK|RUNNING HANDLER) \[app : (\w+)\].*$", output, flags=re.MULTILINE)[1:]
    calls = {name: text.count("> EXEC ") for name, text in zip(parts[::2], parts[1::2], strict=True)}
    assert calls == {"writes": 1, "flush": 0, "settle": 1, "again": 1, "leaks": 1}
    assert "changed: [h]" not in parts[parts.index("again") + 1]
    assert (root / "etc/app/keys.conf").read_text() == f"key = {CANARY}\n", "what was refused did not land"
