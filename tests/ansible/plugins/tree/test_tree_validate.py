"""Checkers decide before anything lands, and nothing secret comes back with what they print."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible.module_utils import tree_validate
from ansible.module_utils.tree_apply import run
from ansible.module_utils.tree_disk import TreeError
from ansible.module_utils.tree_validate import check, scrub

SECRET = "hunter2-Very$Secret"  # noqa: S105 - stands for one


@pytest.fixture
def checker(tmp_path: Path) -> str:
    """Command that fails on files with the word bad and prints what it read."""
    script = tmp_path / "checker.py"
    script.write_text(
        "import pathlib, sys\ntext = pathlib.Path(sys.argv[1]).read_text()\n"
        "if 'bad' in text: sys.exit(f'{sys.argv[1]}:3: unexpected {text}')\n"
    )
    return f"{sys.executable} {script}"


def test_one_refused_file_keeps_all_of_them_back(spec, wanted, snapshot, checker):
    run(spec(wanted("etc/a", "good\n"), wanted("etc/b", "good\n")))
    run(spec(state="settled"))
    before = snapshot()
    bad = wanted("etc/b", "bad\n", validate=f"{checker} %s")
    with pytest.raises(TreeError, match=r"(?s)/etc/b was refused by .*exit 1.*unexpected bad.*Nothing was changed"):
        run(spec(wanted("etc/a", "new\n"), bad, wanted("etc/new/c")))
    assert snapshot() == before, "also no staged file and no new directory"
    assert not run(spec(wanted("etc/a", "good\n"), wanted("etc/b", "good\n")))["changed"], "no handler is owed"


def test_the_staged_file_lies_beside_the_target_and_looks_like_it(spec, wanted, root, tmp_path):
    script = tmp_path / "look.py"
    script.write_text(
        "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\n"
        "text = f'{path} {path.stat().st_mode:o} {path.read_text()}'\n"
        f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(text)"
    )
    run(spec(wanted("etc/x.d/a.conf", "one\n", 0o640, validate=f"{sys.executable} {script} %s")))
    place, mode, text = (tmp_path / "seen").read_text().split()
    assert Path(place).parent == root / "etc/x.d", "relative includes of the file must resolve"
    assert Path(place).name.startswith("."), "globs like *.conf must not take it"
    assert not Path(place).name.endswith(".conf")
    assert (mode, text) == ("100640", "one"), "visudo and ssh look at the mode, too"


def test_unchanged_files_are_not_checked_again(spec, wanted, checker):
    run(spec(wanted("etc/a", "good\n", validate=f"{checker} %s")))
    assert not run(spec(wanted("etc/a", "good\n", validate="no-such-checker %s")))["changed_files"]
    with pytest.raises(TreeError, match="no-such-checker"):
        run(spec(wanted("etc/a", "good\n", 0o600, validate="no-such-checker %s")))  # visudo judges modes


def test_a_missing_checker_fails_but_in_check_mode(spec, wanted, snapshot):
    call = spec(wanted("etc/a", "one\n", validate="no-such-checker %s"))
    with pytest.raises(TreeError, match=r"`no-such-checker`.*not on this host: nothing was changed\. Install"):
        run(call)
    assert snapshot() == {}
    assert run(call, check_mode=True)["warnings"] == []


def test_check_mode_warns_of_what_would_be_refused(spec, wanted, snapshot, checker):
    done = run(spec(wanted("etc/a", "bad\n", validate=f"{checker} %s")), check_mode=True)
    assert "refused" in done["warnings"][0]
    assert snapshot() == {}


def test_a_checker_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(tree_validate, "SECONDS", 0.2)
    assert check("sleep 30") == (124, "no answer within 0.2 s")


def test_checkers_are_run_without_a_shell(tmp_path):
    assert check(f"echo $(touch {tmp_path}/made) ; true")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_validate_after_puts_everything_back(spec, wanted, snapshot, root):
    (root / "etc/old").mkdir(parents=True)
    (root / "etc/link").symlink_to("old")
    own = {"directories": (wanted("srv", mode=0o750),)}
    run(spec(wanted("etc/a", "one\n"), wanted("etc/mine/gone", "kept\n", 0o600), **own))
    run(spec(state="settled"))
    before = snapshot()
    command = f"grep -r two {root}/etc/a {root}/etc/nowhere"
    call = spec(
        wanted("etc/a", "two\n", 0o600),
        wanted("etc/new/b", "x\n"),
        directories=(wanted("srv", mode=0o700),),
        absent=("etc/link",),
        validate_after=command,
    )
    with pytest.raises(TreeError, match=r"(?s)refused the new files \(exit 2\).*nowhere.*two.*back as it was"):
        run(call)
    assert snapshot() == before
    assert not run(spec(wanted("etc/a", "one\n"), wanted("etc/mine/gone", "kept\n", 0o600), **own))["changed"]
    after = run(
        spec(
            *call.files,
            directories=call.directories,
            absent=call.absent,
            validate_after=f"test -e {root}/etc/new/b",
        )
    )
    assert after["changed_files"] == ["etc/a", "etc/new/b"], "it runs when all have landed"


def test_a_secret_files_checker_tells_its_exit_status_only(spec, wanted, checker):
    with pytest.raises(TreeError, match=r"exit 1\): \[what it printed is hidden") as told:
        run(spec(wanted("etc/keys", f"bad {SECRET}\n", secret=True, validate=f"{checker} %s")))
    assert "hunter2" not in str(told.value)


def test_other_checkers_do_not_tell_secrets_either(spec, wanted, root):
    keys = wanted("etc/keys", f"key = {SECRET}\n", secret=True)
    run(spec(keys))
    reads = f"grep -H -n key {root}/etc/keys {root}/etc/nowhere %s"
    with pytest.raises(TreeError, match="nowhere: No such file") as told:
        run(spec(keys, wanted("etc/a", validate=reads)))
    assert "hunter2" not in str(told.value)
    with pytest.raises(TreeError) as told:
        run(spec(keys, wanted("etc/a"), validate_after=f"grep -H -n key {root}/etc/keys {root}/etc/nowhere"))
    assert "hunter2" not in str(told.value)
    assert "Very" not in str(told.value)
    assert "nowhere: No such file" in str(told.value), "what is not secret still helps"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("line 12: near hunter2", "line 12: near [hidden]"),
        ("'HUNTER2-very'", "'[hidden]-[hidden]'"),
        ("hunt is cut off", "[hidden] is cut off"),
        ("xhunter2x holds it", "[hidden] holds it"),
        ("nginx: [emerg] in /etc/nginx/keys.conf:3", "nginx: [emerg] in /etc/nginx/keys.conf:3"),
    ],
)
def test_scrub_takes_secret_words_whole_cut_or_embedded(said, left):
    assert scrub(said, [f"{SECRET}\n".encode()]) == left


def test_scrub_leaves_all_when_nothing_is_secret():
    assert scrub("anything at all", [b""]) == "anything at all"
