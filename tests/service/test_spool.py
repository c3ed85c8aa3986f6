"""What is in the spool survives its process, and each file has one owner."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from predictor.spool import FILE_BYTES, Spool, SpoolFullError
from tests.service.server import SOURCE

ROWS = [b'{"id":"1"}', b'{"id":"2"}']


def _spool(directory: Path, limit: int = 1 << 30) -> Spool:
    return Spool(directory, limit)


def test_a_successor_gets_what_a_predecessor_left(tmp_path: Path) -> None:
    first = _spool(tmp_path)
    first.write(ROWS)
    first.rotate()
    claim = _spool(tmp_path).claim()
    assert claim is not None
    assert claim.rows() == (ROWS, [])
    claim.done()
    assert list(tmp_path.iterdir()) == []
    assert _spool(tmp_path).claim() is None


def test_a_file_being_written_or_replayed_is_nobody_elses(tmp_path: Path) -> None:
    writer, other = _spool(tmp_path), _spool(tmp_path)
    writer.write(ROWS)
    assert other.claim() is None, "still being appended to"
    writer.rotate()
    mine = other.claim()
    assert mine is not None
    assert writer.claim() is None, "two instances would both insert, and one would remove it under the other"
    mine.release()
    assert writer.claim() is not None, "given up (the database went away): someone else may try"


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
        spool.write([b"x" * FILE_BYTES])
    assert len(list(tmp_path.glob("*.jsonl"))) == 3


def test_a_full_disk_leaves_no_half_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = _spool(tmp_path)
    spool.write(ROWS)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            spool.write([b'{"id":"3"}'])
    spool.write([b'{"id":"4"}'])
    spool.rotate()
    claim = spool.claim()
    assert claim is not None
    assert claim.rows() == ([*ROWS, b'{"id":"4"}'], [])


def test_only_the_service_reads_it(tmp_path: Path) -> None:
    _spool(tmp_path).write(ROWS)
    assert next(tmp_path.iterdir()).stat().st_mode & 0o777 == 0o600
