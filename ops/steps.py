"""What a verb is doing, as a list of steps with their times: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from ops import processes

# Without a terminal a long step says that it is alive, and where it is, this often (seconds).
HEARTBEAT = 15.0

RUNNING, DONE, FAILED = "running", "done", "failed"


class Step:
    """One step. `progress` says what it is at; `note` is what stays beside it when it is done."""

    def __init__(self, title: str, steps: Steps) -> None:
        self.title, self.detail, self.state = title, "", RUNNING
        self._steps, self._start, self._end = steps, steps.clock(), 0.0
        self._spoke = self._start

    @property
    def elapsed(self) -> float:
        """Seconds since it began, or that it took."""
        return (self._steps.clock() if self.state == RUNNING else self._end) - self._start

    def progress(self, text: str) -> None:
        self.detail = text.strip()
        if self.detail and not self._steps.live and self._steps.clock() - self._spoke >= HEARTBEAT:
            self._spoke = self._steps.clock()
            self._steps.say(f"..  {self.title}  {_seconds(self.elapsed)}  {self.detail}")

    def alarm(self, text: str) -> None:
        """Says at once, on a terminal too, what will be an error when the step ends: that may be minutes away."""
        line = f"!!  {self.title}  {_seconds(self.elapsed)}  {text}"
        self._steps.console.print(Text(line), soft_wrap=True)

    def note(self, text: str) -> None:
        self.detail = text

    def end(self, state: str) -> None:
        self._end = self._steps.clock()
        self.state = state
        mark = "ok" if state == DONE else "!!"
        self._steps.say(f"{mark}  {self.title}  {_seconds(self.elapsed)}  {self.detail}".rstrip())


class Steps:
    """The list. Use as a context manager; `clock` is for tests."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.console = console or Console(highlight=False)
        self.clock = clock
        self.live = self.console.is_terminal
        self.started = clock()
        self._steps: list[Step] = []
        self._spinner = Spinner("dots")
        self._display: Live | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        if self._display is not None:
            self._display.stop()

    @property
    def elapsed(self) -> float:
        """Seconds since the verb began."""
        return self.clock() - self.started

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """A step that lasts as long as the block, and has failed if the block raises."""
        step = Step(title, self)
        with self._lock:
            self._steps.append(step)
            if self.live and self._display is None:
                # Not before the first step: sudo may have to ask for a password.
                self._display = Live(get_renderable=self._render, console=self.console, refresh_per_second=8)
                self._display.start()
        self.say(f"..  {title}")
        try:
            yield step
        except BaseException:
            step.end(FAILED)
            raise
        step.end(DONE)

    def together(self, jobs: Mapping[str, Callable[[Step], Any]]) -> dict[str, Any]:
        """Runs the jobs at once, each as a step, and returns what each returned, by title.

        If some fail, the others are let finish (what they made is cached); the first failure is raised, and
        the others are told.
        """

        def work(title: str, job: Callable[[Step], Any]) -> Any:
            with self.step(title) as step:
                return job(step)

        with ThreadPoolExecutor(max_workers=max(1, len(jobs))) as pool:
            futures = {title: pool.submit(work, title, job) for title, job in jobs.items()}
            try:
                for future in futures.values():
                    future.exception()
            except BaseException:
                # Leaving the block waits for the threads, and these wait for their children.
                processes.end_all()
                raise
        failures = [error for future in futures.values() if (error := future.exception())]
        for error in failures[1:]:
            self.console.print(Text(f"\nerror: {error}"), soft_wrap=True)
        if failures:
            raise failures[0]
        return {title: future.result() for title, future in futures.items()}

    def warn(self, text: str) -> None:
        """Prints what is well today and will not be later."""
        self.console.print(Text(f"warning: {text}", style="yellow"), soft_wrap=True)

    def say(self, line: str) -> None:
        """Prints a plain line; on a terminal the list itself says it."""
        if not self.live:
            self.console.print(Text(line), soft_wrap=True)

    def _render(self) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", style="dim")
        for step in list(self._steps):  # a copy: other threads append
            mark: Text | Spinner = self._spinner
            if step.state == DONE:
                mark = Text("✓", style="green")
            elif step.state == FAILED:
                mark = Text("✗", style="bold red")
            table.add_row(mark, Text(step.title), Text(_seconds(step.elapsed)), Text(step.detail))
        return table


def _seconds(value: float) -> str:
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60:02d} s"
