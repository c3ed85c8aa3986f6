"""The two comparisons: whole processes against other ways to configure, the public door against bare uvicorn."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

from benchmarks import bare, load, peer, place, shell, timing
from benchmarks.place import Hosts
from benchmarks.report import Figure, Section

FLOOR = "- {hosts: all, become: true, gather_facts: false, tasks: [{command: 'true', changed_when: false}]}\n"
OK = re.compile(r"^\S+\s+: ok=(\d+)", re.MULTILINE)
CONNECTIONS, SECONDS, ROUNDS = 32, 6, 3


def configuration(directory: Path, hosts: Hosts, temporary: Path, first_up: float) -> Section:
    """What an unchanged site, a repeated deploy and a repeated `up` cost, each as a whole process."""
    floor, stock = temporary / "floor.yml", temporary / "stock.yml"
    floor.write_text(FLOOR)
    script, files = shell.write(hosts, temporary)
    tasks = peer.write(stock, set(files))
    ansible = ["ansible-playbook", "-i", str(hosts.environment.footprint)]
    found = timing.in_turn(
        {
            "site": [*ansible, "ansible/site.yml"],
            "deploy": [*ansible, "ansible/deploy.yml"],
            "stock": [*ansible, str(stock), "--check"],
            "floor": [*ansible, str(floor)],
            "shell": ["sh", str(script)],
        }
    )
    seconds = {name: taken for name, (taken, _) in found.items()}
    again, _ = timing.seconds(place.verb(directory, "up"))
    executed = max(map(int, OK.findall(found["site"][1])))
    files_alone = f"stock Ansible: the {tasks} files alone, a task each, in check mode"
    play = "stock Ansible: a play of one command"
    tar = f"a shell script that brings the {len(files)} files by ssh and tar, and looks at nothing"
    return Section(
        "Configuration, seconds",
        f"Median of {timing.RUNS} whole processes each, in turn, on {len(hosts.addresses)} hosts. The unchanged site "
        f"executes at most {executed} tasks on a host. It does more than its peers: it also looks at packages, units, "
        "users, the database and the buckets.",
        [
            Figure("the unchanged site", seconds["site"], files_alone, seconds["stock"]),
            Figure("the unchanged site", seconds["site"], play, seconds["floor"]),
            Figure("the unchanged site", seconds["site"], tar, seconds["shell"]),
            Figure("a deploy of the same release", seconds["deploy"], play, seconds["floor"]),
            Figure("`make up` of what is up", again, files_alone, seconds["stock"]),
            Figure("`make up` from nothing, warm caches", first_up, "`make up` of what is up", again),
        ],
    )


def door(hosts: Hosts, temporary: Path) -> Section:
    """What TLS, key check, limits and a second host cost, against the same release on bare uvicorn."""
    footprint = hosts.environment
    key = (footprint.state / "api-key").read_text().strip()  # of this environment alone, which is gone soon
    services = len(hosts.of("service"))
    public = [f"https://{hosts.addresses[hosts.of('proxy')[0]]}"] * services
    rates: dict[str, list[float]] = {"door": [], "bare": []}
    with bare.served(hosts, f"{place.SUBNET}1") as urls:
        peers = {"door": public, "bare": urls}
        for targets in peers.values():
            load.saturate(targets, key, temporary, CONNECTIONS, 2)  # warm
        for _ in range(ROUNDS):
            for name, targets in peers.items():
                rates[name].append(load.saturate(targets, key, temporary, CONNECTIONS, SECONDS))
        most = {name: statistics.median(found) for name, found in rates.items()}
        half = most["door"] / 2
        at = {name: load.paced(targets, key, temporary, half, 16, 8) for name, targets in peers.items()}
    against = f"the same release on bare uvicorn, {services} of it"
    figures = [Figure(f"requests a second, {CONNECTIONS} connections", most["door"], against, most["bare"])]
    for name in ("p50", "p95", "p99"):
        ours, theirs = (getattr(at[one], name) for one in ("door", "bare"))
        figures.append(Figure(f"latency at {at['door'].rate:.0f} requests a second, {name}, ms", ours, against, theirs))
    note = (
        f"Both sides run {services} processes of the release with prediction log and database, get the same body on "
        "kept-alive connections from the same load generator, and share the same cores with it and with the database: "
        "so the ratio is that of all the work for a request, and the door has no machine of its own for TLS and keys. "
        f"Median of {ROUNDS} rounds of {SECONDS} s each, in turn; latency at half of the door's capacity."
    )
    return Section("The public door", note, figures)
