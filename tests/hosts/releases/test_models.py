"""Another model is another release: `MODEL=` brings it, a rollback takes it back; one not whole never serves."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import pytest

from ops.build import models
from ops.environment import cache_directory
from tests.hosts.releases import load
from tests.hosts.releases.test_deploy import SERVICE, lost, served, settled
from tests.hosts.releases.trial import Trial
from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT

pytestmark = pytest.mark.full

# On the bucket's host: as soon as a file is stored, a byte of it changes, as a disk or a power cut may leave it.
SPOIL = """
until test -e {path}; do sleep 0.05; done
printf x | dd of={path} bs=1 seek=1000 conv=notrunc status=none
"""


@dataclass
class Later:
    """A model whose delays are some minutes more than those of the site's own, for one flight `delay`."""

    directory: Path
    version: str
    delay: float


@pytest.fixture(scope="module")
def own(site: Site) -> Iterator[dict[str, Any]]:
    """The site's own model, as its manifest has it; in the end it serves again."""
    yield json.loads((site.environment.state / "release.json").read_text())["model"] | {"delay": delay(site)}
    site.must("deploy")


@pytest.fixture
def later(own: dict[str, Any], tmp_path: Path) -> Iterator[Later]:
    """Each time another one; the cache does not keep it."""
    directory, number = tmp_path / "later", time.time_ns()
    version, minutes = f"trial-{number}", 1 + number % 1000 / 10
    shutil.copytree(own["directory"], directory)
    weights = onnx.load(directory / "model.onnx")
    (tree,) = weights.graph.node
    (base,) = [attribute for attribute in tree.attribute if attribute.name == "base_values"]
    base.floats[0] += minutes
    onnx.save(weights, directory / "model.onnx")
    canary = json.loads((directory / "canary.json").read_text()) | {"version": version}
    for case in canary["cases"]:
        for prediction in case["expected"]["predictions"]:
            prediction["arrival_delay_minutes"] += minutes
    (directory / "canary.json").write_text(json.dumps(canary))
    card = json.loads((directory / "card.json").read_text())
    digests = {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in card["files"]}
    (directory / "card.json").write_text(json.dumps(card | {"version": version, "files": digests}))
    yield Later(directory, version, own["delay"] + minutes)
    shutil.rmtree(models.place(cache_directory(), own["name"], version), ignore_errors=True)


def delay(site: Site) -> float:
    status, answer = site.predict([FLIGHT])
    assert status == 200, answer
    return float(answer["predictions"][0]["arrival_delay_minutes"])


def test_another_model_and_back_and_again(site: Site, own: dict[str, Any], later: Later) -> None:
    """By its directory; back without a word; and by its version, from the hosts."""
    old = served(site)
    ways: list[tuple[str, dict[str, str], float]] = [
        ("deploy", {"MODEL": str(later.directory)}, later.delay),
        ("rollback", {}, own["delay"]),
        ("deploy", {"MODEL": later.version}, later.delay),
    ]
    with load.steady(site) as seen:
        for verb, words, expected in ways:
            done = site.verb(verb, **words)
            assert done.returncode == 0, done.stdout
            assert delay(site) == pytest.approx(expected, abs=0.01)
        while len(seen.ids) < 3000:
            time.sleep(0.5)
    assert served(site) != old
    assert len(seen.releases) == 2, "the wheel's digest and the settings are the same; the model is not"
    assert later.version in site.verb("status").stdout
    assert not (wrong := lost(site, seen, 3000)), wrong


def test_a_model_that_its_bucket_has_spoiled_does_not_come_and_the_next_deploy_stores_it_anew(
    site: Site, later: Later
) -> None:
    before, old = delay(site), served(site)
    path = f"/srv/bucket/data/artifacts/models/arrival-delay/{later.version}/model.onnx"
    with load.steady(site) as seen, ThreadPoolExecutor() as pool:
        spoiling = pool.submit(site.ssh, "data1", SPOIL.format(path=path))
        done = site.verb("deploy", MODEL=str(later.directory))
        assert spoiling.result().returncode == 0, spoiling.result().stderr
        assert done.returncode != 0
        assert "model.onnx: FAILED" in done.stdout
        assert served(site) == old
        assert delay(site) == before
        assert all(settled(site, host) for host in SERVICE)
        assert seen.releases == old
        done = site.verb("deploy", MODEL=str(later.directory))
        assert done.returncode == 0, done.stdout
    assert delay(site) == pytest.approx(later.delay, abs=0.01)
    assert not (wrong := lost(site, seen, 1000)), wrong


def test_a_model_that_is_cut_short_here_goes_nowhere(site: Site, later: Later, trial: Trial) -> None:
    """In the directory that MODEL names, or in the cache after the release was built."""
    old, weights = served(site), later.directory / "model.onnx"
    whole = weights.read_bytes()
    model: dict[str, Any] = trial.manifest["model"]
    listed = {name: hashlib.sha256((later.directory / name).read_bytes()).hexdigest() for name in model["files"]}
    weights.write_bytes(whole[: len(whole) // 2])
    with load.steady(site) as seen:
        done = site.verb("deploy", MODEL=str(later.directory))
        assert done.returncode != 0
        assert f"{weights}" in done.stdout
        assert models.ANEW in done.stdout
        cut = model | {"version": later.version, "directory": str(later.directory), "files": listed}
        done = trial.run(trial.manifest | {"model": cut}, {})
        assert done.returncode != 0
        assert "Store it if it is what the manifest says" in done.stdout
        assert served(site) == old
    assert seen.releases == old
    assert not (wrong := lost(site, seen, 300)), wrong
