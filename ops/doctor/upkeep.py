"""What a host's clock, names, updates, certificates and secrets look like, from the facts of far/care.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ops.doctor import limits
from ops.doctor.about import About, Verdict
from ops.doctor.line import FAIL, OK, WARN, env, listed, plural


def clock(about: About, fact: dict[str, Any]) -> Verdict:
    """Against this machine's: surely off by so much, whatever the question's way there took."""
    now = fact["now"]
    off = max(0.0, now - about.ended, about.began - now)
    way = "ahead of" if now > about.ended else "behind"
    fix = (
        about.run("systemctl restart systemd-timesyncd")
        + ", then `timedatectl` there; if it agrees, this machine is off"
    )
    if off >= limits.CLOCK_WARN:
        return Verdict(FAIL if off >= limits.CLOCK_FAIL else WARN, f"{off:.0f} s {way} this machine's", fix)
    if fact["container"]:
        return Verdict(OK, "as this machine's")
    if not fact["synchronised"]:
        return Verdict(WARN, "right now, but no time server keeps it so", fix)
    return Verdict(OK, "synchronised")


def dns(about: About, fact: dict[str, Any]) -> Verdict:
    if fact["addresses"]:
        return Verdict(OK, f"{fact['name']} is found")
    fix = f"{about.run('cat /etc/resolv.conf')} shows whom it asks; name servers that answer go into network.dns"
    return Verdict(FAIL, f"{fact['name']} is not found: {fact['why']}", f"{fix} of the Footprint, then {about.up}")


def reboot(about: About, fact: list[str] | None) -> Verdict:
    if fact is None:
        return Verdict(OK, "none pending")
    fix = about.run("systemctl reboot")
    if "service" in about.host.groups:
        fix = f"make reboot {env(about.environment)} HOST={about.name}"
    return Verdict(WARN, f"pending for {listed(fact)}" if fact else "pending", fix)


def updates(about: About, fact: dict[str, Any]) -> Verdict:
    """Security updates come by themselves within a day, if they come."""
    if fact["pending"]:
        found = f"{plural(len(fact['pending']), 'security update')} pending: {listed(fact['pending'])}"
        return Verdict(WARN, found, about.run("unattended-upgrade"))
    days = fact["days"]
    if days is None or days > limits.LISTS_WARN:
        found = "not asked for yet" if days is None else f"not asked for since {plural(int(days), 'day')}"
        return Verdict(WARN, found, about.run("apt-get update"))
    return Verdict(OK, "no security update pending")


def certificates(about: About, fact: dict[str, list[str]]) -> Verdict:
    """Every certificate in every file: what a leaf is trusted by ends as well."""
    from cryptography import x509

    ends = [
        (x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc, path)
        for path, pems in fact.items()
        for pem in pems
    ]
    if not ends:
        return Verdict(FAIL, "it has none, so nobody speaks TLS with it", about.up)
    end, path = min(ends)
    days = (end - datetime.now(UTC)).total_seconds() / 86400
    found = f"{path} {'ended' if days < 0 else 'ends'} on {end:%Y-%m-%d}"
    if days < limits.LEAF_FAIL:
        return Verdict(FAIL, found, about.up)
    if days < about.settings["certificates_renew_days"]:
        return Verdict(WARN, f"{found}, in {days:.0f} days", about.up)
    return Verdict(OK, f"{plural(len(ends), 'certificate')}, the first ends in {days:.0f} days")


def secrets(about: About, fact: dict[str, Any]) -> Verdict:
    for paths, what in ((fact["open"], "readable by others"), (fact["stray"], "owned by nobody known")):
        if paths:
            again = f"{about.up} puts that right"
            if paths is fact["open"]:
                again += f"; what others may have read: make rotate {env(about.environment)}"
            return Verdict(FAIL, f"{listed(paths)}: {what}", again)
    return Verdict(OK, f"{fact['looked_at']} files, no one else's to read")
