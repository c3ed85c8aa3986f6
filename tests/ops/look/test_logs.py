"""The hosts' journals as one. An ssh of the test's own runs what the hosts would; its journalctl has recordings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from ops.environment import ROOT, Environment
from ops.errors import OperationError
from ops.look.log_question import Question
from ops.look.logs import Asked, _ask, run
from ops.rehearsal import write_footprint
from tests.ops.test_cli import RUN, shoestring
from tests.ops.test_rehearsal import THREE

RELEASE = "shoestring-service@1.2.3-abc.service"
SSH = """#!/bin/sh
for word; do case $word in HostKeyAlias=*) export HOST_NAME=${word#*=};; esac; command=$word; done
echo $$ > "$RECORDED/$HOST_NAME.pid"
if [ -e "$RECORDED/$HOST_NAME.down" ]; then echo "ssh: connect to host $HOST_NAME: Connection refused" >&2; exit 255; fi
exec sh -c "$command"
"""
SUDO = '#!/bin/sh\n[ "$1" = -n ] || exit 9\nshift\nexec "$@"\n'
JOURNALCTL = """#!/bin/sh
printf '%s\\n' "$@" > "$RECORDED/$HOST_NAME.words"
if [ -e "$RECORDED/$HOST_NAME.refuses" ]; then cat "$RECORDED/$HOST_NAME.refuses" >&2; exit 1; fi
case " $* " in *" --follow "*) exec tail -n +1 -F "$RECORDED/$HOST_NAME" ;; esac
cat "$RECORDED/$HOST_NAME"
"""


@pytest.fixture
def recorded(one: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the hosts of the environment `one` have: files of the host's name, and .down and .refuses where told."""
    write_footprint(one, THREE)
    (one.make_state() / "api-key").write_text("the-key")
    for name, text in {"ssh": SSH, "sudo": SUDO, "journalctl": JOURNALCTL}.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    directory = tmp_path / "recorded"
    directory.mkdir()
    for name in ("app1", "app2", "data1"):
        (directory / name).touch()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("RECORDED", str(directory))
    for name in ("HOST", "UNIT", "SINCE", "FOLLOW"):
        monkeypatch.delenv(name, raising=False)
    return directory


def line(second: float, message: object, unit: str = RELEASE) -> str:
    time = str(1764151200000000 + int(second * 1e6))
    return json.dumps({"__REALTIME_TIMESTAMP": time, "_SYSTEMD_UNIT": unit, "PRIORITY": "4", "MESSAGE": message}) + "\n"


def logs(root: Path, **asked: str) -> subprocess.CompletedProcess[str]:
    return shoestring(root, "logs", ENV="one", **asked)


def contacted(recorded: Path) -> list[str]:
    return sorted(path.stem for path in recorded.glob("*.pid"))


def test_the_service_on_its_hosts_by_time(root: Path, recorded: Path) -> None:
    (recorded / "app1").write_text(line(0, "first") + line(2.5, "third") + "-- Boot --\n")
    (recorded / "app2").write_text(line(1, "second") + line(3, list(b"\x1b[2J")))
    done = logs(root)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "app1  2025-11-26T10:00:00.000Z  shoestring-service@1.2.3-abc: first",
        "app2  2025-11-26T10:00:01.000Z  shoestring-service@1.2.3-abc: second",
        "app1  2025-11-26T10:00:02.500Z  shoestring-service@1.2.3-abc: third",
        r"app2  2025-11-26T10:00:03.000Z  shoestring-service@1.2.3-abc: \x1b[2J",
    ]
    words = (recorded / "app1.words").read_text().splitlines()
    assert {"--since=1 hour ago", "--unit=shoestring-service@*"} <= set(words)
    assert contacted(recorded) == ["app1", "app2"], "data1 is not of the group `service`"


def test_for_programs_a_line_is_an_object(root: Path, recorded: Path) -> None:
    (recorded / "data1").write_text(line(0, "a\nb", "postgresql@17-main.service"))
    done = logs(root, FORMAT="json", UNIT="postgresql", SINCE="2026-11-26 10:00")
    assert [json.loads(each) for each in done.stdout.splitlines()] == [
        {
            "at": "2025-11-26T10:00:00.000Z",
            "host": "data1",
            "unit": "postgresql@17-main.service",
            "priority": 4,
            "message": "a\nb",
        }
    ]
    words = (recorded / "app1.words").read_text().splitlines()
    assert {"--since=2026-11-26 10:00", "--unit=postgresql", "--unit=postgresql@*"} <= set(words)
    assert contacted(recorded) == ["app1", "app2", "data1"], "whoever has the unit"


