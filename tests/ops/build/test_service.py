"""What can't become a release on the hosts is refused by name, before anything is built, contacted or changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.problems import SettingsError
from ops.build import relock, service
from ops.build.requirements import read
from ops.build.service import Service
from ops.environment import ROOT, Environment
from ops.steps import Steps

HASH = "a" * 64
LOCK = f"uvicorn==0.54.0 --hash=sha256:{HASH}\n"
OWN: dict[str, Any] = {
    "service_name": "hello",
    "service_source": "examples/hello",
    "service_asgi": "hello:app",
    "service_model": "",
    "service_uses_database": False,
}


@pytest.fixture
def hello(one: Environment, root: Path) -> Path:
    """The example's sources in a repository of their own, and the environment that runs them."""
    defaults = root / service.DEFAULTS
    defaults.parent.mkdir(parents=True)
    shutil.copy(ROOT / service.DEFAULTS, defaults)
    source = root / "examples" / "hello"
    shutil.copytree(ROOT / "examples" / "hello", source)
    (source / "requirements.txt").write_text(LOCK)
    (one.directory / "group_vars").mkdir()
    return source


def of(environment: Environment, **changed: Any) -> Service:
    (environment.directory / "group_vars" / "all.yml").write_text(yaml.safe_dump({**OWN, **changed}))
    return service.of(environment, environment.directory.parents[1])


def wheel(directory: Path, name: str = "hello-1-py3-none-any.whl", module: str = "hello.py", more: str = "") -> Path:
    """A wheel with one module, as a build makes it."""
    path = directory / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(module, "")
        archive.writestr("hello-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: hello\nVersion: 1\n{more}\n")
    return path


def test_the_shipped_service_and_the_example_are_good(one: Environment, hello: Path) -> None:
    shipped = service.of(Environment.resolve("local"))
    assert (shipped.name, shipped.trains, shipped.source) == (
        "predictor", True, ROOT / "service",
    )  # fmt: skip
    own = of(one)
    assert (own.source, own.lock) == (hello, hello / "requirements.txt"), "relative to the repository"
    assert [pin.name for pin in own.pins] == ["uvicorn"]
    assert len((ROOT / "examples/hello/hello.py").read_text().splitlines()) <= 20
    assert [pin.name for pin in read(ROOT / "examples/hello/requirements.txt", "")[0]] == ["click", "h11", "uvicorn"]


BAD_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "no such directory": ({"service_source": "examples/nothing"}, "examples/nothing, which is not there"),
    "a directory without a project": ({"service_source": "examples"}, "examples, which has no pyproject.toml"),
    "a wheel that is not there": ({"service_source": "dist/hello.whl"}, "dist/hello.whl, which is not there"),
    "a template": ({"service_source": "{{ mine }}"}, "before Ansible could fill in a template"),
    "no text": ({"service_name": 7}, "a plain text"),
    "no target": ({"service_asgi": "hello"}, "module:attribute, such as hello:app"),
    "a target that a shell would read": ({"service_asgi": "hello:app; id"}, "module:attribute"),
    "an unknown model": ({"service_model": "best"}, "trained or ''"),
    "a model without training code": ({"service_model": "trained"}, "hello has no src/training"),
    "no lock": ({"service_requirements": "none.txt"}, "make lock ENV=one"),
    "no canary set": ({"service_canary": "none.json"}, "No such file"),
    "an empty canary set": ({"service_canary": "examples/hello/pyproject.toml"}, '{"cases": [{"request"'),
}


@pytest.mark.parametrize(
    ("cases", "said"),
    [([], "no cases"), ([{"request": {}}], "case 1 without"), ([{"expected": {}}], "case 1 without"), (7, "TypeError")],
)
def test_a_canary_set_that_proves_nothing_is_refused(
    one: Environment, hello: Path, tmp_path: Path, cases: object, said: str
) -> None:
    assert hello.is_dir()
    file = tmp_path / "canary.json"
    file.write_text(json.dumps({"cases": cases}))
    with pytest.raises(SettingsError, match=said):
        of(one, service_canary=str(file))


