"""What reaches a host is what the lock names, whatever lies in the cache or comes from the index."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import files, processes
from ops.build import wheelhouse
from ops.build.requirements import Pin
from ops.errors import OperationError

WHEELS = {"a-1-py3-none-any.whl": b"alpha" * 1000, "b-2-py3-none-any.whl": b"beta" * 1000}


class Index:
    """Stands for pip: puts wheels where it is told to. `served` may differ from what the lock wants."""

    def __init__(self) -> None:
        self.served = dict(WHEELS)
        self.calls: list[list[str]] = []
        self.failures: list[str] = []

    def run(self, argv: list[str | Path], **_: Any) -> processes.Result:
        words = [str(word) for word in argv]
        self.calls.append(words)
        if self.failures:
            return processes.Result(1, self.failures.pop(0), "")
        for name, content in self.served.items():
            (Path(words[words.index("--dest") + 1]) / name).write_bytes(content)
        return processes.Result(0, "", "")


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Index:
    made = Index()
    monkeypatch.setattr(processes, "run", made.run)
    monkeypatch.setattr(processes, "pause", lambda _: None)
    return made


PINS = [Pin(name[0], name[2], ("0" * 64, hashlib.sha256(content).hexdigest())) for name, content in WHEELS.items()]


def ensure(cache: Path, progress: Callable[[str], None] = lambda _: None) -> wheelhouse.Wheelhouse:
    return wheelhouse.ensure(Path("requirements.txt"), PINS, cache, progress)


def test_it_is_fetched_once_for_the_hosts_python_and_with_hashes(index: Index, tmp_path: Path) -> None:
    first = ensure(tmp_path)
    assert ensure(tmp_path) == first
    (call,) = index.calls
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(call)
    assert call[call.index("--python-version") + 1] == "3.13", "the hosts' Python, not this one"
    assert {"manylinux_2_41_x86_64", "manylinux_2_28_x86_64", "manylinux2014_x86_64"} <= set(call), "Debian 13's glibc"
    with tarfile.open(first.archive) as tar:
        assert tar.getnames() == sorted(WHEELS)


@pytest.mark.usefixtures("index")
def test_two_controllers_make_the_same_archive(tmp_path: Path) -> None:
    made = [ensure(tmp_path / each) for each in ("one", "two")]
    assert made[0].archive_sha256 == made[1].archive_sha256, "the release's id is made of this digest"
    assert made[0].digest == made[1].digest


@pytest.mark.parametrize("damage", ["a byte", "half of it", "nothing left", "one wheel less", "one wheel more"])
def test_a_damaged_archive_is_fetched_anew(index: Index, tmp_path: Path, damage: str) -> None:
    good = ensure(tmp_path)
    content = bytearray(good.archive.read_bytes())
    if damage == "a byte":
        content[content.index(b"beta") + 7] ^= 1
    elif damage == "half of it":
        del content[len(content) // 2 :]
    elif damage == "nothing left":
        content.clear()
    good.archive.write_bytes(content)
    if damage.startswith("one wheel"):
        names = ["a-1-py3-none-any.whl"] if damage == "one wheel less" else [*WHEELS, "evil-1-py3-none-any.whl"]
        with tarfile.open(good.archive, "w") as tar:
            for name in names:
                (tmp_path / name).write_bytes(WHEELS.get(name, b"evil"))
                tar.add(tmp_path / name, name)
        good.archive.with_suffix(".sha256").write_text(files.sha256(good.archive))  # by someone who knows how
    said: list[str] = []
    assert ensure(tmp_path, said.append) == good
    assert len(index.calls) == 2
    assert any("damaged" in line for line in said), "a damaged cache is told, not passed over"


def test_an_index_that_serves_other_bytes_is_refused(index: Index, tmp_path: Path) -> None:
    index.served["a-1-py3-none-any.whl"] = b"evil"
    with pytest.raises(OperationError, match="not what it locks"):
        ensure(tmp_path)
    assert not list(tmp_path.rglob("*.tar")), "nothing of it stays in the cache"


def test_a_hiccup_of_the_index_is_tried_again(index: Index, tmp_path: Path) -> None:
    index.failures = ["Connection reset by peer", "503 Service Unavailable"]
    ensure(tmp_path)
    assert len(index.calls) == 3


def test_a_wrong_hash_is_not_tried_again(index: Index, tmp_path: Path) -> None:
    index.failures = ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."] * 9
    with pytest.raises(OperationError, match="DO NOT MATCH"):
        ensure(tmp_path)
    assert len(index.calls) == 1


def test_a_package_without_a_wheel_for_the_hosts_is_told_and_not_tried_again(index: Index, tmp_path: Path) -> None:
    index.failures = ["ERROR: No matching distribution found for windows-only==1"] * 9
    with pytest.raises(OperationError, match="windows-only==1") as caught:
        ensure(tmp_path)
    assert "a wheel for Python 3.13 on Linux" in caught.value.fix
    assert len(index.calls) == 1
