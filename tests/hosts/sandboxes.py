"""The units of ours, and what a process under one unit's sandbox can do: asked on a host, in that very sandbox."""

from __future__ import annotations

import base64
import shlex
from dataclasses import dataclass

from tests.hosts.site import Site


@dataclass(frozen=True)
class Unit:
    """`host`: where it is; `name`: its own there, {release} for the one that serves. `reads`: what it lives by."""

    host: str
    name: str
    reads: str = "/etc/os-release"


MEASURED = {
    "nginx.service": Unit("app1", "nginx.service", "/etc/nginx/nginx.conf"),
    "postgresql@17-main.service": Unit("data1", "postgresql@17-main.service", "/etc/postgresql/17/main/pg_hba.conf"),
    "shoestring-acme.service": Unit("", "shoestring-acme.service"),  # where the door has such a certificate
    "shoestring-backup@.service": Unit("data1", "shoestring-backup@diff.service", "/etc/pgbackrest.conf"),
    "shoestring-balancer@.service": Unit("app1", "shoestring-balancer@app2.service"),
    "shoestring-guard@.service": Unit("app1", "shoestring-guard@mend.service", "/etc/nftables.conf"),
    "shoestring-service@.service": Unit("app2", "shoestring-service@{release}.service", "/opt/shoestring/current"),
    "shoestring-versions.service": Unit("data1", "shoestring-versions.service", "/etc/shoestring/bucket.json"),
    "versitygw.service": Unit("data1", "versitygw.service", "/etc/shoestring/tls/host.key"),
}
MOST = 4.0  # of systemd's points: 0 is shut in altogether, 10 free

# Sent into the sandbox: says what it could do, one word a line.
PROBE = """
import ctypes, os, socket, sys
def can(name, what):
    child = os.fork() # a filter may kill for a call instead of refusing it
    if child == 0:
        try: what()
        except OSError: os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0: print(name, flush=True)
def write(path):
    with open(path, "w"): pass
    os.unlink(path)
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    if libc.syscall(*arguments) < 0: raise OSError(ctypes.get_errno(), "")
mine = sys.argv[1]
can("reads-own", lambda: os.stat(mine))
can("writes-usr", lambda: write("/usr/bin/canary"))
can("writes-boot", lambda: write("/boot/canary"))
can("writes-etc", lambda: write("/etc/canary"))
def finds(path): # a sandbox may show a directory and nothing in it
    if not os.listdir(path): raise OSError(path)
can("reads-home", lambda: finds("/home/deploy"))
can("reads-root", lambda: finds("/root"))
can("mounts", lambda: call(165, b"none", b"/mnt", b"tmpfs", 0, None))
can("unshares", lambda: call(272, 0x10000000))
can("kernel-log", lambda: open("/dev/kmsg").close())
can("sets-sysctl", lambda: open("/proc/sys/net/ipv4/ip_forward", "w").close())
can("raw-socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
if os.getuid(): can("becomes-root", lambda: call(105, 0))
"""
# The lines of a unit that make its sandbox; the probe runs beside the daemon and takes nothing of its state.
SANDBOX: tuple[str, ...] = (
    "User",
    "Group",
    "Supplementary",
    "DynamicUser",
    "UMask",
    "IPAddress",
    "Ambient",
    "Capability",
    "Lock",
    "NoNew",
)
SANDBOX += ("MemoryDeny", "Private", "Protect", "ProcSubset", "ReadWrite", "Restrict", "SystemCall")


def release(site: Site, host: str) -> str:
    return site.ssh(host, "basename $(readlink /opt/shoestring/current)").stdout.strip()


def name_of(site: Site, unit: Unit) -> str:
    return unit.name.format(release=release(site, unit.host)) if "{release}" in unit.name else unit.name


def properties(site: Site, unit: Unit) -> list[str]:
    """The lines of the unit's own files that make its sandbox, as they stand on the host."""
    shown = site.ssh(unit.host, f"systemctl cat {shlex.quote(name_of(site, unit))}").stdout
    lines = [line.strip() for line in shown.splitlines() if "=" in line and not line.startswith("#")]
    return [line for line in lines if line.startswith(SANDBOX)]


def abilities(site: Site, unit: Unit) -> set[str]:
    """What PROBE could do in a unit with the same sandbox."""
    lines = ["[Service]", "Type=oneshot", *properties(site, unit), "StandardOutput=truncate:/run/probe.out"]
    lines.append(f"ExecStart=/usr/bin/python3 -B /run/probe.py {unit.reads}")
    files = {"/run/systemd/system/probe.service": "\n".join(lines), "/run/probe.py": PROBE}
    written = [f"echo {base64.b64encode(text.encode()).decode()} | base64 -d >{path}" for path, text in files.items()]
    gone = f"rm -f {' '.join(files)} /run/probe.out; systemctl daemon-reload"
    try:
        done = site.ssh(
            unit.host,
            "; ".join(["set -e", *written, "systemctl daemon-reload; systemctl start probe; cat /run/probe.out"]),
        )
        assert done.returncode == 0, done.stderr + site.ssh(unit.host, "journalctl -n 5 -u probe -o cat").stdout
    finally:
        site.ssh(unit.host, gone)
    return set(done.stdout.split())