@pytest.mark.parametrize("case", BAD_SETTINGS)
def test_bad_settings_are_refused_by_name(one: Environment, hello: Path, case: str) -> None:
    changed, said = BAD_SETTINGS[case]
    with pytest.raises(SettingsError) as caught:
        of(one, **changed)
    text = str(caught.value)
    assert said in text
    assert next(iter(changed)) in text
    assert "nothing was contacted or changed" in text
    assert hello.is_dir()


BAD_LOCKS = {
    "nothing": ("", "no uvicorn"),
    "no hash": ("uvicorn==0.54.0\n", "has no hash"),
    "no uvicorn": (f"h11==0.16.0 --hash=sha256:{HASH}\n", "no uvicorn"),
    "a uvicorn for another system": (f"uvicorn==1 ; sys_platform == 'win32' --hash=sha256:{HASH}\n", "no uvicorn"),
    "a range": (f"uvicorn>=0.54 --hash=sha256:{HASH}\n", "not one exact version"),
    "a wildcard": (f"uvicorn==0.* --hash=sha256:{HASH}\n", "not one exact version"),
    "an address": (f"uvicorn @ https://example.com/u.whl --hash=sha256:{HASH}\n", "not one exact version"),
    "another index": (f"--index-url https://example.com\n{LOCK}", "pip's own settings"),
    "a path": (f"./vendor/uvicorn --hash=sha256:{HASH}\n", "pip can't read"),
}


@pytest.mark.parametrize("case", BAD_LOCKS)
def test_a_bad_lock_is_refused_with_the_line_and_the_command(one: Environment, hello: Path, case: str) -> None:
    text, said = BAD_LOCKS[case]
    (hello / "requirements.txt").write_text(text)
    with pytest.raises(SettingsError) as caught:
        of(one)
    assert said in str(caught.value)
    assert "make lock ENV=one" in str(caught.value)


def test_a_lock_is_read_as_the_hosts_will(tmp_path: Path) -> None:
    """uv's layout, extras, and markers answered for the hosts and not for the Python that runs this."""
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        f"# made by hand\nUvicorn[standard]==0.54.0 ; python_version >= '3.13' \\\n    --hash=sha256:{HASH} \\\n"
        f"    --hash=sha256:{'b' * 64}\n    # via hello\ncolorama==0.4 ; sys_platform == 'win32' --hash=sha256:{HASH}\n"
        f"tomli==2.0 ; python_full_version < '3.11' --hash=sha256:{HASH}\n"
    )
    pins, problems = read(lock, "make lock")
    assert problems == []
    assert [pin.line() for pin in pins] == [f"uvicorn==0.54.0 --hash=sha256:{HASH} --hash=sha256:{'b' * 64}"]


BAD_WHEELS: dict[str, tuple[dict[str, str], str]] = {
    "another Python": ({"name": "hello-1-cp311-cp311-manylinux_2_17_x86_64.whl"}, "cp311-cp311-manylinux_2_17_x86_64"),
    "another processor": ({"name": "hello-1-cp313-cp313-manylinux_2_17_aarch64.whl"}, "Debian 13, amd64"),
    "another system": ({"name": "hello-1-cp313-cp313-win_amd64.whl"}, "win_amd64"),
    "a newer glibc": ({"name": "hello-1-cp313-cp313-manylinux_2_42_x86_64.whl"}, "manylinux_2_42"),
    "a name that is none": ({"name": "hello.whl"}, "Invalid wheel filename"),
    "a later Python": ({"more": "Requires-Python: >=3.14"}, "asks for Python >=3.14"),
    "another module": ({"module": "goodbye.py"}, "hello:app, but hello-1-py3-none-any.whl holds goodbye"),
    "what is not locked": (
        {"more": "Requires-Dist: httpx>=0.27"},
        "needs `httpx>=0.27`, and requirements.txt has none",
    ),
    "a version that is not locked": ({"more": "Requires-Dist: uvicorn>=1"}, "requirements.txt has 0.54.0"),
}


