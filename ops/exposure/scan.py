"""Every port of every host, from every other host and from here, against what is declared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from infra.hosts import Host
from infra.stores import ManagedDatabase
from ops import far
from ops.environment import Environment
from ops.errors import OperationError
from ops.exposure.declared import CONTROLLER, DHCP_CLIENTS, MANAGED, Declared
from ops.exposure.far import ports
from ops.exposure.report import Problem, Report

FAR = Path(ports.__file__).parent
EVERY_PORT = range(1, 65536)
# Asked even where nothing is known to listen: a listener that hides from `ss`, or that starts in between.
WELL_KNOWN = {
    21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 389, 443, 445, 465, 587, 873, 993, 1433, 2049, 2375, 2376,
    2379, 3000, 3128, 3306, 3389, 4000, 4200, 5000, 5432, 5601, 5672, 5900, 6379, 6432, 6443, 7070, 7071, 8000,
    8080, 8443, 8501, 8888, 9000, 9001, 9090, 9093, 9100, 9187, 9200, 9418, 9999, 10250, 11211, 15672, 19999, 27017,
}  # fmt: skip
WELL_KNOWN_UDP = {53, 67, 69, 111, 123, 137, 161, 389, 500, 514, 1194, 1434, 1900, 4500, 5353, 5355, 11211, 51820}


def run(environment: Environment, declared: Declared, *, full: bool) -> Report:
    """Raises OperationError for a host that can't be asked."""
    listening = asked(far.run(environment, FAR / "listening.py"))
    report = listeners(declared, listening)
    argument = questions(declared, listening, full=full)
    own = {**argument, "targets": from_here(declared, argument["targets"], on_the_bridge=environment.rehearses_a_cloud)}
    with ThreadPoolExecutor(max_workers=2) as pool:
        here = pool.submit(ports.main, own)
        found = asked(far.run(environment, FAR / "ports.py", argument, root=False))
        found[CONTROLLER] = here.result()
    if silent := sorted(set(argument["targets"]) - set(own["targets"]) - {MANAGED}):
        report.unasked["ports"] = f"{', '.join(silent)} from here, which comes to them by a jump or tunnel alone"
    for source, answers in found.items():
        for answer in answers:
            report.add(compare(declared, source, answer, len(argument["tcp"])))
    return report


def questions(declared: Declared, listening: Mapping[str, Any], *, full: bool) -> dict[str, Any]:
    """The ARGUMENT of far/ports.py."""
    tcp = declared.ports("tcp") | {port for each in listening.values() for port in each["tcp"]}
    udp = declared.ports("udp") | {port for each in listening.values() for port, _ in each["udp"]}
    targets = {host.name: _addresses(host, listening[host.name]["links"]) for host in declared.footprint.hosts}
    if isinstance(declared.footprint.database, ManagedDatabase):
        targets[MANAGED] = [str(declared.footprint.database.address)]
        tcp.add(declared.footprint.database.port)
    every = EVERY_PORT if full else tcp | WELL_KNOWN
    return {
        "targets": targets,
        "tcp": sorted(every),
        "firm": sorted(declared.ports("tcp")),
        "udp": sorted(udp | WELL_KNOWN_UDP),
    }


def _addresses(host: Host, links: Iterable[list[str]]) -> list[str]:
    """The host's address, and all others of the interface that has it."""
    others = [each for link in links if str(host.address) in link for each in link]
    return list(dict.fromkeys([str(host.address), *others]))


def from_here(declared: Declared, targets: Mapping[str, Any], *, on_the_bridge: bool) -> dict[str, list[str]]:
    """What the controller can come to. Behind a jump or a tunnel it sees public addresses, as the world does.

    The hosts of a rehearsed cloud are on a bridge of this machine; their public addresses are nowhere.
    """
    found = {}
    for host in declared.footprint.hosts:
        if on_the_bridge or host.ssh.via == "direct":
            found[host.name] = targets[host.name]
        elif host.public_address:
            found[host.name] = [str(host.public_address)]
    return found


def listeners(declared: Declared, listening: Mapping[str, Any]) -> Report:
    """What waits for datagrams on a host has to be declared. (What takes connections is seen by the scan.)"""
    report = Report()
    for host in declared.footprint.hosts:
        found = listening[host.name]
        report.checked["listeners"] += len(found["tcp"]) + len(found["udp"])
        for port, program in found["udp"]:
            if port not in declared.group_ports(host, "udp") and port not in DHCP_CLIENTS:
                fix = "Stop it there (ss -lnup), or add the line"
                line = declared.line("...", host.name, "udp", port)
                report.problems.append(Problem(f"{host.name}:{port}/udp", "anywhere", f"{program} listens", fix, line))
    return report


def compare(declared: Declared, source: str, answer: Mapping[str, Any], asked_ports: int) -> Report:
    """One way: what was open to `source` at a target's address, and what was to be."""
    report, target, own = Report(), answer["target"], answer["own"]
    report.checked.update({"ways": 1, "ports": asked_ports})
    for protocol in ("tcp", "udp"):
        seen = set(answer[protocol])
        lent = declared.open_to(target, source, own, protocol) if own else set()
        due = lent if protocol == "tcp" else set()  # a datagram's listener need not answer what it can't read
        if source == CONTROLLER and own and target != MANAGED and not declared.known(own):
            lent, due = lent | declared.from_outside(target, protocol), set()
        report.checked["open"] += len(seen & lent)
        what = f"at {answer['address']}"
        for port in sorted(seen - lent):
            fix = "`make up` writes the firewall anew; or add the line, with its reason"
            line = declared.line(source, target, protocol, port)
            report.problems.append(
                Problem(f"{target}:{port}/{protocol}", source, f"open {what}, and not declared", fix, line)
            )
        for port in sorted(due - seen):
            fix = "See there: ss -lntp; systemctl --failed; `make up` repairs what was changed by hand"
            report.problems.append(Problem(f"{target}:{port}/{protocol}", source, f"declared, and closed {what}", fix))
    return report


def asked(said: Mapping[str, far.Said]) -> dict[str, Any]:
    """Host name -> the JSON that its program printed. Raises OperationError for a host that said none."""
    found = {}
    for host, one in said.items():
        try:
            if one.code:
                raise ValueError
            found[host] = json.loads(one.stdout)
        except ValueError:
            last = (one.stderr.strip() or one.stdout.strip() or f"exit code {one.code}").splitlines()[-1]
            raise OperationError(
                f"{host} could not be asked: {last}",
                "What is open there is not known, so nothing is proven.",
                "make status says whether it is reachable; then make verify again",
            ) from None
    return found
