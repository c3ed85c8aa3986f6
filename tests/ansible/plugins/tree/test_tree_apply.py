"""What a call of tree does to a host's files, and what it reports."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible.module_utils.tree_apply import run
from ansible.module_utils.tree_disk import TreeError

RECORDS = "var/lib/shoestring/tree"


def settle(spec) -> None:
    run(spec(state="settled"))


def converged(spec, *files, **more) -> None:
    run(spec(*files, **more))
    settle(spec)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_new_files_come_with_their_modes_and_directories(spec, wanted, root):
    done = run(spec(wanted("etc/x/a", "one\n"), wanted("etc/b", b"\0\xff", 0o600)))
    assert (root / "etc/x/a").read_text() == "one\n"
    assert (root / "etc/b").read_bytes() == b"\0\xff", "files without .j2 may hold any byte"
    assert (mode(root / "etc/x/a"), mode(root / "etc/b"), mode(root / "etc/x")) == (0o644, 0o600, 0o755)
    assert done["changed"]
    assert done["pending"], "until the handlers have run they are owed"
    assert done["changed_files"] == ["etc/x/a", "etc/b"]
    assert done["changed_directories"] == ["etc", "etc/x"]


def test_modes_do_not_depend_on_the_umask_of_the_connection(spec, wanted, root):
    before = os.umask(0o077)
    try:
        run(spec(wanted("etc/x/a", "one\n")))
    finally:
        os.umask(before)
    assert (mode(root / "etc/x"), mode(root / "etc/x/a")) == (0o755, 0o644)
    assert (mode(root / "var/lib/shoestring"), mode(root / RECORDS)) == (0o755, 0o700)


def test_nothing_to_do_changes_nothing(spec, wanted, root):
    converged(spec, wanted("etc/a", "one\n"))
    before = (root / "etc/a").stat()
    done = run(spec(wanted("etc/a", "one\n")), diff=True)
    assert not done["changed"]
    assert not done["pending"]
    assert done["diff"] == done["changed_files"] == done["changed_directories"] == done["removed_files"] == []
    assert (root / "etc/a").stat() == before, "an unchanged file keeps its inode and times"


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("two\n"),
        lambda path: path.chmod(0o666),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.symlink_to("/dev/null")),
    ],
    ids=["content", "mode", "removed", "replaced by a link"],
)
def test_hand_edits_are_repaired(spec, wanted, root, damage):
    converged(spec, wanted("etc/a", "one\n"))
    damage(root / "etc/a")
    assert run(spec(wanted("etc/a", "one\n")))["changed_files"] == ["etc/a"]
    assert (root / "etc/a").read_text() == "one\n"
    assert stat.S_ISREG((root / "etc/a").lstat().st_mode)
    assert mode(root / "etc/a") == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_owner_and_group_by_name_or_number(spec, wanted, root):
    files = wanted("etc/a", "one\n", owner="nobody", group="12345"), wanted("etc/b", "one\n")
    converged(spec, *files)
    assert (root / "etc/a").owner() == "nobody"
    assert (root / "etc/a").stat().st_gid == 12345
    os.chown(root / "etc/b", 12345, 0)
    assert run(spec(*files))["changed_files"] == ["etc/b"], "a changed owner alone is repaired"
    assert (root / "etc/b").stat().st_uid == 0


def test_missing_account_is_refused_before_anything_is_written(spec, wanted, snapshot):
    with pytest.raises(TreeError, match=r"etc/b shall belong to user no-such.*nothing was changed.*Create"):
        run(spec(wanted("etc/a", "one\n"), wanted("etc/b", owner="no-such")))
    assert snapshot() == {}


def test_files_no_longer_listed_go_with_the_directories_made_for_them(spec, wanted, root, snapshot):
    (root / "etc").mkdir()
    converged(spec, wanted("etc/a", "one\n"), wanted("etc/mine/deep/b", "two\n"), wanted("etc/shared/c", "three\n"))
    (root / "etc/mine/deep/b").write_text("edited by hand\n")
    (root / "etc/shared/other").write_text("not ours\n")
    done = run(spec(wanted("etc/a", "one\n")), diff=True)
    assert done["removed_files"] == ["etc/mine/deep/b", "etc/shared/c"]
    assert done["changed_directories"] == ["etc/mine/deep", "etc/mine"]
    assert sorted(snapshot()) == ["etc", "etc/a", "etc/shared", "etc/shared/other"]
    assert "edited by hand" in done["diff"][0]["before"], "the last copy of a hand edit is the diff"
    settle(spec)
    assert not run(spec(wanted("etc/a", "one\n")))["changed"]


def test_directories_that_were_there_before_stay_even_when_empty(spec, wanted, root):
    (root / "etc/theirs").mkdir(parents=True)
    converged(spec, wanted("etc/theirs/a"))
    assert run(spec(wanted("etc/b")))["changed_directories"] == []
    assert (root / "etc/theirs").is_dir()


def test_absent_removes_files_and_links_that_others_put_there(spec, wanted, root):
    (root / "etc").mkdir()
    (root / "kept").write_text("kept\n")
    (root / "etc/default").symlink_to("../kept")
    done = run(spec(wanted("etc/a"), absent=("etc/default", "etc/never/was")))
    assert done["removed_files"] == ["etc/default"]
    assert not (root / "etc/default").is_symlink()
    assert (root / "kept").read_text() == "kept\n", "the link goes, what it points to stays"


def test_directories_get_owner_and_mode_and_others_are_left_alone(spec, wanted, root):
    (root / "etc").mkdir(mode=0o700)
    files = (wanted("etc/a"),)
    directories = (wanted("srv/data", mode=0o750),)
    converged(spec, *files, directories=directories)
    assert (mode(root / "srv"), mode(root / "srv/data"), mode(root / "etc")) == (0o755, 0o750, 0o700)
    (root / "srv/data").chmod(0o777)
    assert run(spec(*files, directories=directories))["changed_directories"] == ["srv/data"]
    assert mode(root / "srv/data") == 0o750


def test_pending_stands_until_settled(spec, wanted):
    run(spec(wanted("etc/a", "one\n")))
    again = run(spec(wanted("etc/a", "one\n")))
    assert again["changed"], "handlers that a kill took must be notified again"
    assert (again["resumed"], again["changed_files"], again["pending_files"]) == (True, [], ["etc/a"])
    third = run(spec(wanted("etc/a", "one\n"), wanted("etc/b")))
    assert third["pending_files"] == ["etc/a", "etc/b"], "handlers may look for what they missed"
    assert run(spec(state="settled")) == {"changed": True, "pending": False}
    assert run(spec(state="settled")) == {"changed": False, "pending": False}
    assert not run(spec(wanted("etc/a", "one\n"), wanted("etc/b")))["changed"]


def test_check_mode_on_a_virgin_host_tells_all_and_touches_nothing(spec, wanted, root):
    call = spec(
        wanted("etc/new/a", "one\n", owner="not-yet", validate="not-installed-yet %s"),
        directories=(wanted("srv/x", group="not-yet"),),
        validate_after="not-installed-yet",
    )
    done = run(call, check_mode=True, diff=True)
    assert (done["changed"], done["changed_files"]) == (True, ["etc/new/a"])
    assert done["changed_directories"] == ["etc", "etc/new", "srv", "srv/x"]
    assert "not-yet does not exist yet" in " ".join(done["warnings"])
    assert not done["pending"]
    assert list(root.iterdir()) == []


def test_check_mode_on_a_configured_host_reports_drift_only(spec, wanted, root):
    converged(spec, wanted("etc/a", "one\n"))
    assert not run(spec(wanted("etc/a", "one\n")), check_mode=True)["changed"]
    (root / "etc/a").write_text("edited\n")
    assert run(spec(wanted("etc/a", "one\n")), check_mode=True)["changed_files"] == ["etc/a"]
    assert (root / "etc/a").read_text() == "edited\n"
    run(spec(wanted("etc/a", "two\n")))
    assert run(spec(wanted("etc/a", "two\n")), check_mode=True)["changed"], "owed handlers count as a change"
    assert run(spec(state="settled"), check_mode=True) == {"changed": True, "pending": True}
    assert run(spec(wanted("etc/a", "two\n")))["pending"], "check mode must not settle"
