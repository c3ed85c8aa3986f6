"""`logs`: the journals of all hosts as one, over the pinned ssh that `status` asks with."""

from __future__ import annotations

import heapq
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

from infra import inventory
from ops import probe, processes, secrets
from ops.environment import Environment
from ops.look import journal
from ops.look.journal import Entry
from ops.look.log_question import Question, refused
from ops.look.printable import printable

BAD_SINCE = "Failed to parse timestamp"
NO_SUCH_UNIT = "Failed to add filter for units: No data available"  # of a glob; of a name it just has no entries

Queue = SimpleQueue[Entry | None]  # None: that host has no more to say


@dataclass
class Asked:
    """Who is asked what, and what came of it: `lost` could not be asked, or went away; `refused`: what journalctl
    said of SINCE. Nothing counts any more once it is `over`.
    """

    commands: dict[str, list[str]]
    follow: bool
    lost: list[str] = field(default_factory=list)
    refused: str = ""
    over: bool = False

    @property
    def others(self) -> str:
        return ", ".join(name for name in self.commands if name not in self.lost)

    def lose(self, host: str, why: str) -> None:
        self.lost.append(host)
        if not self.follow:
            sys.stderr.write(f"{host} could not be asked: {why}\n")
        else:
            rest = f"still following {self.others}" if self.others else "no other is left to follow"
            sys.stderr.write(f"{host} is lost, {rest}: {why}\n")

    def end(self) -> None:
        self.over = True
        processes.end_all()


def run(environment: Environment, question: Question, as_json: bool) -> bool:
    """Prints the entries; True if every host could be asked. Following ends with Ctrl-C, or with the last host.

    Raises OperationError for what can't be asked, and SettingsError, before any host is contacted.
    """
    since, units, follow = question.time(), question.sought(), question.follow
    names = question.asked(inventory.read(environment.footprint))
    asked = Asked(_commands(environment, names, journal.command(units, since, follow)), follow)
    sought = units if journal.filtered_here(units, follow) else ()
    width, count = max(map(len, names)), 0
    try:
        for entry in _entries(asked):
            if sought and not journal.wanted(entry, sought):
                continue
            count += 1
            sys.stdout.write((entry.json() if as_json else entry.text(width)) + "\n")
            if follow:
                sys.stdout.flush()
        sys.stdout.flush()
    except KeyboardInterrupt:
        if not follow:
            raise
        asked.end()
    except BrokenPipeError:  # whoever reads has enough
        asked.end()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if asked.refused:
        raise refused(f"journalctl refuses SINCE={since!r}: {asked.refused}", happened="Nothing was shown.")
    if not count and asked.others and not asked.over:
        sys.stderr.write(f"No entries of {', '.join(units) or 'any unit'} since {since} on {asked.others}.\n")
    return not asked.lost


def _commands(environment: Environment, names: list[str], words: str) -> dict[str, list[str]]:
    if not (environment.state / "api-key").is_file():  # as in `status`: this may be another controller's first verb
        secrets.unpack(environment)
    read = inventory.read(environment.footprint)
    inventory.pin(read)
    return {name: probe.command(read.common, read.hosts[name], words) for name in names}


def _entries(asked: Asked) -> Iterator[Entry]:
    """Those of all hosts: by time, or as they come."""
    one: Queue = SimpleQueue()
    queues: list[Queue] = [one if asked.follow else SimpleQueue() for _ in asked.commands]
    for name, queue in zip(asked.commands, queues, strict=True):
        threading.Thread(target=_ask, args=(asked, name, queue), daemon=True).start()
    if asked.follow:
        return _until_end(one, len(queues))
    return heapq.merge(*(_until_end(queue, 1) for queue in queues), key=lambda entry: entry.time)


def _until_end(queue: Queue, ends: int) -> Iterator[Entry]:
    while ends:
        entry = queue.get()
        if entry is None:
            ends -= 1
        else:
            yield entry


def _ask(asked: Asked, host: str, queue: Queue) -> None:
    def hear(line: str) -> None:
        entry = journal.read(host, line)
        if entry is not None:
            queue.put(entry)

    try:
        done = processes.run(asked.commands[host], on_output=hear, kept=False)
    except KeyboardInterrupt:
        return
    said = [printable(line) for line in done.stderr.splitlines() if line.strip()] or [f"ssh ended with {done.code}"]
    if asked.over:
        pass
    elif any(line.startswith(BAD_SINCE) for line in said):
        asked.refused = said[-1]
    elif asked.follow or (done.code != 0 and NO_SUCH_UNIT not in said):
        asked.lose(host, said[-1])
    queue.put(None)
