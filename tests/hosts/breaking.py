"""How each control of a host is broken, so that its check can be seen to fail. A shell command each, run as root."""

from __future__ import annotations

from typing import Any

# Kept before, and put back afterwards in the same breath: with these broken nobody would come in to mend them.
KEPT = (
    "/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/sudoers /etc/sudoers.d /etc/ssh /etc/pam.d "
    "/etc/nftables.conf /etc/login.defs /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/shells /etc/security"
)

# What sshd is told instead; any other setting is turned round.
SSHD = {
    "Ciphers": "aes128-ctr", "KexAlgorithms": "curve25519-sha256", "MACs": "hmac-sha1", "PermitRootLogin": "yes",
    "AddressFamily": "inet", "SyslogFacility": "DAEMON", "Banner": "/etc/issue", "AuthenticationMethods": "any",
    "MaxStartups": "20:30:100", "LoginGraceTime": "60", "MaxAuthTries": "6", "MaxSessions": "20",
    "ClientAliveInterval": "0", "ClientAliveCountMax": "1",
}  # fmt: skip
MORE_SSHD = [
    "LogLevel QUIET", "AllowTcpForwarding yes", "Port 22", "Port 2022",
    "HostKey /etc/ssh/ssh_host_ed25519_key", "HostKey /etc/ssh/ssh_host_try_key",
]  # fmt: skip

# By the control that it is for; others may break with it.
BREAK = {
    "sshd-48": "echo 20200101000000 2 6 100 1535 2 ABCD >> /etc/ssh/moduli",
    "sshd-49": "cp /bin/bash /run/try/sshd; "
    "systemd-run --collect --unit=try-sshd /run/try/sshd -c 'sleep 90; true' -oCiphers=none",
    "sshd-50": "rm -f /etc/ssh/ssh_host_rsa_key*; ssh-keygen -q -t rsa -b 2048 -N '' -f /etc/ssh/ssh_host_rsa_key",
    # With all of them open to others sshd would have none, and say nothing of itself.
    "cis-5.1.2": "touch /etc/ssh/ssh_host_try_key; chmod 644 /etc/ssh/ssh_host_try_key",
    "cis-5.1.3": "touch /etc/ssh/ssh_host_try_key.pub; chmod 666 /etc/ssh/ssh_host_try_key.pub",
    "cis-4.3.9": "systemctl disable --quiet nftables.service",
    "cis-4.3.10": "echo nonsense >> /etc/nftables.conf",
    "cis-4.3.4": "nft delete table inet shoestring",
    "os-01": "touch /etc/hosts.equiv",
    "os-03b": "sed -i 's/^daemon:x:/daemon:abc:/' /etc/passwd",
    "os-04": "echo 'PATH=$PATH:.' > /etc/profile.d/zz-try.sh",
    "os-05": "sed -i '/^UMASK/d' /etc/login.defs",
    "os-07": "echo 'try1:x:1:1::/nonexistent:/usr/sbin/nologin' >> /etc/passwd; echo 'try1:x:1:' >> /etc/group",
    "os-09": "touch /root/.rhosts",
    "cis-5.2.2": "sed -i '/use_pty/d' /etc/sudoers /etc/sudoers.d/*",
    "cis-5.2.5": "echo 'Defaults !authenticate' > /etc/sudoers.d/try",
    "cis-5.2.6": "echo 'Defaults timestamp_timeout=-1' >> /etc/sudoers.d/try",
    "cis-5.2.7": "sed -i '/pam_wheel/d' /etc/pam.d/su",
    "cis-5.4.2.1": "echo 'try2:x:0:0::/root:/bin/sh' >> /etc/passwd",
    "cis-5.4.2.3": "echo 'try7:x:0:' >> /etc/group",
    "cis-5.4.2.4": "passwd --delete root",
    "cis-5.4.2.5": "chmod 777 /usr/local/bin",
    "cis-5.4.3.3": "rm /etc/profile.d/shoestring.sh; echo 'umask 000' >> /etc/profile.d/zz-try.sh",
    "cis-5.4.2.7": "echo 'try3:x:201:65534::/nonexistent:/bin/bash' >> /etc/passwd",
    "cis-5.4.2.8": "echo 'try3:abc:20000::::::' >> /etc/shadow",
    "os-06": "chmod 4755 /usr/lib/openssh/ssh-keysign",
    "os-10": "rm /etc/modprobe.d/shoestring.conf",
    "os-11": "chown nobody /var/log",
    "os-15": "mount -o remount,suid /tmp",
    "os-16": "mount -o remount,dev /run",
    "cis-7.1.11": "touch /opt/try; chmod 666 /opt/try",
    "cis-7.1.12": "touch /opt/try2; chown 4242 /opt/try2",
    "cis-7.1.13": "cp /bin/true /opt/try3; chmod 4755 /opt/try3",
    "cis-7.2.2": "echo 'try4::20000::::::' >> /etc/shadow; "
    "echo 'try4:x:202:65534::/nonexistent:/usr/sbin/nologin' >> /etc/passwd",
    "cis-7.2.3": "echo 'try5:x:203:4243::/nonexistent:/usr/sbin/nologin' >> /etc/passwd",
    "cis-7.2.4": "sed -i 's/^shadow:.*/&daemon/' /etc/group",
    "cis-7.2.7": "echo 'try5:x:204:65534::/nonexistent:/usr/sbin/nologin' >> /etc/passwd",
    "cis-7.2.8": "echo 'try1:x:4244:' >> /etc/group",
    "cis-7.2.9": "mkdir -m 777 /home/try6; echo 'try6:x:4245:65534::/home/try6:/usr/sbin/nologin' >> /etc/passwd",
    "cis-7.2.10": "touch /home/deploy/.forward",
    "sysctl-31b": "rm /etc/systemd/coredump.conf.d/shoestring.conf",
    "cis-1.2.1.1": "echo 'deb [trusted=yes] file:/try ./' > /etc/apt/sources.list.d/try.list",
    "cis-1.2.1.2": "echo 'APT::Get::AllowUnauthenticated true;' > /etc/apt/apt.conf.d/99try",
    "cis-1.2.2.1": "systemctl disable --quiet apt-daily-upgrade.timer",
    "cis-2.1.22": "systemd-run --collect --unit=try-port python3 -m http.server 8097; sleep 0.5",
    "cis-2.3.1.1": "for unit in chrony ntpsec; do systemd-run --collect --unit=$unit sleep 90; done",
    "cis-2.3.2.2": "systemctl disable --quiet systemd-timesyncd",
    "cis-6.1.1.2": "touch /var/log/journal/try; chmod 666 /var/log/journal/try",
    "cis-6.1.1.4": "systemd-run --collect --unit=rsyslog sleep 90",
    "cis-6.1.2.4": "rm /etc/systemd/journald.conf.d/zz-shoestring.conf",
}
# What can't be broken without losing the host stands in: an older sshd, no sudo, a journal that is down; and with the
# last of these sshd says nothing of itself. So these come by themselves, after the others.
STAND_INS = """
mkdir -p /run/try/bin
cat > /run/try/bin/sshd <<'END'
#!/bin/sh
if [ "$1" = -V ]; then echo OpenSSH_6.6; else echo UseLogin yes; exec /usr/sbin/sshd "$@"; fi
END
printf '#!/bin/sh\nexit 1\n' > /run/try/bin/sudo
printf '#!/bin/sh\ncase "$*" in *journald*) exit 3;; esac; exec /usr/bin/systemctl "$@"\n' > /run/try/bin/systemctl
chmod 755 /run/try/bin/*
chmod 777 /run/sshd
"""
LAST = {"sshd-10", "sshd-15", "sshd-16", "cis-5.2.1", "cis-6.1.1.1"}
MEND = """
systemctl stop try-sshd try-port rsyslog chrony ntpsec 2>/dev/null
mount -o remount,nosuid /tmp; mount -o remount,nodev /run
rm -rf /etc/hosts.equiv /root/.rhosts /etc/profile.d/zz-try.sh /opt/try /opt/try2 /opt/try3
rm -rf /home/try6 /home/deploy/.forward
rm -rf /etc/sudoers.d/try /etc/apt/sources.list.d/try.list /etc/apt/apt.conf.d/99try /var/log/journal/try /etc/ssh
for deb in /run/try/*.deb; do dpkg --purge $(basename $deb .deb) >/dev/null; done
chown root /var/log; chmod 755 /usr/local/bin /run/sshd
tar -xpf /run/try/kept.tar -C /
systemctl enable --quiet systemd-timesyncd
rm -rf /run/try
"""


