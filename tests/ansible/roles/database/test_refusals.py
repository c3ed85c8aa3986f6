"""What people are told when the repository refuses: the cause and the fix, for each way in which it says so."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[4] / "ansible/roles/database/templates/usr/local/lib/shoestring/database"
LOADING = "unable to load info file '/backup/main/backup.info' or '/backup/main/backup.info.copy':\n"
# A wrong passphrase decrypts to bytes, and what is wrong with them first is chance: each was seen.
UNDECIPHERED = [
    f"[CryptoError] {LOADING}CryptoError: unable to flush\nHINT: is or was the repo encrypted?",
    f"[FormatError] {LOADING}FormatError: key/value found outside of section at line 1: \x01\x7f\ufffd",
    f"[FormatError] {LOADING}FormatError: missing '=' in key/value at line 2: \x1b[2J",
    f"[ChecksumError] {LOADING}ChecksumError: invalid checksum, actual 'a1' but no checksum found",
]


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(SCRIPTS)
    repository = importlib.import_module("repository")

    yield repository
    del sys.modules["repository"]


@pytest.mark.parametrize("said", UNDECIPHERED)
def test_a_wrong_passphrase_is_called_so_whatever_its_bytes_look_like(
    repository: ModuleType, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    stanza = {"status": {"code": 99}, "repo": [{"status": {"code": 99, "message": said}}]}
    # pgBackRest escapes what JSON has a letter for, and writes the other control characters as they are.
    printed = json.dumps([stanza]).replace("\\u0001", "\x01").replace("\\u001b", "\x1b")
    done = subprocess.CompletedProcess([], 0, printed, "")
    monkeypatch.setattr(repository, "run", lambda *_: done)
    with pytest.raises(repository.BackupError, match="vault_backup_passphrase") as refused:
        repository.info()
    assert "".join(str(refused.value).split()).isprintable(), "it would write to somebody's terminal"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (f"[CryptoError] {LOADING}CryptoError: unable to verify certificate presented by 'b:7070'", "make up"),
        ("[ProtocolError] HTTP request failed with 403 (Forbidden)", "access key"),
        ("[HostConnectError] unable to connect to '10.0.0.1:7070': [111] Connection refused", "make status"),
        ("[ProtocolError] HTTP request failed with 404 (Not Found): NoSuchBucket", "no such bucket"),
    ],
)
def test_every_other_refusal_has_its_own_fix(repository: ModuleType, said: str, named: str) -> None:
    told = repository.explained(said)
    assert named in told
    assert "passphrase" not in told
