"""Runs the checkers of configuration files and keeps secrets out of what they print."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable

from .tree_disk import TreeError

SECONDS = 120
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3  # shorter pieces ("a", "of", line numbers) tell nothing, and the message needs them


class MissingError(TreeError):
    """The checker is not installed on this host."""


def check(command: str, staged: str = "") -> tuple[int, str]:
    """(exit status, what it printed, stderr first), without a shell; `%s` is `staged`. MissingError."""
    argv = [part.replace("%s", staged) for part in shlex.split(command)]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{os.environ.get('PATH', '')}:{_PATH}"}
    program = shutil.which(argv[0], path=environment["PATH"])
    if program is None:
        raise MissingError(
            f"`{argv[0]}`, which checks the files, is not on this host: nothing was changed."
            " Install it in an earlier task."
        )
    argv[0] = program
    try:
        done = subprocess.run(
            argv, capture_output=True, stdin=subprocess.DEVNULL, env=environment, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {SECONDS} s"
    text = (done.stderr.strip() + b"\n" + done.stdout.strip()).decode("utf-8", "replace").strip()
    return done.returncode, text[-4000:]


def scrub(text: str, secrets: Iterable[bytes]) -> str:
    """Replace in `text` every word that occurs in a secret file, or that holds one of its words."""
    contents = [secret.decode("utf-8", "replace").lower() for secret in secrets if secret]
    words = {word for content in contents for word in _WORD.findall(content) if len(word) > _SHORTEST}

    def judge(match: re.Match[str]) -> str:
        piece = match.group().lower()
        if len(piece) < _SHORTEST:
            return match.group()
        told = any(piece in content for content in contents) or any(word in piece for word in words)
        return "[hidden]" if told else match.group()

    return _WORD.sub(judge, text) if contents else text