def script(controls: list[dict[str, Any]]) -> str:
    """Breaks all of them. The running sshd hears nothing of it: `sshd -T` reads the files."""
    lines = ["mkdir -p /run/try", f"tar -cpf /run/try/kept.tar {KEPT} 2>/dev/null"]
    sshd = [*MORE_SSHD]
    for one in controls:
        if "sshd" in one:
            keyword, value = one["sshd"].split(" ", 1)
            sshd.append(f"{keyword} {SSHD.get(keyword) or ('no' if value == 'yes' else 'yes')}")
        for key, value in one.get("sysctl", {}).items() if not one.get("machine") else ():
            lines.append(f"echo {1 - value if value < 2 else 0} > /proc/sys/{key.replace('.', '/')}")
        if "absent" in one:
            lines.append(_package(one["absent"][0]))
        if "file" in one and one["id"] not in BREAK:
            lines.append(f"chmod 777 {one['file']['path']}")
    lines += BREAK.values()
    text = "\\n".join(sshd)
    return "\n".join([*lines, f"printf '{text}\\n' > /etc/ssh/sshd_config.d/10-shoestring.conf"])


def _package(name: str) -> str:
    """One of that name with nothing in it, installed as any other."""
    control = (
        f"Package: {name}\\nVersion: 0\\nArchitecture: all\\nMaintainer: try <try@invalid>\\nDescription: nothing\\n"
    )
    return (
        f"mkdir -p /run/try/{name}/DEBIAN; printf '{control}' > /run/try/{name}/DEBIAN/control; "
        f"dpkg-deb --build /run/try/{name} /run/try/{name}.deb; dpkg --force-all -i /run/try/{name}.deb"
    )