def test_one_host_and_its_whole_journal(root: Path, recorded: Path) -> None:
    (recorded / "data1").write_text(line(0, "x", "ssh.service"))
    done = logs(root, HOST="data1", UNIT="all", SINCE="-2h")
    assert done.stdout == "data1  2025-11-26T10:00:00.000Z  ssh: x\n"
    words = (recorded / "data1.words").read_text()
    assert "--since=-2h\n" in words
    assert "--unit" not in words
    assert contacted(recorded) == ["data1"]


def test_a_host_that_could_not_be_asked_is_named_and_fails_the_verb(root: Path, recorded: Path) -> None:
    (recorded / "app1").write_text(line(0, "here"))
    (recorded / "app2.down").touch()
    done = logs(root)
    assert done.returncode == 1
    assert "here" in done.stdout, "what the others have is shown"
    assert done.stderr == "app2 could not be asked: ssh: connect to host app2: Connection refused\n"


def test_a_host_without_the_unit_has_nothing_to_say(root: Path, recorded: Path) -> None:
    for name in ("app1", "app2"):
        (recorded / f"{name}.refuses").write_text("Failed to add filter for units: No data available\n")
    done = logs(root)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No entries of shoestring-service@* since 1 hour ago on app1, app2.\n"


def test_journalctl_says_what_is_wrong_with_a_time(root: Path, recorded: Path) -> None:
    for name in ("app1", "app2"):
        (recorded / f"{name}.refuses").write_text("Failed to parse timestamp: noonish\n")
    done = logs(root, SINCE="noonish")
    assert done.returncode == 1
    assert done.stderr.startswith("\nerror: journalctl refuses SINCE='noonish': Failed to parse timestamp: noonish.")
    assert "  fix: Say SINCE=-2h" in done.stderr


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (Question(hosts="app3"), ("no host 'app3'", "app1, app2, data1")),
        (Question(hosts="app1,-oProxyCommand=x"), ("no host '-oProxyCommand=x'",)),
        (Question(hosts="data1"), ("data1 does not run the service", "make logs HOST=data1 UNIT=all")),
        (Question(units="nginx; reboot"), ("can't name a unit",)),
        (Question(units="$(reboot)"), ("can't name a unit",)),
        (Question(units="nginx\nssh"), ("can't name a unit", r"nginx\nssh")),
        (Question(units="a" * 256), ("can't name a unit",)),
        (Question(since="--vacuum-size=1"), ("is no time", "SINCE=-2h")),
        (Question(since="-f"), ("is no time",)),
        (Question(since="today\x1b[2J"), ("is no time", r"\x1b")),
        (Question(since="today\n"), ("is no time",)),
    ],
    ids=str,
)
def test_what_can_be_no_question_asks_nobody(
    one: Environment, recorded: Path, question: Question, told: tuple[str, ...]
) -> None:
    with pytest.raises(OperationError) as error:
        run(one, question, as_json=False)
    said = str(error.value)
    assert all(part in said for part in (*told, "No host was asked.")), said
    assert "\x1b" not in said
    assert contacted(recorded) == []


@pytest.mark.parametrize("nasty", ["'; touch OWNED; '", "$(touch OWNED)", "`touch OWNED`", "today && touch OWNED", "*"])
def test_a_shell_on_a_host_runs_nothing_of_a_time(one: Environment, recorded: Path, tmp_path: Path, nasty: str) -> None:
    since = nasty.replace("OWNED", str(tmp_path / "owned"))
    run(one, Question(since=since), as_json=False)
    assert not (tmp_path / "owned").exists()
    assert f"--since={since}" in (recorded / "app1.words").read_text().splitlines(), "journalctl gets it as it is"


@pytest.mark.parametrize("unit", ["shoestring-service@[!x]*", r"a\x2db@?.service", "*"])
def test_a_glob_is_journalctls_and_no_shells(one: Environment, recorded: Path, unit: str) -> None:
    assert run(one, Question(units=unit), as_json=False)
    assert f"--unit={unit}" in (recorded / "app1.words").read_text().splitlines()


