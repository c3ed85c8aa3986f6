"""Expand, then contract: what takes something away waits for the last release that uses it, and bars the way back."""

from __future__ import annotations

import pytest

from predictor.migration import Contraction, SchemaError, Step
from tests.service.postgres import Postgres
from tests.service.schema_kit import BASE, ask, everything, take

pytestmark = pytest.mark.usefixtures("database")

MOVE = "alter table service.items add column title text"
CONTRACT = Contraction("alter table service.items drop column name cascade", since=2, why="title has it now")
STEPS: tuple[Step, ...] = (BASE, MOVE, CONTRACT)

# As they were made before steps were declared.
OLD = """
    create table service.migrations (step integer primary key, at timestamptz not null default now());
    insert into service.migrations (step) values (1);
"""


@pytest.fixture
def moved(database: dict[str, str]) -> None:  # noqa: ARG001
    """Two releases were deployed: one that knows step 1, and one that no longer uses what step 3 takes away."""
    assert take(*STEPS[:1], release="first") == [1]
    assert take(*STEPS[:2], release="second", running="first") == [2]


def _columns() -> set[object]:
    query = "select column_name from information_schema.columns where table_schema = 'service' and table_name = 'items'"
    return {name for (name,) in ask(query)}


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("running", "known"),
    [
        ("first", "first knows only step 1"),
        ("second first", "first knows only step 1"),
        ("unheard-of", "unheard-of knows only step 0"),
        ("second third unheard-of", "unheard-of knows only step 0"),
    ],
)
def test_a_contraction_waits_for_every_running_release(running: str, known: str, check: bool) -> None:
    before = everything()
    more = "create table service.more ()"
    with pytest.raises(SchemaError) as caught:
        take(*STEPS, more, release="third", running=running, check=check)
    message = str(caught.value)
    assert message.startswith("Step 3 of the schema takes away")
    assert known in message
    assert "second knows" not in message
    assert "third knows" not in message
    assert "Nothing was changed. First deploy a release with step 2 that no longer uses it" in message
    assert everything() == before


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("running", ["second", "second third", "third", ""])
def test_a_contraction_is_taken_when_all_that_run_can_live_without(running: str) -> None:
    assert "name" in _columns()
    assert take(*STEPS, release="third", running=running) == [3]
    assert "name" not in _columns()
    assert ask("select step, since from service.migrations order by step") == [(1, 0), (2, 0), (3, 2)]
    assert take(*STEPS, release="third", running=running) == []


def test_a_new_installation_takes_all_at_once() -> None:
    assert take(*STEPS, release="third") == [1, 2, 3]


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("check", [False, True])
def test_the_way_back_ends_where_the_code_needs_what_is_gone(check: bool) -> None:
    assert take(*STEPS, release="third", running="second") == [3]
    before = everything()
    with pytest.raises(SchemaError, match=r"needs what step 3 took away: it knows 1 .* Go forward instead"):
        take(*STEPS[:1], release="first", running="third", check=check)
    assert everything() == before
    assert take(*STEPS[:2], release="second", running="third", check=check) == []


@pytest.mark.usefixtures("moved")
def test_the_way_back_over_what_was_only_added_is_free() -> None:
    assert take(*STEPS[:1], release="first", running="second") == []
    assert take(*STEPS[:1], release="first", running="second", check=True) == []


@pytest.mark.usefixtures("moved")
def test_a_check_changes_nothing_and_tells_what_would_be_taken() -> None:
    before = everything()
    assert take(*STEPS, "create table service.more ()", release="third", running="second", check=True) == [3, 4]
    assert everything() == before
    with pytest.raises(SchemaError, match="Step 3 of the schema is undeclared"):
        take(*STEPS[:2], "drop table service.notes", check=True)
    assert everything() == before


def test_a_release_is_recorded_with_what_its_code_knows_and_when() -> None:
    take(BASE, release="first")
    take(BASE, MOVE, release="second")
    take(BASE, MOVE, release="first")
    take(BASE, MOVE)
    assert ask("select release, schema from service.releases order by 1") == [("first", 2), ("second", 2)]
    assert ask("select count(distinct at) from service.releases") == [(2,)]


def test_a_refused_release_is_not_recorded() -> None:
    take(BASE, release="first")
    with pytest.raises(SchemaError):
        take(BASE, "drop table service.notes", release="second", running="first")
    assert ask("select release from service.releases") == [("first",)]


def test_an_installation_of_before_the_rules_is_taken_along(cluster: Postgres) -> None:
    with cluster.admin("service") as connection:
        connection.execute(f"set role service; {BASE}; {OLD}".encode())
    before = everything()
    assert take(BASE, release="second", running="first", check=True) == []
    assert everything() == before
    with pytest.raises(SchemaError, match="first knows only step 0"):
        take(*STEPS, release="second", running="first")
    assert everything() == before
    assert take(BASE, MOVE, release="second", running="first") == [2]
    assert ask("select step, since from service.migrations order by step") == [(1, 0), (2, 0)]
    with cluster.admin("service") as connection:  # as the code before the rules does it
        connection.execute("set role service; insert into service.migrations (step) values (99)")
    assert take(BASE, MOVE, release="second") == [], "a step of before the rules only added"


def test_who_reads_the_steps_does_not_hold_up_a_deploy(cluster: Postgres) -> None:
    take(BASE)
    with cluster.admin("service") as reader, reader.transaction():
        reader.execute("lock table service.migrations in access share mode")
        assert take(BASE, MOVE) == [2]


@pytest.mark.parametrize(("since", "why"), [(2, "later"), (3, "later"), (0, "later"), (-1, "later"), (1, " ")])
def test_a_contraction_without_sense_is_refused(since: int, why: str) -> None:
    with pytest.raises(SchemaError, match=r"Step 2 of the schema is a Contraction with .* 1 to 1"):
        take(BASE, Contraction("select 1", since=since, why=why))
    assert everything() == []


def test_what_fails_is_named_and_nothing_before_it_stays() -> None:
    with pytest.raises(SchemaError, match=r"Step 2 of the schema fails .*nowhere.* Nothing was changed"):
        take(BASE, "alter table service.nowhere add column x int")
    assert everything() == []
