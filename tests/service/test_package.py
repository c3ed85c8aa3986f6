"""What a host gets: the predictor and nothing of the training, from locked and hashed wheels."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.service.server import SOURCE

SERVICE = SOURCE.parent
LOCK = (SERVICE / "requirements.txt").read_text()


def _names(text: str) -> set[str]:
    return {match.lower() for match in re.findall(r"^([A-Za-z0-9-]+)", text, re.MULTILINE)}


def test_the_wheel_has_the_predictor_alone(tmp_path: Path) -> None:
    shutil.copytree(SERVICE, tmp_path / "service", ignore=shutil.ignore_patterns("__pycache__"))
    build = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(tmp_path)]
    out = subprocess.run(command, cwd=tmp_path / "service", capture_output=True, text=True, check=True)
    with zipfile.ZipFile(tmp_path / out.stdout.split()[-1]) as wheel:
        names = wheel.namelist()
        metadata = next(wheel.read(name).decode() for name in names if name.endswith("METADATA"))
    assert {name.split("/")[0] for name in names} == {"predictor", "predictor-0.1.0.dist-info"}
    assert {path.name for path in (SOURCE / "predictor").glob("*.py")} <= {name.split("/")[-1] for name in names}
    required = set(re.findall(r"^Requires-Dist: ([a-z-]+)", metadata, re.MULTILINE))
    assert required == _names((SERVICE / "requirements.in").read_text())


def test_the_lock_covers_the_requirements_with_hashes_and_names_no_index() -> None:
    assert _names((SERVICE / "requirements.in").read_text()) <= _names(LOCK)
    pins = re.findall(r"^[a-z0-9-]+==.*?(?=^[a-z0-9-]+==|\Z)", LOCK, re.MULTILINE | re.DOTALL)
    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "http" not in LOCK.replace("httptools", "").replace("httpx", "")


def test_the_predictor_imports_nothing_of_the_training() -> None:
    for path in (SOURCE / "predictor").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                assert module.split(".")[0] not in {"training", "sklearn", "skl2onnx", "pandas", "onnx"}, path
