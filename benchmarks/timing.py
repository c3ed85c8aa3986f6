"""Whole processes, timed from outside: several runs in turn, so that a drift of the machine meets all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ops.environment import ROOT

RUNS = 3


def seconds(argv: Sequence[str]) -> tuple[float, str]:
    """Wall time in seconds and the output of one run. Raises RuntimeError if it fails."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    begin = time.monotonic()
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    taken = time.monotonic() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return taken, done.stdout


def in_turn(commands: dict[str, Sequence[str]], runs: int = RUNS) -> dict[str, tuple[float, str]]:
    """Name -> (median wall seconds of `runs`, last output); the commands take turns."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    output: dict[str, str] = {}
    for _ in range(runs):
        for name, argv in commands.items():
            one, output[name] = seconds(argv)
            taken[name].append(one)
    return {name: (statistics.median(taken[name]), output[name]) for name in commands}
