"""What a host tells of itself beyond check mode: real files, and no difference that a package or a role explains."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[4] / "ansible/roles/host/templates/_drift/look.py"


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, over a tree of its own."""
    spec = importlib.util.spec_from_file_location("drift_look", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "etc").mkdir()
    monkeypatch.setattr(module, "TREES", (str(tmp_path / "etc"),))
    monkeypatch.setattr(module, "people", lambda: iter(()))
    monkeypatch.setattr(module, "system", lambda: iter(()))
    monkeypatch.setattr(module, "packaged", set)
    monkeypatch.setattr(module, "explained", set)
    return module


def test_a_file_is_new_changed_or_gone(look: ModuleType, tmp_path: Path) -> None:
    """Its content, its rights and where a link leads all count."""
    for name in ("same", "edited", "opened", "removed"):
        (tmp_path / "etc" / name).write_text(name)
    (tmp_path / "etc/link").symlink_to("same")
    before = look.things()
    (tmp_path / "etc/edited").write_text("other")
    (tmp_path / "etc/opened").chmod(0o666)
    (tmp_path / "etc/removed").unlink()
    (tmp_path / "etc/new").write_text("new")
    (tmp_path / "etc/link").unlink()
    (tmp_path / "etc/link").symlink_to("edited")
    found = {Path(name).name: (was is None, now is None) for _, name, was, now in look.differences(before)}
    there = (False, False)
    assert found == {"edited": there, "opened": there, "link": there, "removed": (False, True), "new": (True, False)}


def test_what_a_package_brought_or_a_role_wrote_is_explained(
    look: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade changes a package's own files; but nobody's package opens one for everybody to write."""
    brought, open_, written = (tmp_path / "etc" / name for name in ("brought", "open", "written"))
    for path in (brought, open_, written):
        path.write_text("")
    open_.chmod(0o666)
    empty = "d41d8cd98f00b204e9800998ecf8427e"  # md5 of nothing
    monkeypatch.setattr(look, "packaged", lambda: {f"{brought} {empty}", f"{open_} {empty}"})
    monkeypatch.setattr(look, "explained", lambda: {str(written)})
    assert [name for _, name, _, _ in look.differences({})] == [str(open_)]


def test_the_record_is_read_back(
    look: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without one nothing is called a difference: all of a host would be."""
    monkeypatch.setattr(look, "BASELINE", tmp_path / "record.json")
    (tmp_path / "etc/old").write_text("")
    look.main()
    assert json.loads(capsys.readouterr().out)["recorded"] is None
    monkeypatch.setattr("sys.argv", ["look.py", "record"])
    look.main()
    assert (tmp_path / "record.json").stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr("sys.argv", ["look.py"])
    (tmp_path / "etc/new").write_text("")
    look.main()
    said = json.loads(capsys.readouterr().out)
    assert said["recorded"]
    assert [name for _, name, _, _ in said["differences"]] == [str(tmp_path / "etc/new")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc/systemd/system/x.service", "unit"),
        ("/etc/cron.d/x", "cron"),
        ("/var/spool/cron/crontabs/root", "cron"),
        ("/etc/sudoers.d/x", "sudo"),
        ("/etc/ssh/sshd_config.d/x.conf", "ssh"),
        ("/etc/apt/sources.list.d/x.list", "apt"),
        ("/etc/pam.d/sshd", "pam"),
        ("/usr/local/bin/x", "file"),
    ],
)
def test_a_place_has_its_word(look: ModuleType, path: str, kind: str) -> None:
    assert look.kind(Path(path)) == kind


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/etc/systemd/system/var-lib-postgresql.mount", True),
        ("/etc/systemd/system/local-fs.target.wants/var-lib-postgresql.mount", True),
        ("/etc/systemd/system/multi-user.target.wants/shoestring-drift.timer", True),
        ("/etc/systemd/system/local-fs.target.wants/stray.service", False),
        ("/etc/systemd/system/multi-user.target.wants/stray.mount", False),
        ("/etc/systemd/system/stray.service", False),
    ],
)
def test_a_volume_that_is_mounted_at_boot_is_ours_and_no_other_unit_is(look: ModuleType, path: str, ours: bool) -> None:
    assert bool(look.OURS.match(path)) is ours
