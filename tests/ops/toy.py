"""A service with training code that is over in no time, releases of it, and models as people bring them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from ops.build import chosen, release
from ops.environment import Environment, cache_directory
from ops.steps import Steps
from tests.ops.toy_model import write

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "toy"
version = "1.2.3"
[tool.hatch.build.targets.wheel]
packages = ["src/toy"]
"""
# The same command line and answer as service/src/training; `runs` counts beside the model's directory.
TRAINING = """\
import json, sys
from pathlib import Path
from tests.ops.toy_model import write
out = Path(sys.argv[sys.argv.index("--out") + 1])
made = write(out / "toy" / "v1", "v1")
(out.parent / "runs").open("a").write("x")
print(json.dumps({"name": "toy", "version": "v1", "directory": str(out / "toy" / "v1"), "files": made}))
"""


class Toy:
    """`told`: what the last `make` had to tell."""

    def __init__(self, environment: Environment, directory: Path) -> None:
        self.environment, self.source, self.directory = environment, directory / "service", directory
        self.told: list[str] = []
        for name, text in {
            "pyproject.toml": PYPROJECT,
            "requirements.txt": f"uvicorn==1.0 --hash=sha256:{'0' * 64}\n",
            "src/toy/__init__.py": "ANSWER = 42\n",
            "src/training/__main__.py": TRAINING,
        }.items():
            (self.source / name).parent.mkdir(parents=True, exist_ok=True)
            (self.source / name).write_text(text)
        (environment.directory / "group_vars").mkdir()
        self.set()

    def set(self, **changed: str) -> None:
        """The environment's variables."""
        own = {"service_name": "toy", "service_source": str(self.source), "service_asgi": "toy:app"}
        text = yaml.safe_dump({**own, "service_model": "trained", **changed})
        (self.environment.directory / "group_vars" / "all.yml").write_text(text)

    def model(self, version: str = "v2", weights: str = "better", **card: Any) -> Path:
        """A directory that somebody brings."""
        directory = self.directory / "brought" / f"{version}-{weights}"
        write(directory, version, weights, **card)
        return directory

    def cached(self, version: str) -> Path:
        return cache_directory() / "models" / "toy" / version

    def make(self, version: str = "", model: Path | str = "") -> dict[str, Any]:
        """What `deploy` does before it goes to the hosts; the manifest, as recorded."""
        self.told = []
        parts = chosen.parts(self.environment, version, str(model), self.told.append)
        with Steps(Console(file=io.StringIO())) as steps:
            steps.together(parts.jobs())
        path = release.record(self.environment, parts.manifest())
        return dict(json.loads(path.read_text()))

    @property
    def trained(self) -> int:
        """How often the training ran."""
        runs = cache_directory() / "runs"
        return len(runs.read_text()) if runs.exists() else 0
