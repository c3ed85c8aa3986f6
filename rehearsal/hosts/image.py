"""The base image: one Debian tree that every host's overlay stands on, built once and cached."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rehearsal.hosts import mirror as apt
from rehearsal.hosts.errors import HostsError, run
from rehearsal.hosts.locks import locked

RELEASE = "trixie"
CACHE = Path("/var/cache/shoestring")
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
RECIPE = 1  # raise when the code below makes a different tree of the same inputs
# What a bare Debian server has after its installer or its cloud image; not what a role should bring itself.
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "libpam-systemd",
    "openssh-server",
    "python3",
    "python3-apt",
    "sudo",
    "iproute2",
    "iputils-ping",
    "procps",
    "netbase",
    "nftables",
    "ca-certificates",
    "apt-utils",
    "linux-sysctl-defaults",
)
KEEP = {"APT::Keep-Downloaded-Packages": "true", "Binary::apt::APT::Keep-Downloaded-Packages": "true"}
DEPLOY_UID = 1000
UNUSED = 24 * 3600  # seconds before an image that no host stands on goes; one may just be being made on it


class Recipe:
    """Everything that decides what the image holds."""

    def __init__(self) -> None:
        self.mirror = apt.read_controller()
        self.options = apt.carried_options(run(["apt-config", "dump"]))
        self.bundle = CA_BUNDLE if self.mirror and self.mirror.https and CA_BUNDLE.is_file() else None

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits; the mirror goes in but can't be read out."""
        said = repr(self.mirror.suites(RELEASE) if self.mirror else None)
        bundle = hashlib.sha256(self.bundle.read_bytes()).hexdigest() if self.bundle else ""
        parts = [RECIPE, RELEASE, PACKAGES, said, bundle, self.options]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def ensure(say: Callable[[str], None], used: set[str]) -> Path:
    """Return the image's directory (`tree/` and `packages.sha256` in it), building it if the cache has none.

    Args:
        used: directories of images that hosts stand on; others are removed when a new one is built.

    Raises:
        HostsError: mmdebstrap failed; nothing half-built is ever taken for an image.
    """
    recipe = Recipe()
    done = CACHE / "images" / f"{RELEASE}-{recipe.digest}"
    with locked("image"):
        if done.is_dir():
            return done
        say(f"base image: Debian {RELEASE}, once")
        done.parent.mkdir(parents=True, exist_ok=True)
        for left in done.parent.glob("building-*"):
            shutil.rmtree(left)  # ours: we hold the lock, so its builder is gone
        building = Path(tempfile.mkdtemp(prefix="building-", dir=done.parent))
        building.chmod(0o755)
        build(recipe, building)
        finish(recipe, building)
        os.sync()
        building.rename(done)
        for other in done.parent.iterdir():
            if other != done and str(other) not in used and time.time() - other.stat().st_mtime > UNUSED:
                shutil.rmtree(other)
    return done


def build(recipe: Recipe, building: Path) -> None:
    """Run mmdebstrap into `building`/tree."""
    options = dict(recipe.options) | {"Acquire::Retries": "5"}
    if recipe.bundle:
        options["Acquire::https::CAInfo"] = str(recipe.bundle)
    # If we are killed, the builder, its children and mounts go too: the next run may clear its directory.
    alone = ["setpriv", "--pdeathsig=KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    argv = [
        *alone,
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=directory",
        "--quiet",
        "--skip=cleanup/apt/lists",
        "--include=" + ",".join(PACKAGES),
    ]
    argv += [f'--aptopt={key} "{value}"' for key, value in options.items()]
    argv += [RELEASE, str(building / "tree")]
    if recipe.mirror:
        key = recipe.mirror.signed_by
        argv += [f"deb [signed-by={key}] {uri} {suite} main" for uri, suite in recipe.mirror.suites(RELEASE)]
    with (CACHE / "image.log").open("w") as log:
        code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False).returncode
    if code:
        raise HostsError(
            f"mmdebstrap failed with {code}; its last words are in {CACHE / 'image.log'}",
            "there is no base image, so no host was made",
            f"see that `apt-get update` works here and the mirror has {RELEASE}, then run it again",
        )


def finish(recipe: Recipe, building: Path) -> None:
    """Make the fresh tree a server, and note the packages' digests that its signed index vouches for."""
    tree = building / "tree"
    digests = set()
    for index in (tree / "var/lib/apt/lists").glob("*_Packages*"):
        digests |= set(re.findall(r"^SHA256: ([0-9a-f]{64})$", read_index(index), re.MULTILINE))
    (building / "packages.sha256").write_text("\n".join(sorted(digests)))
    shutil.rmtree(tree / "var/lib/apt/lists")
    (tree / "var/lib/apt/lists/partial").mkdir(parents=True)
    os.utime(tree / "var/lib/apt/lists", (0, 0))  # no lists yet: tools that go by its age must not take it for fresh
    for path in (tree / "etc/apt/apt.conf.d/99mmdebstrap", *(tree / "etc/ssh").glob("ssh_host_*")):
        path.unlink(missing_ok=True)
    options = KEEP | {key: value for key, value in recipe.options.items() if "::Proxy" not in key}
    if recipe.bundle:
        options["Acquire::https::CAInfo"] = "/etc/apt/controller-ca.crt"
        shutil.copyfile(recipe.bundle, tree / "etc/apt/controller-ca.crt")
    (tree / "etc/apt/apt.conf.d/90shoestring").write_text(apt.apt_conf(options))
    if recipe.mirror:
        for path in (tree / "etc/apt/sources.list", *(tree / "etc/apt/sources.list.d").iterdir()):
            path.unlink(missing_ok=True)
        (tree / "etc/apt/sources.list.d/debian.sources").write_text(apt.sources_file(recipe.mirror, RELEASE))
        key = tree / recipe.mirror.signed_by.lstrip("/")
        if not key.exists():
            key.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(recipe.mirror.signed_by, key)
    chroot = ["chroot", str(tree)]
    run(
        [
            *chroot,
            "useradd",
            "--create-home",
            f"--uid={DEPLOY_UID}",
            "--shell=/bin/bash",
            "--password=*",
            "deploy",
        ]
    )
    sudoers = tree / "etc/sudoers.d/90-deploy"
    sudoers.write_text("deploy ALL=(ALL:ALL) NOPASSWD: ALL\n")
    sudoers.chmod(0o440)
    run([*chroot, "systemctl", "enable", "systemd-networkd.service", "ssh.service"])
    for name in ("etc/machine-id", "etc/hostname", "etc/resolv.conf"):
        (tree / name).unlink(missing_ok=True)


def read_index(path: Path) -> str:
    """A Packages index as text, compressed or not."""
    if path.suffix == ".lz4":
        return run(["/usr/lib/apt/apt-helper", "cat-file", str(path)])
    return gzip.open(path, "rt").read() if path.suffix == ".gz" else path.read_text()
