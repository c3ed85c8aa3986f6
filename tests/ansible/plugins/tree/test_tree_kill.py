"""SIGKILL between any two calls that write: nobody sees half a file, and the next run mends the rest."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible.module_utils import tree_apply
from ansible.module_utils.tree_apply import run
from ansible.module_utils.tree_disk import TreeError

# every call of ours that writes, or that must have happened before the next one does
CALLS = ["open", "mkdir", "rename", "unlink", "rmdir", "fchown", "fchmod", "chown", "symlink", "fsync"]
RECORDS = "var/lib/shoestring/tree"


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that SIGKILLs itself before call number `step`; False if it makes fewer."""
    child = os.fork()
    if child == 0:
        left = step

        def trap(real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **more: object) -> object:
                nonlocal left
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                return real(*args, **more)

            return call

        for name in CALLS:
            setattr(os, name, trap(getattr(os, name)))
        try:
            act()
        except TreeError:
            os._exit(3)
        except BaseException:  # noqa: BLE001 - a child of pytest must not go on as pytest
            os._exit(9)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 3, -signal.SIGKILL), code
    return code == -signal.SIGKILL


def litter(root: Path) -> list[str]:
    names = [path.name for path in root.rglob("*")]
    return [name for name in names if name.startswith(".shoestring") or name.endswith((".new", ".undo"))]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: five hundred scenes are built and torn down, and a disk takes milliseconds for each step."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as name:  # noqa: S108
        yield Path(name)


@pytest.fixture
def scene(spec, wanted, root, tmp_path, monkeypatch):
    """(old call, new call) and a host in the old state, with everything that tree can change."""
    # a kill is no power cut, and some hundred runs with checkers are slow
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(tree_apply, "check", lambda *_: (0, ""))
    (root / "etc").mkdir()
    (root / "etc/link").symlink_to("nowhere")
    old = spec(
        wanted("etc/changed", "old\n"),
        wanted("etc/mode", "same\n"),
        wanted("etc/mine/gone", "old\n", 0o600),
        directories=(wanted("srv", mode=0o750),),
    )
    new = spec(
        wanted("etc/changed", "new\n", validate="grep -q new %s"),
        wanted("etc/mode", "same\n", 0o600),
        wanted("etc/new/deep/file", "new\n"),
        directories=(wanted("srv", mode=0o700), wanted("srv/data", mode=0o770)),
        absent=("etc/link",),
        validate_after=f"test -e {root}/etc/new/deep/file",
    )
    run(old)
    run(spec(state="settled"))
    shutil.copytree(root, tmp_path / "old", symlinks=True)
    return old, new


def reset(root: Path, tmp_path: Path) -> None:
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "old", root, symlinks=True)


def test_killed_anywhere_the_next_run_ends_as_if_nothing_had_happened(scene, spec, root, tmp_path, snapshot):
    _, new = scene
    before = snapshot()
    run(new)
    after, manifest = snapshot(), (root / RECORDS / "t.json").read_bytes()
    step = 0
    while True:
        reset(root, tmp_path)
        if not killed_at(step, lambda: run(new)):
            break
        seen = snapshot()
        for path, state in seen.items():
            known = (before.get(path), after.get(path))
            assert ".shoestring-tree." in path or state in known, f"step {step}: {path} is neither old nor new"
        again = run(new)
        assert snapshot() == after, f"killed at step {step}"
        assert again["changed"], f"step {step}: the handlers of the killed run are owed"
        assert (root / RECORDS / "t.json").read_bytes() == manifest
        assert litter(root) == [], f"step {step}"
        run(spec(state="settled"))
        assert not run(new)["changed"]
        step += 1
    assert step > 60, "the traps did not see the calls"


def test_killed_anywhere_and_then_the_old_configuration_again(scene, root, tmp_path, snapshot):
    """The user takes the change back after the kill: files that only the killed run wrote must go, too."""
    old, new = scene
    run(new)
    for step in range(0, 200, 7):
        reset(root, tmp_path)
        before = snapshot()
        if not killed_at(step, lambda: run(new)):
            break
        run(old)
        left = {path: state for path, state in snapshot().items() if path != "etc/link"}
        assert left == {path: state for path, state in before.items() if path != "etc/link"}, f"killed at {step}"
        assert litter(root) == []


@pytest.mark.full
def test_killed_while_putting_back(scene, spec, root, tmp_path, snapshot, monkeypatch):
    _, new = scene
    reset(root, tmp_path)
    before = snapshot()
    monkeypatch.setattr(tree_apply, "check", lambda _, staged="": (0 if staged else 1, "no"))
    refused = spec(*new.files, directories=new.directories, absent=new.absent, validate_after="any")
    step = 0
    while killed_at(step, lambda: run(refused)):
        with pytest.raises(TreeError, match="refused the new files"):
            run(refused)
        assert snapshot() == before, f"killed at step {step}"
        assert litter(root) == [], f"step {step}"
        reset(root, tmp_path)
        step += 1
    assert step > 90, "a refused run takes all the steps there and back"
