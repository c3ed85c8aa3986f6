"""The gateway's binary: nothing but the pinned bytes, built once, and hiccups survived."""

import hashlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ops import gateway
from ops.errors import OperationError
from ops.gateway import gateway_binary

GOOD = b"the pinned binary"
Builder = Callable[[Path, gateway.Progress], Path]


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Replaces the build by one that takes its outputs from this list; the digest of GOOD is pinned."""
    outputs: list[bytes] = []

    def build(work: Path, progress: gateway.Progress) -> Path:
        progress("compiling")
        work.mkdir(parents=True)
        (work / "versitygw").write_bytes(outputs.pop(0))
        return work / "versitygw"

    monkeypatch.setattr(gateway, "build", build)
    monkeypatch.setattr(gateway, "pinned", lambda: hashlib.sha256(GOOD).hexdigest())
    return outputs


def test_it_is_built_once_and_then_taken_from_the_cache(tmp_path: Path, builds: list[bytes]) -> None:
    builds.append(GOOD)
    first = gateway_binary(tmp_path)
    assert first.read_bytes() == GOOD
    assert gateway_binary(tmp_path) == first, "a second build would have found the list empty"
    assert not (tmp_path / "build/versitygw").exists(), "1 GB of Go, modules and objects is not kept"


def test_a_changed_binary_in_the_cache_is_replaced(tmp_path: Path, builds: list[bytes]) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/versitygw").write_bytes(GOOD + b"!")
    builds.append(GOOD)
    assert gateway_binary(tmp_path).read_bytes() == GOOD


def test_any_other_digest_is_refused(tmp_path: Path, builds: list[bytes]) -> None:
    builds.append(b"something else")
    with pytest.raises(OperationError, match=hashlib.sha256(b"something else").hexdigest()) as caught:
        gateway_binary(tmp_path)
    assert hashlib.sha256(GOOD).hexdigest() in str(caught.value)
    assert not (tmp_path / "bin/versitygw").exists(), "a refused binary must not be found by the next run"


def test_two_runs_build_once(tmp_path: Path, builds: list[bytes]) -> None:
    builds.append(GOOD)
    said: list[str] = []
    with gateway._only_builder(tmp_path, said.append):
        second = threading.Thread(target=gateway_binary, args=(tmp_path, said.append))
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive(), "it did not wait for the builder"
        (tmp_path / "bin/versitygw").write_bytes(GOOD)
    second.join(timeout=60)
    assert not second.is_alive()
    assert builds == [GOOD], "what the first run built was built again"
    assert said == ["another run is building versitygw; waiting for it"]


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(OperationError, match="1000 MB free; building the S3 gateway takes 1500 MB"):
        gateway.build(tmp_path / "work", lambda _: None)


def flaky(tmp_path: Path, failures: int, words: str) -> list[str]:
    """A command that says `words` and fails so many times, and then succeeds."""
    count = tmp_path / "count"
    count.touch()
    script = f'echo >>{count}; [ $(wc -l <{count}) -gt {failures} ] || {{ echo "{words}" >&2; exit 1; }}'
    return ["sh", "-c", script]


def test_a_hiccup_of_the_registry_is_waited_out(tmp_path: Path) -> None:
    said: list[str] = []
    gateway._run(flaky(tmp_path, 2, "connection reset"), {}, said.append, (0.0, 0.0))
    assert said == ["connection reset; trying again in 0 s"] * 2


def test_a_registry_that_stays_away_is_an_error_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="connection reset") as caught:
        gateway._run(flaky(tmp_path, 9, "connection reset"), {}, lambda _: None, (0.0,))
    assert "python -m ops.gateway" in caught.value.fix


@pytest.mark.parametrize("mark", gateway.NO_RETRY)
def test_a_wrong_hash_is_never_tried_again(tmp_path: Path, mark: str) -> None:
    with pytest.raises(OperationError, match=mark):
        gateway._run(flaky(tmp_path, 1, mark), {}, lambda _: None, (0.0, 0.0))
    assert (tmp_path / "count").read_text() == "\n", "one attempt, and no second roll of the dice"


def test_the_callers_settings_do_not_change_the_binary(tmp_path: Path) -> None:
    theirs = {
        "GOAMD64": "v3",
        "GOFLAGS": "-tags=x",
        "GOEXPERIMENT": "y",
        "GOTOOLCHAIN": "auto",
        "GOROOT": "/z",
    }
    plain = gateway.go_environment({"PATH": "/bin"}, tmp_path)
    assert gateway.go_environment({"PATH": "/bin", **theirs}, tmp_path) == plain
    assert plain["GOTOOLCHAIN"] == "local", "Go would fetch another Go that no lock names"


def test_the_callers_own_module_proxy_is_used(tmp_path: Path) -> None:
    assert gateway.go_environment({"GOPROXY": "https://proxy.test"}, tmp_path)["GOPROXY"] == "https://proxy.test"


def test_the_module_is_pinned_by_hash() -> None:
    sums = (gateway.MODULE / "go.sum").read_text()
    assert f"{gateway.PACKAGE} {gateway.version()} h1:" in sums
    assert "replace" not in (gateway.MODULE / "go.mod").read_text(), "a replacement is outside of go.sum"
    assert len(gateway.pinned()) == 64


@pytest.mark.full
def test_a_clean_build_gives_the_pinned_digest(tmp_path: Path) -> None:
    binary = gateway_binary(tmp_path, print)
    assert gateway.digest(binary) == gateway.pinned()
