"""Edits that somebody makes by hand, each with how it is taken back and what `make drift` is to call it."""

from __future__ import annotations

from dataclasses import dataclass

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUnYSBrZXkgdGhhdCBub2JvZHkgYXNrZWQgZm9yIQ== extra"
SSHD = "/etc/ssh/sshd_config.d/10-shoestring.conf"
UNIT = "/etc/systemd/system/shoestring-service@.service"
NGINX = "/etc/nginx/nginx.conf"
HBA = "/etc/postgresql/17/main/pg_hba.conf"


@dataclass(frozen=True)
class Edit:
    """On `host`, `do` and `undo` as root; `found`: `kind name` of each finding, in which `*` stands for anything."""

    host: str
    do: str
    undo: str
    found: tuple[str, ...]


def added(host: str, path: str, kind: str, text: str = "# by hand") -> Edit:
    """A file that nobody asked for."""
    return Edit(host, f'mkdir -p "$(dirname {path})" && echo "{text}" > {path}', f"rm {path}", (f"{kind} {path}",))


def changed(host: str, path: str, kind: str = "managed", text: str = "# by hand") -> Edit:
    """A line more in a file that a role or a package wrote."""
    return Edit(host, f'echo "{text}" >> {path}', f'sed -i "\\$d" {path}', (f"{kind} {path}",))


EDITS: dict[str, Edit] = {
    # First, since it would take the rule in the firewall back.
    "a guard that was sent to sleep": Edit(
        "app1",
        "systemctl stop shoestring-guard@mend.timer",
        "systemctl start shoestring-guard@mend.timer",
        ("stopped shoestring-guard@mend.timer", "managed host : Start the host's units now and at every boot"),
    ),
    "a file of sshd's": changed("app2", SSHD),
    "an sshd setting that no role has": added("app2", "/etc/ssh/sshd_config.d/90-mine.conf", "ssh"),
    "a unit of ours": changed("app2", UNIT),
    "a drop-in of a unit": added("app2", "/etc/systemd/system/ssh.service.d/mine.conf", "unit"),
    "sudoers": added("app2", "/etc/sudoers.d/mine", "sudo"),
    "cron": added("app2", "/etc/cron.d/mine", "cron"),
    "an extra key": Edit(
        "app2",
        f'mkdir -p /root/.ssh && echo "{KEY}" >> /root/.ssh/authorized_keys',
        'sed -i "/ extra$/d" /root/.ssh/authorized_keys',
        ("key root *",),
    ),
    "a user": Edit("app2", "useradd --no-create-home mallory", "userdel mallory", ("user mallory",)),
    "a membership": Edit("app2", "gpasswd --add games adm", "gpasswd --delete games adm", ("group adm games",)),
    "a password": Edit(
        "app2", "echo games:Tr0ub4dor-and-three | chpasswd", 'usermod --password "*" games', ("password games",)
    ),
    "a package": Edit(
        "app2",
        "apt-get -qq update && apt-get -qq install --no-install-recommends hello",
        "apt-get -qq purge hello",
        ("package hello",),
    ),
    "a setuid file": Edit("app2", "chmod u+s /usr/bin/env", "chmod u-s /usr/bin/env", ("setuid /usr/bin/env",)),
    "a source of packages": added("app2", "/etc/apt/sources.list.d/mine.list", "apt"),
    "PAM": changed("app2", "/etc/pam.d/other", "pam"),
    "the names of services": changed("app2", "/etc/nsswitch.conf", "file"),
    "a library in every process": added("app2", "/etc/ld.so.preload", "file", ""),
    "a program of somebody's": added("app2", "/usr/local/bin/mine", "file"),
    "a listener": Edit(
        "app2",
        "systemd-run --quiet --unit=mine-listens python3 -m http.server 9999",
        "systemctl stop mine-listens",
        ("port tcp/9999",),
    ),
    "a failed unit": Edit(
        "app2",
        "! systemd-run --quiet --wait --unit=mine-failed false",
        "systemctl reset-failed mine-failed",
        ("failed mine-failed.service",),
    ),
    "a masked unit": Edit(
        "app2",
        "systemctl mask getty@tty9.service",
        "systemctl unmask getty@tty9.service",
        ("masked getty@tty9.service",),
    ),
    "a stopped timer": Edit(
        "app2",
        "systemctl stop dpkg-db-backup.timer",
        "systemctl start dpkg-db-backup.timer",
        ("stopped dpkg-db-backup.timer",),
    ),
    "a table of the firewall's": Edit(
        "app2", "nft add table inet mine", "nft delete table inet mine", ("firewall inet mine",)
    ),
    "a rule in ours": Edit(
        "app1",
        "nft add rule inet shoestring input tcp dport 9998 accept",
        "systemctl restart nftables",
        ("managed host : Compare what is in force with the files",),
    ),
    "the public door": changed("app1", NGINX),
    "who comes into the database": changed("data1", HBA, text="# all comers"),
}
