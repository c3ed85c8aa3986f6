"""What `make bench` makes of what it was told: a mistake here would be believed, since nothing else checks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import load, memory, peer, place, report

HEY = "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"


def _table(*rows: tuple[float, int]) -> str:
    return HEY + "".join(f"{seconds},0,0,0,0,0,{status},0\n" for seconds, status in rows)


def test_the_rate_is_requests_by_the_time_that_they_took() -> None:
    said = 'some warning\n{"requests": 3000, "microseconds": 1500000, "failed": 0}\n'
    assert load.rate(said) == 2000


@pytest.mark.parametrize(("requests", "failed"), [(3000, 1), (0, 0)])
def test_a_rate_with_failures_is_none(requests: int, failed: int) -> None:
    """A door that answers 429 to everything is fast."""
    with pytest.raises(RuntimeError, match=f"{failed} of {requests} requests"):
        load.rate(f'{{"requests": {requests}, "microseconds": 1000000, "failed": {failed}}}')


def test_latency_is_of_all_urls_together() -> None:
    first = _table(*[(0.001 * number, 200) for number in range(1, 51)])
    second = _table(*[(0.001 * number, 200) for number in range(51, 101)])
    found = load.latency([second, first], 10)
    assert (found.rate, found.p50, found.p95, found.p99) == pytest.approx((10, 50, 95, 99))


@pytest.mark.parametrize("rows", [[], [(0.001, 200), (0.0001, 429)]])
def test_latency_with_failures_is_none(rows: list[tuple[float, int]]) -> None:
    with pytest.raises(RuntimeError):
        load.latency([_table(*rows)], 10)


def test_memory_is_counted_by_unit() -> None:
    lines = "1024 postgresql@17-main.service\n512 postgresql@17-main.service\n2048 shoestring-service@r.service\n"
    found = memory.by_role(lines + "100 sshd.service\n412 init.scope\n0 \n")
    assert found == {"service": 2.0, "database": 1.5, memory.BASE: 0.5}


def test_a_host_without_a_role_has_an_empty_cell() -> None:
    table = report.memory({"a": {"service": 2.0}, "b": {"nginx": 1.0}}, {"a": ["service"], "b": ["proxy"]})
    assert table.splitlines()[2:] == ["| a | service | 2 |  | 2 |", "| b | proxy |  | 1 | 1 |"]


def test_the_ratio_is_ours_by_the_peers() -> None:
    figure = report.Figure("requests a second", 1500, "bare uvicorn", 2000)
    assert figure.row() == "| requests a second | **0.75** | 1500 | 2000 | bare uvicorn |"


def test_the_page_has_ratios_before_anything_else(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "page.md"
    section = report.Section("The public door", "A note.", [report.Figure("rate", 1, "bare", 2)])
    report.write(page, "2 cores", ["nginx 1"], [section], report.memory({"a": {"x": 1}}, {"a": ["g"]}))
    headings = [line for line in page.read_text().splitlines() if line.startswith("#")]
    assert headings == ["# Benchmarks", "## The public door", "## Resident memory, MiB"]


def test_every_peer_writes_what_the_roles_write() -> None:
    """A glob that matches nothing would make the peers fast."""
    assert all(peer.targets(role) for role in peer.HOSTS)
    assert "/etc/nginx/conf.d/proxy.conf" in peer.targets("proxy")
    assert not [path for role in peer.HOSTS for path in peer.targets(role) if "/_" in path or path.endswith(".j2")]


def test_the_environment_is_nobody_elses(tmp_path: Path) -> None:
    directory = place.write(tmp_path)
    text = (directory / "rehearsal.yml").read_text()
    assert "10.77.0." not in text
    assert text.count("10.79.7.") == 4
    assert directory.name == "bench"


def test_the_script_of_wrk_is_lua_that_holds_the_body_and_the_key() -> None:
    text = load.script("the-key")
    assert load.BODY in text
    assert "Bearer the-key" in text
    assert "%" not in text.replace("%d", "")
