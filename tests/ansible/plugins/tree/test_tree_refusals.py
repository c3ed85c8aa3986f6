"""tree never writes where it should not: links, pipes, other trees, other runs, a full disk."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from ansible.module_utils import tree_state
from ansible.module_utils.tree_apply import run
from ansible.module_utils.tree_disk import Disk, Entry, TreeError, staged_name

RECORDS = "var/lib/shoestring/tree"


@pytest.fixture
def converged(spec):
    """Runs a call and settles it."""

    def bring(*files):
        run(spec(*files))
        run(spec(state="settled"))

    return bring


@pytest.mark.parametrize("place", ["etc", "etc/deep"])
def test_a_link_among_the_directories_is_refused(spec, wanted, root, place):
    (root / "elsewhere").mkdir()
    (root / place).parent.mkdir(exist_ok=True)
    (root / place).symlink_to(root / "elsewhere")
    for check_mode in (True, False):
        with pytest.raises(TreeError, match=r"writes through no link.*nothing was changed"):
            run(spec(wanted("etc/deep/a", "one\n")), check_mode=check_mode)
    assert list((root / "elsewhere").iterdir()) == []


def test_a_link_at_the_target_is_replaced_and_never_written_through(spec, wanted, root):
    (root / "etc").mkdir()
    (root / "victim").write_text("precious\n")
    (root / "etc/a").symlink_to(root / "victim")
    done = run(spec(wanted("etc/a", "one\n")), diff=True)
    assert (root / "victim").read_text() == "precious\n"
    assert (root / "etc/a").lstat().st_mode == stat.S_IFREG | 0o644
    assert done["diff"][0]["before"] == f"symbolic link to {root}/victim\n"


def test_a_staged_name_that_is_taken_is_not_written_through(spec, wanted, root):
    (root / "etc").mkdir()
    (root / "victim").write_text("precious\n")
    (root / "etc" / staged_name("etc/a")).symlink_to(root / "victim")
    run(spec(wanted("etc/a", "one\n")))
    assert (root / "victim").read_text() == "precious\n"
    assert sorted(path.name for path in (root / "etc").iterdir()) == ["a"]


def test_steps_follow_no_link_that_appears_between_them(root, monkeypatch):
    """A service account that owns a directory may swap parts of it at any moment."""
    root.mkdir()
    (root / "elsewhere").mkdir()
    (root / "etc").symlink_to("elsewhere")
    disk, entry = Disk(str(root)), Entry("file", os.geteuid(), os.getegid(), 0o600, b"one")
    for step in (disk.look, disk.unlink, disk.land, lambda path: disk.stage(path, entry)):
        with pytest.raises(TreeError, match="writes through no link"):
            step("etc/a")
    monkeypatch.setattr(disk, "sweep", lambda _: None)
    (root / staged_name("b")).symlink_to("victim")
    with pytest.raises(FileExistsError):
        disk.stage("b", entry)
    assert not (root / "victim").exists()


@pytest.mark.parametrize("build", [Path.mkdir, os.mkfifo], ids=["directory", "pipe"])
def test_what_is_not_a_file_is_not_replaced(spec, wanted, root, build):
    (root / "etc").mkdir()
    build(root / "etc/a")
    with pytest.raises(TreeError, match=r"/etc/a is a .*, not a file: nothing was changed\. Remove it"):
        run(spec(wanted("etc/a", "one\n"), wanted("etc/b")))
    assert not (root / "etc/b").exists()


def test_records_are_private_and_a_broken_one_is_named(spec, wanted, root):
    run(spec(wanted("etc/a", "one\n")))
    for path in (root / RECORDS).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    (root / RECORDS / "t.json").write_text("{")
    with pytest.raises(
        TreeError, match=r"t\.json is not the JSON that tree wrote.*nothing was changed.*Remove that file"
    ):
        run(spec(wanted("etc/a", "two\n")))
    assert (root / "etc/a").read_text() == "one\n"


def test_two_names_do_not_remove_each_others_files(spec, converged, wanted, root):
    converged(wanted("etc/a"))
    run(spec(wanted("etc/b"), name="u"))
    assert sorted(path.name for path in (root / "etc").iterdir()) == ["a", "b"]
    assert json.loads((root / RECORDS / "t.json").read_text())["files"] == {"etc/a": {"secret": False}}


def test_a_second_run_on_the_host_waits_and_then_says_who_holds_it(spec, wanted, monkeypatch):
    monkeypatch.setattr(tree_state, "LOCK_SECONDS", 0.2)
    call = spec(wanted("etc/a"))
    with (
        tree_state.State(call.root, "t").locked(),
        pytest.raises(TreeError, match=r"another tree task.*fuser -v"),
    ):
        run(call)


def test_no_space_left_puts_everything_back(spec, converged, wanted, snapshot, root, monkeypatch):
    converged(wanted("etc/a", "one\n"), wanted("etc/b", "one\n"))
    before, rename = snapshot(), os.rename

    def full(source, target, **more):
        if target == "b" and full.armed:
            full.armed = False
            raise OSError(28, "No space left on device", "etc/b")
        rename(source, target, **more)

    full.armed = True
    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space"):
        run(spec(wanted("etc/a", "two\n"), wanted("etc/b", "two\n"), wanted("etc/new/c")))
    assert snapshot() == before
    assert not list((root / RECORDS).glob("*.undo"))
    monkeypatch.undo()
    assert not run(spec(wanted("etc/a", "one\n"), wanted("etc/b", "one\n")))["changed"], "nothing is owed"
