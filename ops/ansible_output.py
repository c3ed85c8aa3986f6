"""Reads what ansible-playbook prints: the current task, why a host failed, and the recap."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from ops import ansible_reasons

# The form that this module reads; a user's own ansible.cfg or environment must not change it.
ENVIRONMENT = {
    "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
    "ANSIBLE_CALLBACK_FORMAT_PRETTY": "false",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    "ANSIBLE_DISPLAY_FAILED_STDERR": "false",
    "ANSIBLE_FORCE_COLOR": "false",
    "ANSIBLE_NOCOLOR": "true",
    "PYTHONUNBUFFERED": "1",
}

_TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(?P<name>.*)\] \**$")
_HANDLER = "RUNNING HANDLER "
_PLAY = re.compile(r"^PLAY \[(?P<name>.*)\] \**$")
_FAILED = re.compile(
    r"^(?:fatal|failed): \[(?P<host>[^\]\s]+)(?: -> (?P<at>[^\]]+))?\](?:: (?P<kind>FAILED|UNREACHABLE)!)?"
    r"(?: \(item=(?P<item>.*?)\))? => (?P<result>\{.*\})$"
)
_SAID = re.compile(r"^ok: \[[^\]]+\] => (?P<result>\{.*\})$")
_CHANGED = re.compile(r"^changed: \[(?P<host>[^\]\s]+)(?: -> [^\]]+)?\](?: => \(item=(?P<item>.*?)\))?")
_DIFF = ("--- ", "+++ ", "@@ ", "+", "-", " ", "\\ ")
_RECAP = re.compile(r"^(?P<host>\S+)\s+: (?P<counts>(?:\w+=\d+\s*)+)$")
_NOT_RUN = ("Task failed: ", "The module interpreter ")
_TAIL = 15  # lines of a failed command's output, or of Ansible's own, that are worth showing


@dataclass(frozen=True)
class Failure:
    """A task that failed on a host; `text` is what the module said, or why none could run there (`not_run`)."""

    host: str
    task: str
    text: str
    not_run: bool = False

    def __str__(self) -> str:
        body = "\n".join(f"    {line}" for line in self.text.splitlines())
        return f"{self.host}: {self.task}\n{body}"


@dataclass(frozen=True)
class Change:
    """A task that changed something on a host, or in check mode would; `diff` is what it showed of that."""

    host: str
    task: str
    item: str
    diff: str


@dataclass
class Output:
    """Fed line by line. `changes` are in the order of the run, without those of handlers, which follow from them.
    `recap` is host -> {ok, changed, unreachable, failed, ...} once the run is over; `said` is what the playbook had to
    say (debug's `msg`).
    """

    task: str = ""
    failures: list[Failure] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    recap: dict[str, dict[str, int]] = field(default_factory=dict)
    _errors: list[str] = field(default_factory=list)
    _diff: list[str] = field(default_factory=list)
    _recapping: bool = False
    _handling: bool = False

    def feed(self, line: str) -> None:
        if found := _PLAY.match(line) or _TASK.match(line):
            self.task, self._diff, self._handling = found["name"], [], line.startswith(_HANDLER)
        elif found := _CHANGED.match(line):
            change = Change(found["host"], self.task, found["item"] or "", "\n".join(self._diff).strip("\n"))
            self.changes += [] if self._handling else [change]
            self._diff = []
        elif line.startswith("--- ") or (self._diff and (not line or line.startswith(_DIFF))):
            self._diff.append(line)  # shown before the line that says whose it is
        elif line.startswith("PLAY RECAP"):
            self._recapping = True
        elif found := _FAILED.match(line):
            self._fail(found)
        elif found := _SAID.match(line):
            self._say(found["result"])
        elif self._recapping and (found := _RECAP.match(line)):
            counts = (count.split("=") for count in found["counts"].split())
            self.recap[found["host"]] = {name: int(number) for name, number in counts}
        elif not self._recapping and line.strip():
            self._errors.append(line)

    @property
    def changed(self) -> int:
        """Changes over all hosts."""
        return sum(counts.get("changed", 0) for counts in self.recap.values())

    def reason(self) -> str:
        """Why it failed: the last failure of each host, or the last lines if no task failed."""
        if self.failures:
            last = {each.host: each for each in self.failures}
            return "\n".join(map(self._told, last.values()))
        return "\n".join(self._errors[-_TAIL:])

    def _told(self, failure: Failure) -> str:
        untouched = failure.not_run and not self.recap.get(failure.host, {}).get("changed")
        return f"{failure}\n    Nothing was changed on it." if untouched else str(failure)

    def _say(self, text: str) -> None:
        with contextlib.suppress(ValueError):
            self.said.append(str(json.loads(text).get("msg", "")))

    def _fail(self, found: re.Match[str]) -> None:
        try:
            result = json.loads(found["result"])
        except json.JSONDecodeError:
            result = {"msg": found["result"]}
        item = f"{found['item']}: " if found["item"] else ""
        text = _text(result)
        # Then Ansible speaks of its own workings; a module's words are left as they are.
        not_run = found["kind"] == "UNREACHABLE" or "failed_modules" in result or text.startswith(_NOT_RUN)
        told = ansible_reasons.explain(text) if not_run else None
        where = f"On {found['at']}: " if found["at"] else ""  # a task that another host does in its name
        self.failures.append(Failure(found["host"], self.task, item + where + (told or text), told is not None))


def _text(result: dict[str, Any]) -> str:
    """The message and the command's output. Never the arguments: a secret may be among them."""
    if "censored" in result:
        return f"{result['censored']}. Its journal on the host may say more."
    message = str(result.get("msg") or "it failed without a message").strip()
    for module in (result.get("failed_modules") or {}).values():
        message = str(module.get("msg") or message).strip()
    parts = [message]
    for name in ("stderr", "stdout", "module_stderr", "module_stdout"):
        text = str(result.get(name) or "").strip()
        if text and text not in message:
            parts.append("\n".join(text.splitlines()[-_TAIL:]))
    return "\n".join(parts)
