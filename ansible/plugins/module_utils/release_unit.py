"""A release's systemd unit: is it alive, and what did it say?"""

from __future__ import annotations

import subprocess

SHOWN = 20  # journal lines


def run(*command: str, seconds: float = 120) -> str:
    """What a command prints; its exit code is left alone. Raises TimeoutExpired."""
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False).stdout


class Command:
    """One that runs while something else is done; it ends with the module if nobody waits for it."""

    def __init__(self, words: list[str]) -> None:
        self._child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def refusal(self, good: list[int], seconds: float = 60) -> str:
        """What it printed if it ended with neither 0 nor one of `good`, else ''. Waits for its end."""
        try:
            said, _ = self._child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
            return f"{self._child.args} had not ended after {seconds:g} s"
        fine = self._child.returncode in (0, *good)
        return "" if fine else said.strip() or f"{self._child.args} ended with {self._child.returncode}"


def start(unit: str) -> str:
    """Starts it if it does not run; what systemd says against that, else ''."""
    # One that was refused before has used up what systemd lets it try in a row.
    run("systemctl", "reset-failed", unit)
    done = subprocess.run(["systemctl", "start", unit], capture_output=True, text=True, timeout=120, check=False)
    return done.stderr.strip() if done.returncode else ""


def state(unit: str) -> dict[str, str]:
    """systemd's properties of it."""
    text = run("systemctl", "show", "--property=ActiveState,SubState,Result,NRestarts,MainPID", unit)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def death(unit: str) -> str:
    """Why the unit will not get ready, '' while it may."""
    now = state(unit)
    dead = now.get("ActiveState") in ("failed", "inactive") or now.get("SubState") == "auto-restart"
    return f"{unit} died ({now.get('Result')}) before it was ready" if dead else ""


def end(unit: str, before: dict[str, str]) -> str:
    """Why the process that was `before` does not run any more, '' while it does."""
    now = state(unit)
    if now.get("ActiveState") == "active" and now.get("MainPID") == before.get("MainPID"):
        return ""
    return f"{unit} died ({now.get('Result')}) after it had taken traffic"


def words(unit: str) -> str:
    """What its log says of its end, for the end of a message."""
    lines = journal(unit)
    why = f" It said: {said}" if (said := last_words(lines)) else ""
    return why + "\n".join(["", "Its last journal lines:", *lines[-SHOWN:]])


def journal(unit: str) -> list[str]:
    """The last lines that the unit logged, enough for a long traceback."""
    return run("journalctl", "--no-pager", "--output=cat", "--lines=200", "--unit", unit).strip().splitlines()


def last_words(lines: list[str]) -> str:
    """What ended a Python process, by its log: its last traceback's last line, else its last error, else ''."""
    said, inside = "", False
    for line in lines:
        if "Traceback (most recent call last)" in line:
            inside = True
        elif inside and line and not line[0].isspace():
            said, inside = line, False
    return said or next((line for line in reversed(lines) if line.startswith(("ERROR", "CRITICAL"))), "")