class Following:
    """`make logs FOLLOW=1` as it runs; its output is in files."""

    def __init__(self, root: Path, directory: Path, **asked: str) -> None:
        self.out, self.err, self.hosts = directory / "out", directory / "err", directory / "recorded"
        # Whoever started the tests may have them ignore Ctrl-C.
        program = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + RUN
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program, str(root), "logs", "--env", "one", "--follow"],
                cwd=ROOT,
                env=os.environ | asked | {"PYTHONUNBUFFERED": ""},
                stdout=out,
                stderr=err,
            )

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.out.read_text() + self.err.read_text()
            assert self.process.poll() is None, self.err.read_text()
            time.sleep(0.05)

    def group(self, host: str) -> int:
        """Of the host's ssh and whatever it started."""
        return int((self.hosts / f"{host}.pid").read_text())

    def says(self, text: str) -> None:
        self.until(lambda: text in self.out.read_text())


@pytest.fixture
def follow(root: Path, recorded: Path, tmp_path: Path) -> Iterator[Callable[..., Following]]:
    started = []

    def start(**asked: str) -> Following:
        started.append(Following(root, tmp_path, **asked))
        return started[-1]

    assert recorded.is_dir()
    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def append(recorded: Path, host: str, text: str) -> None:
    with (recorded / host).open("a") as file:
        file.write(text)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_goes_on_until_it_is_ended_and_leaves_no_ssh_behind(
    recorded: Path, follow: Callable[..., Following], number: signal.Signals
) -> None:
    append(recorded, "app1", line(0, "early"))
    following = follow()
    following.says("app1  2025-11-26T10:00:00.000Z  shoestring-service@1.2.3-abc: early")
    append(recorded, "app2", line(1, "nginx is not asked for", "nginx.service"))
    append(recorded, "app2", line(1, "of the next release", "shoestring-service@2-new.service"))
    following.says("app2  2025-11-26T10:00:01.000Z  shoestring-service@2-new: of the next release")
    assert "not asked for" not in following.out.read_text()
    children = [following.group(host) for host in ("app1", "app2")]
    assert all(map(lives, children))
    following.process.send_signal(number)
    assert following.process.wait(timeout=60) == 0, "that is how it ends"
    assert not any(map(lives, children))
    assert following.err.read_text() == ""


def test_a_host_that_is_lost_is_named_and_the_others_go_on(recorded: Path, follow: Callable[..., Following]) -> None:
    following = follow(UNIT="nginx", HOST="app1,app2", FORMAT="json")
    for host in ("app1", "app2"):
        append(recorded, host, line(0, f"{host} is there", "nginx.service"))
        following.says(f'"message": "{host} is there"')
    os.killpg(following.group("app2"), signal.SIGKILL)
    following.until(lambda: "app2 is lost, still following app1: " in following.err.read_text())
    append(recorded, "app1", line(1, "goes on", "nginx.service"))
    following.says("goes on")
    following.process.send_signal(signal.SIGINT)
    assert following.process.wait(timeout=60) == 1, "a log with a gap is not all well"


def test_following_nobody_ends(recorded: Path, root: Path) -> None:
    (recorded / "app1.down").touch()
    done = logs(root, FOLLOW="1", HOST="app1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("app1 is lost, no other is left to follow: ssh: connect to host app1")


def test_a_reader_that_has_enough_ends_it(root: Path, recorded: Path) -> None:
    """`make logs | head`."""
    (recorded / "app1").write_text("".join(line(second, "x" * 100) for second in range(5000)))
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"{sys.executable}" -c "$PROGRAM" "{root}" logs --env one | head -1'],
        cwd=ROOT,
        env=os.environ | {"PROGRAM": RUN},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (len(done.stdout.splitlines()), done.stderr, done.returncode) == (1, "", 0)


@pytest.mark.parametrize("over", [True, False])
def test_an_ssh_that_we_ended_is_no_lost_host(capsys: pytest.CaptureFixture[str], over: bool) -> None:
    asked = Asked({"app1": ["sh", "-c", "echo Killed by signal 2. >&2; exit 255"]}, follow=True, over=over)
    _ask(asked, "app1", SimpleQueue())
    assert bool(asked.lost) is bool(capsys.readouterr().err) is not over
