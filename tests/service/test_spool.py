"""What is in the spool survives its process, and each file has one owner."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from predictor.spool import SEGMENT_BYTES, Spool, SpoolFullError
from tests.service.server import SOURCE

ROWS = [b'{"id":"1"}', b'{"id":"2"}']


def _spool(directory: Path, limit: int = 1 << 30) -> Spool:
    return Spool(directory, limit)


def test_a_successor_gets_what_a_predecessor_left(tmp_path: Path) -> None:
    first, second = _spool(tmp_path), _spool(tmp_path)
    first.write(ROWS)
    first.close()
    claim = second.claim()
    assert claim is not None
    assert claim.rows() == (ROWS, [])
    claim.done()
    assert second.size() == 0
    assert _spool(tmp_path).claim() is None
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_being_written_or_replayed_is_nobody_elses(tmp_path: Path) -> None:
    writer, other = _spool(tmp_path), _spool(tmp_path)
    writer.write(ROWS)
    assert other.claim() is None, "still being appended to"
    mine = writer.seal()
    assert mine is not None
    assert other.claim() is None, "two instances would both insert, and one would remove it under the other"
    mine.release()
    assert other.claim() is not None, "given up (the database went away): someone else may try"


def test_an_ordinary_request_makes_no_new_file(tmp_path: Path) -> None:
    """A new file costs a sync of its directory, and that on the way to the answer."""
    spool = _spool(tmp_path)
    names = set()
    for number in range(20):
        spool.write([b'{"id":"%d"}' % number])
        claim = spool.seal()
        assert claim is not None
        assert claim.rows() == ([b'{"id":"%d"}' % number], []), "nothing of what was there before"
        spool.write([b'{"late":"%d"}' % number])
        names |= {path.name for path in tmp_path.iterdir()}
        claim.done()
        late = spool.seal()
        assert late is not None
        assert late.rows() == ([b'{"late":"%d"}' % number], [])
        late.done()
    assert len(names) == 2
    assert spool.seal() is None, "empty segments are not worth a turn"


def test_a_killed_owner_leaves_its_file_to_others(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from predictor.spool import Spool;"
        'Spool(Path(sys.argv[1]), 1 << 30).write([b\'{"id":"1"}\']); os.kill(os.getpid(), signal.SIGKILL)'
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env={"PYTHONPATH": str(SOURCE)}, check=False)
    claim = _spool(tmp_path).claim()
    assert claim is not None, "the lock went with its process"
    assert claim.rows() == ([b'{"id":"1"}'], [])


def test_a_torn_end_loses_no_other_row(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_bytes(b"\n".join([*ROWS, b'{"id":"3","inp']))
    claim = _spool(tmp_path).claim()
    assert claim is not None
    assert claim.rows() == (ROWS, [b'{"id":"3","inp'])


def test_the_spool_has_a_limit(tmp_path: Path) -> None:
    spool = _spool(tmp_path, limit=50)
    spool.write(ROWS)
    with pytest.raises(SpoolFullError):
        spool.write([b"x" * 50])
    assert spool.size() <= 50


def test_files_stay_small_enough_to_replay(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    for _ in range(3):
        spool.write([b"x" * SEGMENT_BYTES])
    assert len(list(tmp_path.glob("*.jsonl"))) == 3


def _all(spool: Spool) -> list[bytes]:
    spool.close()
    rows: list[bytes] = []
    while (claim := spool.claim()) is not None:
        good, bad = claim.rows()
        assert bad == []
        rows += good
        claim.done()
    return rows


@pytest.mark.parametrize("call", ["write", "fdatasync"])
@pytest.mark.parametrize("before", [[], ROWS], ids=["first", "later"])
def test_a_full_disk_leaves_no_half_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, before: list[bytes]
) -> None:
    spool = _spool(tmp_path)
    if before:
        spool.write(before)
    real = os.write

    def full(descriptor: int, data: bytes = b"") -> int:
        if data and len(data) > 5:
            return real(descriptor, data[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        for _ in range(3):
            with pytest.raises(OSError, match="No space"):
                spool.write([b'{"id":"3"}'])
    assert len(list(tmp_path.iterdir())) <= 1, "each failing request would leave an empty file"
    spool.write([b'{"id":"4"}'])
    assert _all(spool) == [*before, b'{"id":"4"}']


def test_a_write_is_on_the_disk_when_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from the calls: no test here can cut the power. The name of a new file must be on the disk too."""
    done: list[str] = []

    def watched(call: str, real: Callable[..., object], *given: object) -> object:
        done.append(call)
        return real(*given)

    for call in ("write", "fdatasync", "fsync"):
        monkeypatch.setattr(os, call, partial(watched, call, getattr(os, call)))
    spool = _spool(tmp_path)
    spool.write(ROWS)
    spool.write(ROWS)
    assert done == ["fsync", "write", "fdatasync", "write", "fdatasync"]
    spool.write(ROWS, sync=False)
    assert done[5:] == ["write"]
    assert spool.seal() is not None
    assert done[6:] == ["fdatasync"], "whoever takes it over finds it on the disk"


def test_only_the_service_reads_it(tmp_path: Path) -> None:
    _spool(tmp_path).write(ROWS)
    assert next(tmp_path.iterdir()).stat().st_mode & 0o777 == 0o600
