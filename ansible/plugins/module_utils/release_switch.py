"""Changes the release that serves: a rename, a watch over it, a record; then the others finish and the oldest go."""

from __future__ import annotations

import hashlib
import subprocess
import time
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils import release_keep, release_unit
from ansible.module_utils.release_record import Place

LOOK = 0.1  # seconds between two looks at a release that has just taken traffic
# What goes on after us is root's: it tells systemd what to stop, and removes what was half copied.
SANDBOX = [
    *(
        "-pProtectSystem=strict",
        "-pReadWritePaths=/opt/shoestring /run",
        "-pCapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_FOWNER",
    ),
    *("-pNoNewPrivileges=yes", "-pPrivateDevices=yes", "-pPrivateNetwork=yes", "-pPrivateTmp=yes", "-pProtectHome=yes"),
    *("-pProtectKernelTunables=yes", "-pProtectKernelModules=yes", "-pProtectControlGroups=yes", "-pProtectClock=yes"),
    *("-pRestrictAddressFamilies=AF_UNIX", "-pRestrictNamespaces=yes", "-pRestrictSUIDSGID=yes"),
    *("-pSystemCallArchitectures=native", "-pSystemCallFilter=@system-service", "-pLockPersonality=yes"),
]


class SwitchError(Exception):
    """Why the release does not serve, in words for the deployer."""


def unit(release: str) -> str:
    """The systemd unit of a release."""
    return f"shoestring-service@{release}.service"


def moment(seconds: float) -> str:
    """A time as records have it: ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def way_back(place: Place, to: str) -> str:
    """The release to go back to: `to`, or the one that begins so, or for '' the last good one. Raises SwitchError."""
    present, current = place.present(), place.current()
    kept = f"This host has {', '.join(present) or 'no release'}, and serves {current or 'none'}."
    if not to:
        if (last := place.back()) is None:
            raise SwitchError(
                f"There is nothing to go back to: no release that is here served before today's. {kept} "
                "Name one with TO=, or deploy another."
            )
        return last
    meant = [to] if to in present else [one for one in present if one.startswith(to)]
    if len(meant) != 1:
        what = f"{len(meant)} releases that begin with {to}" if meant else f"no release {to}"
        raise SwitchError(
            f"There is {what} on this host. {kept} Name one of those, or bring it: make deploy VERSION={to}"
        )
    return meant[0]


def described(place: Place, release: str) -> dict[str, Any]:
    """What a record says of a release, from what was deployed with it."""
    manifest = place.manifest(release)
    model = manifest.get("model")
    return {
        "release": release,
        "service": manifest["service"]["name"],
        "wheel_sha256": manifest["service"]["wheel_sha256"],
        "model": model and {"name": model["name"], "version": model["version"]},
        "model_sha256": model and _digest(model["files"]),
        "settings_sha256": manifest.get("settings_sha256"),
    }


def switch(place: Place, release: str, entry: dict[str, Any], begun: float, options: dict[str, Any]) -> dict[str, Any]:
    """Has `release`, which runs, serve; `entry` is what the record gets beside its description, `begun` is when the
    run began (seconds since the epoch). Returns {switched, recorded, settled, removed}. Raises SwitchError: then the
    release before serves.
    """
    before = place.current()
    lines = place.lines()
    if before != release:
        _point(place, release, before, float(options["watch"]))
    recorded = before == release and bool(lines) and lines[-1]["release"] == release
    if not recorded:
        seconds = round(time.time() - begun, 1)
        was = before if before != release else lines[-1]["release"] if lines else None
        place.append({**entry, "before": was, "seconds": seconds, **described(place, release)})
    settled = _settle(options["settle"], bool(options["wait"]))
    removed = release_keep.prune(place, int(options["keep"]))
    return {"switched": before != release, "recorded": not recorded, "settled": settled, "removed": removed}


def _point(place: Place, release: str, before: str | None, watch: float) -> None:
    alive = release_unit.state(unit(release))
    if alive.get("ActiveState") != "active":
        raise SwitchError(f"{unit(release)} is {alive.get('ActiveState')}, so it can't serve.{_words(release)}")
    place.point(release)
    end = time.monotonic() + watch
    while True:
        if why := release_unit.end(unit(release), alive):
            if before is not None:
                place.point(before)
            raise SwitchError(f"{why}.{_words(release)}")
        if time.monotonic() >= end:
            return
        time.sleep(LOOK)


def _words(release: str) -> str:
    return release_unit.words(unit(release))


def _settle(command: str, wait: bool) -> list[str]:
    if not wait:
        subprocess.run(["systemd-run", "--quiet", "--collect", "--no-block", *SANDBOX, command], check=True)
        return []
    done = subprocess.run([command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SwitchError(f"The release serves, and the one before it could not be stopped: {done.stderr.strip()}")
    return done.stdout.splitlines()


def _digest(files: dict[str, str]) -> str:
    """One digest for a model's files, whatever their order."""
    return hashlib.sha256("".join(f"{files[name]}  {name}\n" for name in sorted(files)).encode()).hexdigest()
