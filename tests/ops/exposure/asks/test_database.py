"""A real PostgreSQL, asked as `verify` asks: one that refuses has no problem, one that is laxer in any way is named."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator

import pytest

from ops import pki
from ops.exposure.asks import database as asks
from ops.exposure.far import database
from tests.ops import certificates
from tests.service import postgres

GOOD = "local all postgres trust\nhostssl service service 127.0.0.1/32 scram-sha-256\n"
# What someone writes who wants it to work at last, and what of it `verify` has to name.
LAX = {
    "trust": ("hostssl service service 127.0.0.1/32 trust\n", "the service with default passwords gets in without"),
    "no TLS": ("hostnossl service service 127.0.0.1/32 scram-sha-256\n" + GOOD, "the service without TLS gets as far"),
    "any database": ("hostssl all service 127.0.0.1/32 scram-sha-256\n", "the service in another database gets as far"),
    "any role": ("hostssl service all 127.0.0.1/32 scram-sha-256\n", "a role that is none gets as far"),
    "superuser": ("hostssl all postgres 127.0.0.1/32 scram-sha-256\n" + GOOD, "the superuser gets as far"),
    "in clear": ("hostssl service service 127.0.0.1/32 password\n", "with default passwords gets as far as password"),
    "replica": ("hostssl replication all 127.0.0.1/32 trust\n" + GOOD, "a replica gets"),
}


class Served(postgres.Postgres):
    """On the loopback by TCP, with TLS, as a host has it."""

    port = 0

    def start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        key = self.directory / "leaf.pem"
        if not key.exists():
            signer = pki.new_key()
            certificates.leaf(signer, pki.ca_certificate(signer, "test"), "127.0.0.1", self.directory)
            key.chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(key, "postgres", "postgres")
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.directory} "
            f"-c ssl=on -c ssl_cert_file={key} -c ssl_key_file={key} -c password_encryption=scram-sha-256"
        )
        log = str(self.directory / "log")
        self._run("pg_ctl", "start", "--wait", "--pgdata", str(self._data), "--log", log, "--options", options)

    def rules(self, text: str) -> None:
        (self._data / "pg_hba.conf").write_text("local all postgres trust\n" + text)
        self._run("pg_ctl", "reload", "--pgdata", str(self._data))

    def sql(self, statement: str) -> None:
        self._run("psql", "-h", str(self.directory), "-p", str(self.port), "-c", statement)

    def password(self, word: str) -> None:
        self.sql(f"alter role service password '{word}'")


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    programs = postgres.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL is installed here; tests/hosts/test_exposure.py asks a host's")
    made = Served(programs)
    made.start()
    made.sql("create role service login")
    made.sql("create database service")
    yield made
    made.remove()


@pytest.fixture(autouse=True)
def _good(server: Served) -> None:
    server.password("9f2c-long-and-random-0b")
    server.rules(GOOD)


def problems(server: Served, *, managed: bool = False) -> list[str]:
    wanted = asks.tries("postgres", managed=managed)
    answers = [database.ask("127.0.0.1", server.port, one) for one in wanted]
    report = asks.judge("data1:5432", "app1", wanted, answers, "fix")
    assert report.checked["database"] == len(wanted) == 9
    return [one.what for one in report.problems]


def settled(server: Served, expected: int) -> list[str]:
    """A reload takes effect a moment after it was asked for."""
    found: list[str] = []

    def reached() -> bool:
        nonlocal found
        found = problems(server)
        return bool(found) == bool(expected)

    postgres.wait_until(reached, f"the rules did not come into force; {found}")
    return found


def test_a_server_that_refuses_has_no_problem(server: Served) -> None:
    assert settled(server, 0) == []
    assert database.ask("127.0.0.1", server.port, asks.tries("postgres", managed=False)[-1])[0] == "scram"


@pytest.mark.parametrize(("rules", "named"), LAX.values(), ids=LAX)
def test_a_rule_that_is_laxer_is_named(server: Served, rules: str, named: str) -> None:
    server.rules(rules)
    found = settled(server, 1)
    assert [one for one in found if named in one], found


@pytest.mark.parametrize("word", [asks.DEFAULTS[1], asks.DEFAULTS[-1]])
def test_a_default_password_is_found_out(server: Served, word: str) -> None:
    """Proven by SCRAM itself: the client that asks would be let in."""
    server.password(word)
    assert problems(server) == ["the service with default passwords gets in by a default password"]


def test_a_managed_one_may_ask_everybody_for_a_password_but_lets_nobody_in(server: Served) -> None:
    server.rules("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    postgres.wait_until(lambda: len(problems(server)) > 3, "the rules did not come into force")
    assert problems(server, managed=True) == []


def test_a_server_that_does_not_answer_has_proven_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    wanted = asks.tries("postgres", managed=False)
    report = asks.judge("data1:5432", "app1", wanted, [database.ask("127.0.0.1", port, one) for one in wanted], "fix")
    assert len(report.problems) == len(wanted)
