"""A change of the schema that a running release can't live with is not made unless it was declared and prepared."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.hosts.releases import load
from tests.hosts.releases.test_deploy import SERVICE, lost, served, settled
from tests.hosts.releases.trial import Trial
from tests.hosts.site import Site

pytestmark = pytest.mark.full

ADD = "alter table service.predictions add column note text"
UNUSED = "comment on column service.predictions.note is 'no longer used'"
DROP = "alter table service.predictions drop column if exists note"


@pytest.fixture
def schema(site: Site, trial: Trial) -> Iterator[Trial]:
    """Afterwards the schema is again as the site's own release has it."""
    yield trial
    site.sql(f"{DROP}; delete from service.migrations where step > 1")  # noqa: S608 - a constant


def deploy(trial: Trial, *steps: str | tuple[str, int]) -> subprocess.CompletedProcess[str]:
    """Of a release whose schema has these steps after the first."""
    settings = {"service_environment": {"TRIAL_STEPS": json.dumps(steps)}, "service_schema_check": True}
    return trial.run(trial.manifest, {"service_schema_module": "predictor.trial_schema", **settings})


def columns(site: Site) -> str:
    return site.sql(
        "select string_agg(column_name, ' ') from information_schema.columns where table_schema = 'service'"
    )


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (["alter table service.predictions drop column model_version"], "Step 2 of the schema is undeclared"),
        (
            [ADD, UNUSED, (DROP, 3)],
            "First deploy a release with step 3 that no longer uses it, everywhere; then this one",
        ),
    ],
    ids=["undeclared", "unprepared"],
)
def test_a_change_that_the_running_release_cannot_live_with(
    site: Site, schema: Trial, steps: list[str | tuple[str, int]], says: str
) -> None:
    before, old = columns(site), served(site)
    with load.steady(site) as seen:
        done = deploy(schema, *steps)
    assert done.returncode != 0
    assert says in " ".join(done.stdout.split())
    assert columns(site) == before
    assert served(site) == seen.releases == old
    assert not (wrong := lost(site, seen, 300)), wrong
    assert all(settled(site, host) for host in SERVICE)


def test_expand_then_contract_and_no_way_back_over_that(site: Site, schema: Trial) -> None:
    for steps in ([ADD], [ADD, UNUSED], [ADD, UNUSED, (DROP, 3)]):
        done = deploy(schema, *steps)
        assert done.returncode == 0, done.stdout
    assert "note" not in columns(site)
    assert site.must("rollback"), "the release before no longer used what is gone"
    old = served(site)
    done = site.verb("rollback")
    assert done.returncode != 0
    assert "This release's code needs what step 4 took away" in " ".join(done.stdout.split())
    assert served(site) == old
    assert all(settled(site, host) for host in SERVICE)
