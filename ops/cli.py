"""The command line: a function a verb, and its options. The work is in what it calls."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from ops import cli_guard, cli_look, cli_serve
from ops.command import CLEAN, ERROR, As, Env, Format, Yes, app, chosen, verb
from ops.environment import EVERY, Environment
from ops.steps import Steps

__all__ = ["app", "cli_guard", "cli_look", "cli_serve"]  # they have further verbs

Name = Annotated[str, typer.Option("--name", help="The name of an API key: small letters, digits and '-'.")]

# Each verb imports its own modules: `status` need not wait for what only `up` uses.


@verb
def verify(
    env: Env = "local",
    full: Annotated[bool, typer.Option("--full", envvar="FULL", help="Scan all 65,535 ports.")] = False,
    format: As = Format.text,  # noqa: A002 - the option's name
) -> int:
    """Every role's own asserts, a prediction followed to its row, and who really gets in. Changes nothing."""
    from ops import verify

    environment = chosen(env)
    with Steps(Console(stderr=format is Format.json, highlight=False)) as steps:
        report = verify.run(environment, steps, full=full)
    if format is Format.json:
        sys.stdout.write(report.json() + "\n")
        return ERROR if report.problems or report.idle else CLEAN
    verify.refuse(environment, report)
    return CLEAN


@verb
def backup(env: Env = "local", kind: Annotated[str, typer.Option("--type", envvar="TYPE")] = "full") -> int:
    """Take a backup of the database now, beside those that the timers take."""
    from ops import backup

    with Steps() as steps:
        taken = backup.run(chosen(env), kind, steps)
    sys.stdout.write(taken + "\n")
    return CLEAN


@verb
def restore(
    to: Annotated[str, typer.Option("--to", envvar="TO", help="latest, or a time such as 2026-11-24T10:00:00Z.")] = "",
    env: Env = "local",
    yes: Yes = False,
) -> int:
    """Put the database back to a time; says first what would be lost, and asks."""
    from ops import restore

    sys.stdout.write(restore.run(chosen(env), to, yes, Steps) + "\n")
    return CLEAN


@verb
def down(
    env: Env = "local",
    confirm: Annotated[
        str, typer.Option("--confirm", envvar="CONFIRM", help="In a cloud: the environment's name.")
    ] = "",
    data: Annotated[str, typer.Option("--data", envvar="DATA", help="In a cloud: keep or delete.")] = "",
) -> int:
    """Take a rehearsed environment off this machine, or one in a cloud down. Secrets stay, for the next `up`."""
    from ops import down

    sys.stdout.write(down.run(Environment.resolve(env), confirm, data, Steps) + "\n")
    return CLEAN


@verb
def keys(env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """The API keys: name, when each was made, fingerprint. Never the keys."""
    from ops import keys, show

    show.keys(keys.listed(chosen(env)), format is Format.json)
    return CLEAN


@verb
def key_add(name: Name, env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """Make an API key, have the public door take it, and show it this once."""
    from ops import keys, show

    environment = chosen(env)
    with Steps(Console(stderr=True, highlight=False)) as steps:
        path = keys.add(environment, name, steps)
    show.new_key(environment, path, format is Format.json)
    return CLEAN


@verb
def key_revoke(name: Name, env: Env = "local") -> int:
    """Have the public door refuse an API key, at once and on open connections too."""
    from ops import keys

    with Steps() as steps:
        asking = keys.revoke(chosen(env), name, steps)
    sys.stdout.write(
        f"{name!r} is revoked." + (f" status and verify ask with {asking!r} now." if asking else "") + "\n"
    )
    return CLEAN


@verb
def lock(env: Env = "local") -> int:
    """Write the lock of the environment's service: exact versions with hashes for the hosts' Python."""
    from ops.build import relock, service

    with Steps() as steps:
        relock.run(service.described(chosen(env)), steps)
    return CLEAN


@verb
def plan(env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """What would be in a cloud, what a month costs, what the guardrails say. Needs no credentials; ENV=all compares."""
    from ops import plan, show_plan

    plans = plan.run(env)
    show_plan.show(plans, format is Format.json, many=env == EVERY)
    return CLEAN if all(one.result == plan.OK for one in plans) else ERROR


@verb
def prices(
    item: Annotated[str, typer.Option("--add", envvar="ADD", help="A price to add, like ec2/c7i.large.")] = "",
    region: Annotated[str, typer.Option("--region", envvar="REGION", help="Only of this region.")] = "",
    env: Env = "local",
) -> int:
    """Read the prices that AWS's price list has, and write them into the table that plans are made with.

    ENV= only says whose prices are meant: Google's are written by hand, and then it says how.
    """
    from ops import prices

    environment = Environment.resolve(env)
    if environment.cloud:
        prices.by_hand(cloud=environment.settings().cloud)
    with Steps() as steps:
        changed = prices.run(item, region, steps)
    sys.stdout.write(changed + "\n")
    return CLEAN


@verb
def bootstrap(env: Env = "local", yes: Yes = False) -> int:
    """Make what an account or project needs before its first environment: state, its key, GitHub's way in. Asks."""
    from ops import bootstrap

    sys.stdout.write(bootstrap.run(env, yes, Steps) + "\n")
    return CLEAN


@verb
def rehearse(
    env: Env = "local",
    keep: Annotated[bool, typer.Option("--keep", envvar="KEEP", help="Leave it standing at the end.")] = False,
) -> int:
    """Make a whole cloud environment on this machine, from its stack file to an answer; then take it down."""
    from ops.rehearse import run
    from ops.rehearse.place import Rehearsed

    environment = Rehearsed.of(env)
    with Steps() as steps:
        told = run.run(environment, keep, steps)
    sys.stdout.write(f"\n{told.text()}\nIt took {steps.elapsed:.0f} s.\n")
    if keep:
        sys.stdout.write(f"It stands: make status ENV={environment.name}, make down ENV={environment.name}\n")
    return CLEAN


@verb
def hosts(env: Env = "local") -> int:
    """Only the first half of `up`: secrets, hosts on this machine, and their Footprint."""
    from ops import up

    with Steps() as steps:
        up.only_hosts(chosen(env), steps)
    return CLEAN


@verb
def secrets(env: Env = "local") -> int:
    """Make what the environment's vault still lacks; keep what it has."""
    from ops.secrets import ensure_vault

    environment = chosen(env)
    changed = ensure_vault(environment)
    sys.stdout.write(f"{environment.vault} {'was completed' if changed else 'has everything'}.\n")
    return CLEAN


@verb
def footprint(env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """Check all settings, and print the Footprint as Ansible reads it; in a cloud it is written anew before."""
    import json

    import yaml

    from ops import up

    with Steps(Console(stderr=True, highlight=False)) as steps:
        plain = up.footprint(chosen(env), steps).plain()
    text = json.dumps(plain, indent=2) if format is Format.json else yaml.safe_dump(plain, sort_keys=False)
    sys.stdout.write(text.rstrip() + "\n")
    return CLEAN


if __name__ == "__main__":
    app()
