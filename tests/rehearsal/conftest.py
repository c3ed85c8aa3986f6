"""Two running hosts for the tests that ask for them."""

from collections.abc import Iterator

import pytest

from tests.rehearsal.kit import Rehearsal


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    rehearsal = Rehearsal(tmp_path_factory.mktemp("rehearsal"))
    rehearsal.run("destroy")
    yield rehearsal
    rehearsal.run("destroy")


@pytest.fixture
def running(hosts: Rehearsal) -> Rehearsal:
    hosts.run("create")
    return hosts