@pytest.mark.parametrize("case", BAD_WHEELS)
def test_a_wheel_that_could_not_start_is_refused(one: Environment, hello: Path, case: str) -> None:
    changed, said = BAD_WHEELS[case]
    made = wheel(hello, **changed)
    with pytest.raises(SettingsError) as caught:
        of(one, service_source=str(made))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "module", "asgi"),
    [
        ("hello-1-py3-none-any.whl", "hello/__init__.py", "hello:app"),
        ("hello-1-py3-none-any.whl", "hello/web.py", "hello.web:make.app"),
        ("hello-1-cp313-cp313-manylinux_2_28_x86_64.whl", "hello.cpython-313-x86_64-linux-gnu.so", "hello:app"),
        ("hello-1-cp310-abi3-manylinux2014_x86_64.whl", "hello-1.data/platlib/hello.py", "hello:app"),
    ],
)
def test_wheels_that_run_on_the_hosts_are_taken(
    one: Environment, hello: Path, name: str, module: str, asgi: str
) -> None:
    made = wheel(hello, name, module, "Requires-Dist: uvicorn>=0.5\nRequires-Dist: x; extra == 'dev'")
    own = of(one, service_source=str(made), service_asgi=asgi)
    assert (own.is_wheel, own.lock) == (True, hello / "requirements.txt"), "the lock beside the wheel"


def test_a_file_that_is_no_wheel_is_told(one: Environment, hello: Path) -> None:
    made = hello / "hello-1-py3-none-any.whl"
    made.write_bytes(b"PK but no zip")
    with pytest.raises(SettingsError, match="not a zip file"):
        of(one, service_source=str(made))


def test_another_build_backend_is_not_fetched_and_run_here(one: Environment, hello: Path) -> None:
    project = hello / "pyproject.toml"
    project.write_text(project.read_text().replace("hatchling.build", "setuptools.build_meta"))
    with pytest.raises(SettingsError, match=r"setuptools.build_meta[\s\S]*uv build --wheel"):
        of(one)


def test_training_is_installed_only_where_a_model_is_trained(one: Environment, hello: Path, root: Path) -> None:
    assert hello.is_dir()
    of(one)
    for environment, group in (("local", "train"), (str(one.directory), ""), ("nowhere", "")):
        done = subprocess.run(
            [sys.executable, "-m", "ops.build.service", environment],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == group, environment
    assert root.is_dir()


def test_lock_asks_for_the_hosts_python_and_names_no_index(
    one: Environment, hello: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv itself, with a directory of wheels for an index."""
    index = tmp_path / "index"
    index.mkdir()
    for version, tag in (("0.1", "py3-none-any"), ("0.2", "cp311-cp311-linux_x86_64")):
        with zipfile.ZipFile(index / f"uvicorn-{version}-{tag}.whl", "w") as archive:
            about = f"Metadata-Version: 2.1\nName: uvicorn\nVersion: {version}\n"
            archive.writestr(f"uvicorn-{version}.dist-info/METADATA", about)
            archive.writestr(f"uvicorn-{version}.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
            archive.writestr(f"uvicorn-{version}.dist-info/RECORD", "")
    settings = tmp_path / "uv.toml"
    settings.write_text(f'no-index = true\nfind-links = ["{index}"]\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    (hello / "requirements.txt").unlink()
    of_lock = service.described(_described(one), one.directory.parents[1])
    with Steps() as steps:
        relock.run(of_lock, steps)
    text = (hello / "requirements.txt").read_text()
    assert text.startswith("uvicorn==0.1 "), "0.2 is not for the hosts' Python"
    assert "--hash=sha256:" in text
    assert str(index) not in text
    assert os.fspath(tmp_path) not in text
    assert [pin.name for pin in of(one).pins] == ["uvicorn"]


def _described(environment: Environment) -> Environment:
    (environment.directory / "group_vars" / "all.yml").write_text(yaml.safe_dump(OWN))
    return environment
