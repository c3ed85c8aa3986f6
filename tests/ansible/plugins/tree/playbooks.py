"""A role with templates of every kind, and real ansible-playbook runs of it on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PLUGINS = Path(__file__).parents[4] / "ansible/plugins"
CANARY = "c4n4ryVerySecret"
ME = {"owner": str(os.geteuid()), "group": str(os.getegid())}
TEMPLATES = {
    "etc/app/plain.conf.j2": "word = {{ word }}\n{% for n in [1, 2] %}\nline {{ n }}\n{% endfor %}\n \\d\n\n",
    "etc/app/included.conf.j2": ("{% import '_macros.j2' as m %}{{ m.loud(word) }}\n{% include '_part.j2' %}\nend\n"),
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


def write_site(where: Path, tasks: list[dict[str, Any]], handlers: list[dict[str, Any]] | None = None) -> None:
    for path, text in TEMPLATES.items():
        target = where / "roles/app/templates" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (where / "roles/app/templates/etc/app/binary").write_bytes(bytes(range(256)))
    # What editors and a Python that imports a template for a test leave is no file of the role's.
    for litter in ("etc/app/plain.conf.j2~", "etc/app/__pycache__/tool.cpython-311.pyc"):
        (where / "roles/app/templates" / litter).parent.mkdir(exist_ok=True)
        (where / "roles/app/templates" / litter).write_bytes(b"\xff")
    for part, content in (("tasks", tasks), ("handlers", handlers or [])):
        (where / "roles/app" / part).mkdir(exist_ok=True)
        (where / f"roles/app/{part}/main.yml").write_text(json.dumps(content))
    play = {"hosts": "all", "gather_facts": False, "roles": ["app"]}
    (where / "site.yml").write_text(json.dumps([play]))
