"""The files that make a host out of the image, and the command that boots it.

They are written into the overlay's upper layer while it is not mounted, never through a running guest's tree.
"""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from rehearsal.hosts import cgroup
from rehearsal.hosts import mirror as apt
from rehearsal.hosts.errors import HostsError, run
from rehearsal.hosts.image import DEPLOY_UID

LOOPBACK = re.compile(r"127\.[0-9.]+|::1")
# Sorts before systemd's own 80-container-host0.network, which would ask for DHCP.
NETWORK = """[Match]
Name=host0

[Network]
Gateway={gateway4}
DHCP=no
IPv6AcceptRA=no

[Address]
Address={address}/{prefix4}

[Address]
Address={address6}/{prefix6}
DuplicateAddressDetection=none
"""
HOSTS = """127.0.0.1\tlocalhost
127.0.1.1\t{name}
::1\tlocalhost ip6-localhost ip6-loopback
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""


def put(upper: Path, path: str, content: str, mode: int = 0o644, owner: int = 0) -> None:
    """Write a file below `upper`, making its directories, following no link that a guest may have laid.

    Raises:
        HostsError: a part of the path is a link or not a directory.
    """
    *parents, name = path.split("/")
    handle = os.open(upper, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parents:
            with suppress(FileExistsError):  # opening it tells whether it is a directory
                os.mkdir(part, 0o755, dir_fd=handle)
            parent, handle = (
                handle,
                os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle),
            )
            os.close(parent)
        temporary = f".shoestring-{secrets.token_hex(4)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=handle)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(content)
            os.fchown(stream.fileno(), owner, owner)
            os.fchmod(stream.fileno(), mode)
        os.rename(temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
    except OSError as error:
        raise HostsError(
            f"{path} of the host can't be written: {error}",
            "the host is not as rehearsal.yml says",
            "destroy its environment and create it anew",
        ) from None
    finally:
        os.close(handle)


def identity(directory: Path, name: str, gateway: str) -> None:
    """What a host keeps for life: machine-id, name, SSH host key, name servers."""
    upper = directory / "upper"
    put(upper, "etc/machine-id", secrets.token_hex(16) + "\n", 0o444)
    put(upper, "etc/hostname", f"{name}\n")
    put(upper, "etc/hosts", HOSTS.format(name=name))
    put(upper, "etc/resolv.conf", resolv_conf(gateway))
    for suffix, mode in (("", 0o600), (".pub", 0o644)):
        put(
            upper,
            f"etc/ssh/ssh_host_ed25519_key{suffix}",
            (directory / f"ssh_host_ed25519_key{suffix}").read_text(),
            mode,
        )


def settings(directory: Path, wanted: dict[str, Any]) -> None:
    """What rehearsal.yml and the command line decide: addresses, who may log in, the way to the mirror."""
    upper = directory / "upper"
    put(upper, "etc/systemd/network/10-host0.network", NETWORK.format(**{"prefix6": 64} | wanted))
    home = upper / "home/deploy"
    if not home.exists():
        home.mkdir(parents=True)
        # A directory of the upper layer brings its own owner and mode.
        os.chown(home, DEPLOY_UID, DEPLOY_UID)
        home.chmod(0o700)
        (home / ".ssh").mkdir(mode=0o700)
        os.chown(home / ".ssh", DEPLOY_UID, DEPLOY_UID)
    put(upper, "home/deploy/.ssh/authorized_keys", wanted["authorized_key"] + "\n", 0o600, DEPLOY_UID)
    proxies = apt.proxies(apt.carried_options(run(["apt-config", "dump"])), wanted["gateway4"])
    if proxies:
        put(upper, "etc/apt/apt.conf.d/91controller-proxy", apt.apt_conf(proxies))


def opened_by(directory: Path, had: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether only the key to log in with is another, and the host lets it in already, and the old one no more."""
    if had == wanted or had != wanted | {"authorized_key": had["authorized_key"]}:
        return False
    keys = directory / "upper/home/deploy/.ssh/authorized_keys"
    if keys.is_symlink() or not keys.is_file():
        return False
    # The guest writes this file: what is no text in it opens nothing.
    let_in = [line.split()[:2] for line in keys.read_text(errors="replace").splitlines()]
    new, old = wanted["authorized_key"].split()[:2], had["authorized_key"].split()[:2]
    return new in let_in and old not in let_in


def resolv_conf(gateway: str, root: Path = Path("/")) -> str:
    """The controller's name servers, as a host can reach them.

    Behind systemd's stub on the loopback: those that it asks. Behind another server there: the gateway.
    """
    paths = [root / "etc/resolv.conf", root / "run/systemd/resolve/resolv.conf"]
    texts = [path.read_text() for path in paths if path.is_file()]
    for text in texts:
        servers = re.findall(r"^\s*nameserver\s+(\S+)", text, re.MULTILINE)
        if servers and not any(LOOPBACK.fullmatch(server) for server in servers):
            return text
    return f"nameserver {gateway}\n"


def launch(
    environment: str, directory: Path, record: dict[str, Any], adopt: int, devices: dict[str, str]
) -> dict[str, Any]:
    """The supervisor's orders. `devices` are the host's volumes: {path in the host: path here}."""
    wanted = record["settings"]
    lower = f"{directory}/debs:{record['image']}/tree"
    layers = f"lowerdir={lower},upperdir={directory}/upper,workdir={directory}/work"
    legacy = not Path("/sys/fs/cgroup/cgroup.controllers").exists()
    return {
        "adopt": adopt,
        "cgroup": [str(path) for path in cgroup.paths(environment, directory.name)],
        # systemd-nspawn leaves lock files and directories there; on a private tmpfs they go with it.
        "mounts": [
            ["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run/systemd/nspawn"],
            ["mount", "-t", "overlay", "overlay", "-o", layers, f"{directory}/root"],
        ],
        # Debian 13's systemd needs the unified hierarchy even where this machine's own is older.
        "environment": {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"} if legacy else {},
        "nspawn": [
            "systemd-nspawn",
            "--quiet",
            "--settings=no",
            "--boot",
            "--register=no",
            "--keep-unit",
            f"--directory={directory}/root",
            f"--machine={environment}-{directory.name}",
            f"--network-bridge={wanted['bridge']}",
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
            *(f"--bind={here}:{there}" for there, here in devices.items()),
        ],
    }
