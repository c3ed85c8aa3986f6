"""A host's releases in a directory, with a systemctl and a journalctl that say what a test has them say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import ansible.module_utils
import pytest

_UTILS = str(Path(__file__).parents[4] / "ansible/plugins/module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)

from ansible.module_utils.release_record import Place  # noqa: E402 - found by the path above


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Nothing deployed yet."""
    for name in ("releases", "environments"):
        (tmp_path / name).mkdir()
    return Place(tmp_path)


@pytest.fixture
def bring(place: Place) -> Callable[..., None]:
    """Releases that are whole on the host, each in need of an environment."""

    def make(*names: str, environment: str = "e1") -> None:
        (place.environments / environment).mkdir(exist_ok=True)
        for name in names:
            directory = place.releases / name
            directory.mkdir()
            manifest = {
                "service": {"name": "predictor", "wheel_sha256": f"wheel of {name}"},
                "model": {"name": "m", "version": "1", "files": {"b": "2", "a": "1"}},
                "settings_sha256": f"settings of {name}",
            }
            (directory / "release.json").write_text(json.dumps(manifest))
            (directory / "venv").symlink_to(f"../../environments/{environment}")

    return make


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Has systemctl answer with these properties, call after call; the last one stays. Returns what it was asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")

    def say(*answers: dict[str, str]) -> Path:
        for number, answer in enumerate(answers):
            (tmp_path / f"answer{number}").write_text("".join(f"{key}={value}\n" for key, value in answer.items()))
        script = f"""#!/bin/sh
echo "$(basename $0) $*" >>{tmp_path}/asked
[ "$1" = show ] || exit 0
number=$(grep -c " show " {tmp_path}/asked)
[ "$number" -le {len(answers)} ] || number={len(answers)}
cat {tmp_path}/answer$((number - 1))
"""
        for name in ("systemctl", "journalctl", "systemd-run"):
            (programs / name).write_text(script if name != "journalctl" else "#!/bin/sh\necho KeyError: why it died\n")
            (programs / name).chmod(0o755)
        (tmp_path / "asked").touch()
        return tmp_path / "asked"

    return say
