"""The whole of tree under a real ansible-playbook on this machine: three processes, many tasks each."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLUGINS = Path(__file__).parents[4] / "ansible/plugins"
CANARY = "c4n4ryVerySecret"
ME = {"owner": str(os.geteuid()), "group": str(os.getegid())}
TEMPLATES = {
    "etc/app/plain.conf.j2": "word = {{ word }}\n{% for n in [1, 2] %}\nline {{ n }}\n{% endfor %}\n \\d\n\n",
    "etc/app/included.conf.j2": (
        "{% import '_macros.j2' as m %}{{ m.loud(word) }}\n{% include '_part.j2' %}\nend\n"
    ),
    "_part.j2": "part of {{ word }}\n",
    "etc/app/managed.conf.j2": "# {{ ansible_managed }} {{ template_path }} {{ template_destpath }}\n",
    "etc/app/verbatim.conf": "{{ not rendered }}\n",
    "etc/app/optional.conf": "optional\n",
    "etc/app/keys.conf.j2": "key = {{ key }}\n",
    "_macros.j2": "{% macro loud(text) %}{{ text | upper }}!{% endmacro %}",
}
KEYS = {"etc/app/keys.conf": {"mode": "0600", "secret": True}}


def playbook(
    where: Path, hosts: dict[str, dict[str, Any]], *arguments: str, callback: str = "ansible.posix.json"
) -> tuple[int, str]:
    """(exit code, output) of where/site.yml with nothing taken from this machine's own settings."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = {"all": {"hosts": {name: {**local, **given} for name, given in hosts.items()}}}
    (where / "hosts.json").write_text(json.dumps(inventory))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_CONFIG": str(where / "ansible.cfg"),
        "ANSIBLE_HOME": str(where / "home"),
        "ANSIBLE_ACTION_PLUGINS": str(PLUGINS / "action"),
        "ANSIBLE_LIBRARY": str(PLUGINS / "modules"),
        "ANSIBLE_MODULE_UTILS": str(PLUGINS / "module_utils"),
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_FORKS": "4",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_STDOUT_CALLBACK": callback,
    }
    (where / "ansible.cfg").write_text("")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.json", "site.yml", *arguments],
        cwd=where, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def results(output: str) -> dict[str, dict[str, dict[str, Any]]]:
    """{task name: {host: result}} of a playbook run with the JSON callback."""
    (play,) = json.loads(output[output.index("{\n") :])["plays"]
    return {task["task"]["name"].removeprefix("app : "): task["hosts"] for task in play["tasks"]}


def tree(root: Path, label: str, *, task: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """A task. Its label is what results are looked up by."""
    return {"name": label, "tree": {"name": "app", "root": str(root), **ME, **options}, **(task or {})}


def write_site(
    where: Path, tasks: list[dict[str, Any]], handlers: list[dict[str, Any]] | None = None
) -> None:
    for path, text in TEMPLATES.items():
        target = where / "roles/app/templates" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (where / "roles/app/templates/etc/app/binary").write_bytes(bytes(range(256)))
    for part, content in (("tasks", tasks), ("handlers", handlers or [])):
        (where / "roles/app" / part).mkdir(exist_ok=True)
        (where / f"roles/app/{part}/main.yml").write_text(json.dumps(content))
    play = {"hosts": "all", "gather_facts": False, "roles": ["app"]}
    (where / "site.yml").write_text(json.dumps([play]))


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
    assert not any(line.startswith("_") for line in lines), (
        "names that start with _ are for include and import"
    )
    assert life["bytes"]["stdout"].startswith(
        "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880"
    )


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
    assert not [
        name for name, result in life.items() if name in ("new", "changed") and "invocation" in result
    ]


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
