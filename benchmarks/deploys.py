"""What a deploy of a changed service and a rollback cost, each as a whole process, and how much of it is Ansible."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks import place, share, timing
from benchmarks.place import Hosts
from benchmarks.report import Figure, Section
from benchmarks.run import FLOOR
from benchmarks.share import Spent

CALLBACKS = Path(__file__).with_name("callbacks")


def measure(directory: Path, hosts: Hosts, temporary: Path) -> Section:
    """Each round: the service is changed and deployed, deployed again unchanged, and gone back from."""
    floor = temporary / "floor.yml"
    floor.write_text(FLOOR)
    play = ["ansible-playbook", "-i", str(hosts.environment.footprint), str(floor)]
    deploys, rollbacks, unchanged, floors = [], [], [], []
    for number in range(timing.RUNS):
        place.change(directory)
        deploys.append(_spent(directory, "deploy", temporary / f"deploy{number}.jsonl"))
        unchanged.append(timing.seconds(place.verb(directory, "deploy"))[0])
        rollbacks.append(_spent(directory, "rollback", temporary / f"rollback{number}.jsonl"))
        floors.append(timing.seconds(play)[0])
    return section(len(hosts.of("service")), deploys, rollbacks, unchanged, floors)


def section(
    count: int, deploys: list[Spent], rollbacks: list[Spent], unchanged: list[float], floors: list[float]
) -> Section:
    """The medians, on `count` service hosts."""
    deploy, rollback = _whole(deploys), _whole(rollbacks)
    again, play = statistics.median(unchanged), statistics.median(floors)
    one = "stock Ansible: a play of one command"
    note = (
        f"Median of {timing.RUNS} whole processes each, in turn, on {count} service hosts; each deploy brings a wheel "
        "that no host has, with Python environment and model in place. Ansible's own is the time of ansible-playbook "
        f"without the work on the hosts, {_work(deploys):.1f} s of the deploy and {_work(rollbacks):.1f} s of the "
        "rollback: what commands and our modules report there, waiting included, of each task the slowest host. So "
        "connections, the start of modules, templates and copies count as Ansible's, and building before it does not."
    )
    return Section(
        "Deploys, seconds",
        note,
        [
            Figure("a warm deploy of a changed service", deploy, "the same deploy, with nothing changed", again),
            Figure("a warm deploy of a changed service", deploy, one, play),
            Figure("a rollback", rollback, one, play),
            Figure("Ansible's own, of the deploy", _ansible(deploys), "that deploy as a whole", deploy),
            Figure("Ansible's own, of the rollback", _ansible(rollbacks), "that rollback as a whole", rollback),
        ],
    )


def told(path: Path) -> dict[str, str]:
    """The variables with which a run of ansible-playbook, a verb's own too, writes to `path` what its tasks cost."""
    return {
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "spent",
        "SHOESTRING_BENCH_SPENT": str(path),
    }


def _spent(directory: Path, name: str, path: Path) -> Spent:
    variables = [f"{key}={value}" for key, value in told(path).items()]
    whole, _ = timing.seconds(["env", *variables, *place.verb(directory, name)])
    try:
        return share.read(path, whole)
    except (OSError, ValueError) as error:
        raise RuntimeError(f"{name} was timed, and what Ansible told of it can't be used: {error}") from None


def _whole(runs: list[Spent]) -> float:
    return statistics.median(run.whole for run in runs)


def _ansible(runs: list[Spent]) -> float:
    return statistics.median(run.ansible for run in runs)


def _work(runs: list[Spent]) -> float:
    return statistics.median(run.work for run in runs)
