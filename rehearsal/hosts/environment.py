"""The verbs, over all hosts of one environment at a time."""

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.hosts import doctor, image, network, owner, state
from rehearsal.hosts.errors import HostsError
from rehearsal.hosts.machine import Machine

if TYPE_CHECKING:
    from rehearsal.hosts.config import Rehearsal  # pydantic takes longer to load than most verbs to run

Say = Callable[[str], None]


def in_parallel(work: Callable[[Machine], None], machines: Iterable[Machine]) -> None:
    """Do the same with every machine at once; all are tried, and every failure is told."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        futures = [pool.submit(work, machine) for machine in machines]
    failures = [error for future in futures if (error := future.exception())]
    for error in failures:
        if not isinstance(error, HostsError):
            raise error
    if failures:
        raise (
            failures[0]
            if len(failures) == 1
            else HostsError(
                "\n".join(str(error) for error in failures),
                "the others are as asked",
                "run the same command again; it resumes",
            )
        )


def machines(environment: state.Environment, names: Iterable[str], say: Say) -> list[Machine]:
    """The machines of these names; every one of the environment if there are none."""
    environment.known()
    there = environment.hosts()
    wrong = [name for name in names if name not in there]
    if wrong:
        raise HostsError(
            f"{environment.name} has no host {wrong[0]}",
            "nothing was done",
            f"name one of: {', '.join(there)}",
        )
    return [Machine(environment.name, environment.host(name), say) for name in (list(names) or there)]


def create(environment: state.Environment, wanted: "Rehearsal", key_file: Path, key: str, say: Say) -> dict[str, Any]:
    """Have every host of the file running, open to `key` of `key_file`; see `describe` for the answer."""
    claim = {
        "bridge": wanted.bridge,
        "subnet4": str(wanted.subnet4),
        "gateway4": str(wanted.gateway4),
        "subnet6": str(wanted.subnet6),
        "gateway6": str(wanted.gateway6),
        "also": [str(address) for address in wanted.also],
        "hosts": [
            {
                "name": h.name,
                "address": str(h.address),
                "address6": str(wanted.address6(h)),
                "groups": h.groups,
                "volumes": [{"purpose": v.purpose, "device": v.path} for v in h.volumes],
            }
            for h in wanted.hosts
        ],
    }
    with environment.locked():
        doctor.check()
        owner.check(environment, key_file, key, lambda: remove(environment, say))
        network.claim(environment, claim)
        owner.record(environment, key_file, key)
        tree = image.ensure(say, state.images())
        network.ensure(environment.name, claim)
        common = {
            "bridge": wanted.bridge,
            "gateway4": claim["gateway4"],
            "prefix4": wanted.subnet4.prefixlen,
            # Left out where it is 64, so that hosts which were made before it could be another are as they were.
            **({"prefix6": wanted.subnet6.prefixlen} if wanted.subnet6.prefixlen != 64 else {}),
            "authorized_key": key,
        }
        hosts = {
            h.name: common
            | {"address": str(h.address), "address6": str(wanted.address6(h))}
            | ({"volumes": {v.purpose: v.size for v in h.volumes}} if h.volumes else {})
            | ({"devices": named} if (named := {v.purpose: v.device for v in h.volumes if v.device}) else {})
            for h in wanted.hosts
        }
        in_parallel(
            lambda machine: machine.ensure(hosts[machine.name], tree),
            [Machine(environment.name, environment.host(name), say) for name in hosts],
        )
        for name in set(environment.hosts()) - set(hosts):
            say(f"{name}: no longer in rehearsal.yml; left as it is (destroy takes it away with the rest)")
    return describe(environment)


def describe(environment: state.Environment) -> dict[str, Any]:
    """The environment as programs read it; one that does not exist has no hosts."""
    claim = environment.claim
    if claim is None:
        return {"environment": environment.name, "hosts": []}
    hosts = []
    for host in claim["hosts"]:
        machine = Machine(environment.name, environment.host(host["name"]), print)
        hosts.append({"volumes": []} | host | {"host_keys": machine.host_keys, "state": machine.state})
    return {"environment": environment.name} | claim | {"hosts": hosts}


def destroy(environment: state.Environment, say: Say) -> None:
    """Take everything of the environment away; what is gone already is passed over."""
    with environment.locked():
        remove(environment, say)


def remove(environment: state.Environment, say: Say) -> None:
    """`destroy` for one who holds the environment's lock."""
    claim = environment.claim
    in_parallel(
        Machine.destroy,
        [Machine(environment.name, environment.host(name), say) for name in environment.hosts()],
    )
    with state.machine_locked():
        if claim:
            network.remove(environment.name, claim)
        if environment.directory.is_dir():
            shutil.rmtree(environment.directory)
        network.restore_forwarding()
        say(f"{environment.name} is gone")


def power(verb: str, environment: state.Environment, names: list[str], say: Say) -> dict[str, Any]:
    """stop, start, kill or reboot hosts of an environment."""
    work: dict[str, Callable[[Machine], None]] = {
        "stop": stop,
        "start": Machine.start,
        "kill": Machine.kill,
        "reboot": Machine.reboot,
    }
    with environment.locked():
        chosen = machines(environment, names, say)
        if verb in ("start", "reboot"):
            network.ensure(environment.name, environment.known())  # this machine may have rebooted since
        in_parallel(work[verb], chosen)
    return describe(environment)


def stop(machine: Machine) -> None:
    """Power off in order and keep what was downloaded."""
    machine.stop()
    machine.harvest()
