"""The phases of a rehearsal: each is a step, each may fail, and the same command goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ops import backup, controller, lock, rehearsal, secrets, up
from ops.build import release, service
from ops.cloud import footprint as written
from ops.cloud import reach
from ops.errors import OperationError
from ops.rehearse import account, down, part, planes
from ops.rehearse.place import Rehearsed
from ops.rehearse.told import Told
from ops.steps import Step, Steps

if TYPE_CHECKING:
    from rehearsal.program import Made


def run(environment: Rehearsed, keep: bool, steps: Steps) -> Told:
    """Makes it, or whatever of it is not there yet, sees it answer, and unless `keep` takes it down again.

    Raises OperationError, which names what failed; all that was made stays then, and the next run takes it up.
    """
    environment.write()
    environment.check_before_hosts()
    rehearsal.authorize()
    builder = release.Builder(service.of(environment))
    with lock.held(environment, "rehearse"), _what_stands(environment):
        with steps.step("This machine") as step:
            controller.ensure(environment, step.progress, hosts_here=True)
            if not account.process(environment).alive:
                down.everything(environment, step.progress)  # hosts of an account that is gone are nobody's
            secrets.ensure_vault(environment)
            step.note("")
        told = Told(environment)
        made = _cloud(environment, told, steps)
        stated: dict[str, Any] = made.outputs["footprint"]
        jobs: dict[str, Callable[[Step], Any]] = dict(part(environment, "cloud").JOBS)
        jobs["Machines"] = lambda step: planes.hosts(environment, stated, step)
        steps.together(jobs | builder.jobs())
        with steps.step("Buckets") as step:
            planes.buckets(environment, stated, step)
        if stated["database"]["kind"] == "managed":
            with steps.step("Database") as step:
                planes.database(environment, stated, step)
        with steps.step("Footprint") as step:
            document, ca = planes.footprint(environment, stated)
            step.note(str(written.write(environment, document, step.progress, lambda *_: ca)))
        with steps.step("Boot") as step:
            reach.wait(environment, step.progress)
            step.note("")
        up.serve(environment, builder, steps)
        if stated["database"]["kind"] == "host":
            backup.take(environment, "full", steps)
        with steps.step("Proof"):
            told.prove(stated)
    if not keep:
        with steps.step("Down") as step:
            down.everything(environment, step.progress)
            step.note("nothing is left")
    return told


@contextmanager
def _what_stands(environment: Rehearsed) -> Iterator[None]:
    """Says with an error how to go on, and how to be rid of what was made."""
    try:
        yield
    except OperationError as reason:
        ways = f"make rehearse ENV={environment.rehearses} goes on from here; make down ENV={environment.name} ends it."
        raise OperationError(reason.cause, reason.consequence, f"{reason.fix}\n{ways}", reason.log) from None


def _cloud(environment: Rehearsed, told: Told, steps: Steps) -> Made:
    """Applies the real program to the emulated account. Raises OperationError for what the cloud would refuse."""
    from ops import plan
    from rehearsal import program

    cloud = part(environment, "cloud")
    with steps.step("Account") as step:
        step.note(cloud.begin(environment))
    with steps.step("Cloud") as step:
        provider = cloud.provider(environment)
        made = program.run(environment.stack, provider, stacks=environment.directory.parent)
        lines, verdicts = plan.judged(made.resources, environment.settings())
        if bad := [verdict for verdict in verdicts if not verdict.ok]:
            raise OperationError(
                "\n".join(f"{one.rule}: {one.message}" for one in bad),
                "No host was made; the emulated account has the rest.",
                f"Mend {environment.source}: make plan ENV={environment.rehearses} shows all",
            )
        told.cloud(made, lines, len(verdicts), provider.recorded)
        step.note(f"{told.resources} resources")
    return made
