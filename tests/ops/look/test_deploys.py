"""What was deployed, told once however many hosts have a record of it."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from ops import probe
from ops.look import consistency, deploys, show_status
from ops.look.status import HostStatus, Status


def record(at: str, release: str = "1-a", action: str = "deploy", **more: Any) -> dict[str, Any]:
    own = {"id": "of-a-host", "host": "h", "by": "ann", "from": "laptop", "model": {"name": "toy", "version": "v1"}}
    return own | {"at": at, "release": release, "action": action, "seconds": 1.0} | more


def test_a_deploy_of_several_hosts_is_one_with_the_longest_time() -> None:
    at, later = "2026-11-26T10:00:00Z", "2026-11-26T11:00:00+00:00"
    found = deploys.merged(
        {
            "app1": [record(at), record(later, "1-b"), record(later, "1-a", "rollback")],
            "app2": [record(at, seconds=7.25), record(later, "1-b", seconds=None)],
            "app3": [record(at, seconds=2)],
        }
    )
    told = [(one["action"], one["release"], one["seconds"], one["hosts"]) for one in found]
    assert told == [
        ("deploy", "1-b", 1.0, ["app1", "app2"]),
        ("rollback", "1-a", 1.0, ["app1"]),
        ("deploy", "1-a", 7.25, ["app1", "app2", "app3"]),
    ]
    assert not {"id", "host"} & set(found[0]), "they are of one host alone"
    assert (found[0]["by"], found[0]["from"], found[0]["before"]) == ("ann", "laptop", None)


def test_the_last_ten_by_time_and_not_by_text() -> None:
    hours = [record(f"2026-11-26T{hour:02}:00:00Z") for hour in range(12)]
    east = record("2026-11-26T12:30:00+09:00")  # 03:30 UTC
    found = deploys.merged({"app1": hours, "app2": [east]})
    assert [one["at"][11:13] for one in found] == ["11", "10", "09", "08", "07", "06", "05", "04", "12", "03"]


def test_what_is_no_record_is_left_out() -> None:
    good = json.dumps(record("2026-11-26T10:00:00Z"))
    others = ["", "{", "null", "7", '"at"', "[]", "{}", good[:-5], json.dumps(record("yesterday"))]
    others += [
        json.dumps(record("2026-11-26") | {"action": None}),
        json.dumps({"at": 5, "action": "x", "release": "y"}),
    ]
    assert deploys.read("\n".join([*others[:5], good, *others[5:]])) == [json.loads(good)]


def printed(status: Status) -> list[str]:
    out = io.StringIO()
    show_status.status(status, Console(file=out, width=40))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_people_read_each_hosts_release_and_the_last_five_deploys() -> None:
    model = {"name": "toy", "version": "v1"}
    serves = HostStatus("app1", "10.0.0.1", ["proxy", "service"], "running", "1-a", model, 97200)
    bare = HostStatus("data1", "10.0.0.2", ["database"], "running")
    many = [record(f"2026-11-26T1{hour}:00:00Z", by="a\x1b[31mn") for hour in range(7)]
    lines = printed(Status("ok", "one", hosts=[serves, bare], deploys=deploys.merged({"app1": many})))
    assert lines[2:4] == [
        "  app1   10.0.0.1  proxy, service  running  1-a  model toy v1  up 1d 3h",
        "  data1  10.0.0.2  database        running",
    ]
    assert lines[5].split() == ["at", "action", "release", "model", "by", "seconds", "hosts"]
    assert len(lines) == 11
    assert lines[6] == "  2026-11-26T16:00:00Z  deploy  1-a      toy v1  a\\x1b[31mn@laptop  1.0      app1"


def test_where_nothing_is_there_is_nothing_to_tell() -> None:
    assert printed(Status("down", "one", reasons=["There are no hosts."]))[1] == "  There are no hosts."


def test_a_time_is_told_in_its_largest_unit() -> None:
    told = {0: "0 s", 12: "12 s", 60: "1 min", 359: "5 min", 3600: "1 h", 86399: "23 h", 86400: "1d 0h", 97200: "1d 3h"}
    assert {seconds: show_status.duration(seconds) for seconds in told} == told


def judged(**releases: probe.Probe) -> tuple[list[str], list[str]]:
    hosts = [HostStatus(name, "", ["service"], found.state) for name, found in releases.items()]
    hosts.append(HostStatus("data1", "", ["database"], "running"))
    probes = releases | {"data1": probe.Probe("running", "of-a-former-life")}
    return consistency.against(hosts, probes), consistency.notes(probes)


def serves(release: str | None, **units: probe.Unit) -> probe.Probe:
    named = {release or "": probe.Unit("active", 5, 0)} | {name.replace("_", "-"): unit for name, unit in units.items()}
    return probe.Probe("running", release, {}, named if release else {})


def test_hosts_that_serve_different_releases() -> None:
    fix = "make deploy brings all to one, make rollback brings them back"
    assert judged(app1=serves("x"), app2=serves("y"))[0] == [f"app1 serves x and app2 y: {fix}"]
    three = judged(app1=serves("x"), app2=serves(None), app3=serves("x"))[0]
    assert three == [f"app1 and app3 serve x and app2 none: {fix}"]
    assert judged(app1=serves("x"), app2=probe.UNREACHABLE) == ([], []), "what it serves is not known"
    assert judged(app1=serves(None), app2=serves(None)) == ([], []), "nothing was deployed yet"


def test_a_release_that_was_restarted_is_told_and_one_that_does_not_run_counts() -> None:
    again = probe.Unit("active", 5, 2)
    assert judged(app1=serves("x", x=again)) == (
        [],
        ["systemd restarted x on app1 2 times: make logs HOST=app1 says why"],
    ), "it serves again: whoever looks should know, and it is no fault of now"
    against, notes = judged(app1=serves("x", x=probe.Unit("failed", None, 1)))
    assert against == ["x on app1 is failed: make logs HOST=app1 says why"]
    assert notes == ["systemd restarted x on app1 once: make logs HOST=app1 says why"]


def test_releases_that_run_beside_the_one_that_serves() -> None:
    against, notes = judged(app1=serves("x", old=probe.Unit("active", 9, 0), bad=probe.Unit("failed", None, 5)))
    assert against == []
    assert notes == ["app1 still runs old: it finishes its requests, or make deploy ends what was left behind"]
