"""The one table of forms and limits: what a role's variable may be beyond its type, with an example.

A name is written as in a file without its numbers: `host_admins[].name` is a key of every entry, `x.*` every
value of a mapping and `x.<key>` every key. What is not here is checked by its type in argument_specs alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from pydantic_core import PydanticCustomError

from infra import controls
from infra.checks.kinds import Form, either, few, named, number, seconds, size, text
from infra.trust import LOGIN_KEY_TYPES, public_key

ZONES = Path("/usr/share/zoneinfo")
# Debian's own accounts, and those of the packages that roles install: an admin of that name would be one of them.
SYSTEM_USERS = frozenset(
    {"root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy", "www-data"}
    | {"backup", "list", "irc", "nobody", "_apt", "sshd", "messagebus", "postgres", "systemd-network"}
    | {"systemd-resolve", "systemd-timesync", "uuidd", "tcpdump", "bucket", "shoestring"}
)
# useradd refuses a name that a group has.
SYSTEM_GROUPS = frozenset(("adm", "sudo", "staff", "users", "docker", "ssl-cert", "operator", "audio", "video", "disk"))


def _login_key(line: str) -> bool:
    try:
        public_key(line, LOGIN_KEY_TYPES)
    except PydanticCustomError:
        return False
    return "\n" not in line


def _zone(name: str) -> bool:
    plain = re.fullmatch(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*", name) is not None
    return plain and (not ZONES.is_dir() or (ZONES / name).is_file())


def _admin(name: str) -> bool:
    return bool(re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name)) and name not in SYSTEM_USERS | SYSTEM_GROUPS


def _variable(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Z_][A-Z0-9_]{0,99}", name)) and not re.search(
        r"PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|_KEY$|^SERVICE_(?:ASGI|RELEASE|MODEL_DIR|SPOOL_DIR)$"
        r"|^(?:LD_|PATH$|PG(?:HOST|PORT|DATABASE|USER|SSL))",
        name,
    )


LOGIN_KEY = Form(
    f"a public SSH key as in ~/.ssh/id_ed25519.pub ({', '.join(LOGIN_KEY_TYPES)}), whole and without options",
    "ssh-ed25519 AAAA... ada@laptop",
    _login_key,
)
PACKAGE = text(r"[a-z0-9][a-z0-9+.-]{1,100}", "the name of a Debian package", "htop")
DIRECTORY = text(
    r"(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._-]+)+", "an absolute path, not / itself, without .. or blanks", "/srv/data"
)
URL_PATH = text(r"/[A-Za-z0-9._~/-]{0,199}", "a path of a URL that begins with /", "/healthz")
BODY = size("1k", "1g", r"[1-9][0-9]*[kKmMgG]?", "nginx's", "1m")
MEMORY = size("1MB", "1024GB", r"[1-9][0-9]*(?:kB|MB|GB|TB)", "PostgreSQL's (kB, MB, GB)", "256MB")
# systemd itself judges it on the host, before it is used.
CALENDAR = text(
    r"hourly|daily|weekly|monthly|(?=.*[0-9*])[A-Za-z0-9*:.,/~ -]{3,80}",
    "a time as systemd's OnCalendar has it",
    "Sun *-*-* 02:00",
)
SLOW = number(1, 30, "seconds; with more, a few slow clients hold every connection")
PERCENT = text(r"[1-9][0-9]?%|100%", "a percentage of the host's memory", "50%")

FORMS: dict[str, Form] = {
    "host_mount_points.database": DIRECTORY,
    "host_mount_points.bucket": DIRECTORY,
    "host_admins": few(0, 100, "people, each name once", [{"name": "ada", "keys": ["ssh-ed25519 AAAA..."]}], "name"),
    "host_admins[].name": Form("a login of a-z, 0-9, _ and -, that Debian and the roles don't have", "ada", _admin),
    "host_admins[].keys": few(1, 20, "public SSH keys", ["ssh-ed25519 AAAA..."]),
    "host_admins[].keys[]": LOGIN_KEY,
    "host_ssh_keys_extra[]": LOGIN_KEY,
    "host_timezone": Form("a time zone as `timedatectl list-timezones` has them", "Europe/Berlin", _zone),
    "host_journal_max": size("16M", "1T", r"[1-9][0-9]*[KMGT]", "systemd's (K, M, G)", "500M"),
    "host_controls_off[]": named(controls.names, "a control of docs/controls.md", "sshd-39"),
    "host_accepted_drift[].name": text(r"\S.*", "a name as `make drift` says it, * for anything", "/etc/cron.d/scan"),
    "host_accepted_drift[].reason": text(r"\S.{2,}", "why it is there, in words", "the university's asset scan"),
    "host_ssh_login_users[]": text(
        r"(?!root$)[a-z_][a-z0-9_-]{0,31}", "a login other than root, which sshd refuses", "ada"
    ),
    "host_ssh_log_level": text("INFO|VERBOSE|DEBUG[123]?", "INFO, VERBOSE, DEBUG, DEBUG1, DEBUG2 or DEBUG3", "VERBOSE"),
    "host_revert_seconds": number(20, 600, "seconds"),
    "host_memory_min_mb": number(0, 1_000_000, "MB"),
    "host_disk_min_mb": number(0, 10_000_000, "MB"),
    "certificates_validity_days": number(2, 3000, "days, less than the CA's own ten years"),
    "certificates_renew_days": number(1, 1000, "days"),
    "bucket_gateway_sha256": text(r"[0-9a-f]{64}", "a sha256 in 64 small hex digits", "0" * 64),
    "bucket_directory": DIRECTORY,
    "bucket_region": text(r"[a-z0-9][a-z0-9-]{0,31}", "a region's name in a-z, 0-9 and -", "us-east-1"),
    "bucket_keep_days": number(1, 3650, "days in which what was deleted can be brought back"),
    "bucket_accounts.<key>": text(r"[a-z][a-z0-9-]{0,31}", "an account's name in a-z, 0-9 and -", "deployer"),
    "bucket_buckets.<key>": text(
        r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "a bucket's name: 3 to 63 of a-z, 0-9, -", "artifacts"
    ),
    "bucket_buckets.*": Form(
        "its owner (an account) and its readers (a list of accounts)",
        {"owner": "deployer", "readers": ["service"]},
        lambda value: (
            isinstance(value, dict) and set(value) == {"owner", "readers"} and isinstance(value["readers"], list)
        ),
    ),
    "database_max_connections": number(10, 5000),
    "database_shared_buffers": MEMORY,
    "database_effective_cache_size": MEMORY,
    "database_wal_max": MEMORY,
    "database_statement_timeout": seconds(1, 86400),
    "database_idle_transaction_timeout": seconds(1, 86400),
    "database_archive_seconds": number(10, 3600, "seconds; it is the most that a lost host loses"),
    "database_archive_queue_max": size("64MB", "1024GB", r"[1-9][0-9]*(?:MB|GB)", "pgBackRest's (MB, GB)", "8GB"),
    "database_backup_full_schedule": CALENDAR,
    "database_backup_diff_schedule": CALENDAR,
    "database_backup_keep_full": number(1, 1000, "full backups"),
    "database_backup_keep_diff": number(1, 1000, "differential backups"),
    "database_backup_max_age_hours": number(1, 10_000, "hours"),
    "database_services": few(1, 100, "services, each name once", [{"name": "service"}], "name"),
    "database_services[].name": text(
        r"(?!postgres$|template|pg_)[a-z][a-z0-9_]{0,62}",
        "a name of a-z, 0-9 and _ that PostgreSQL has no use for",
        "service",
    ),
    "nginx_worker_connections": number(64, 65535),
    "nginx_keepalive_seconds": number(0, 3600, "seconds"),
    "nginx_header_timeout_seconds": SLOW,
    "nginx_body_timeout_seconds": SLOW,
    "nginx_send_timeout_seconds": SLOW,
    "nginx_reload_seconds": number(1, 55, "seconds; a revoked API key has to end within a minute"),
    "service_asgi": text(
        r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*", "an ASGI application as module:attribute", "predictor.app:app"
    ),
    "service_ready_path": URL_PATH,
    "service_predict_path": URL_PATH,
    "service_check_path": text(r"(?:/[A-Za-z0-9._~/-]{0,199})?", "a path of a URL that begins with /, or ''", "/"),
    "service_log_table": text(
        r"(?:[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*)?", "a table with its schema, or ''", "service.predictions"
    ),
    "service_name": text(r"[a-z][a-z0-9-]{0,39}", "a name of a-z, 0-9 and -", "predictor"),
    "service_model": text("(?:trained)?", "trained, or '' for none", "trained"),
    "service_schema_module": text(
        r"(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)?", "a Python module's name, or ''", "predictor.schema"
    ),
    "service_environment.<key>": Form(
        "a variable's name in A-Z, 0-9 and _: no secret (everybody on the host can read it), none that the role sets",
        "MODEL_THREADS",
        _variable,
    ),
    "service_environment.*": Form(
        "a text of one line, a number, true or false",
        "2",
        lambda value: isinstance(value, str | int | float) and "\n" not in str(value),
    ),
    "service_memory_max": either(size("64M", "1T", r"[1-9][0-9]*[KMGT]", "systemd's (K, M, G)", "1G"), PERCENT),
    "service_tasks_max": number(16, 65535),
    "service_drain_seconds": number(1, 600, "seconds"),
    "service_body_max": BODY,
    "service_ready_seconds": number(1, 600, "seconds"),
    "service_canary_latency_ms": number(1, 60_000, "milliseconds"),
    "service_keepalive_ms": number(10, 10_000, "milliseconds; a deploy waits for twice that"),
    "service_watch_seconds": number(0, 600, "seconds; for so long each host is out of the balancer"),
    "service_lease_seconds": number(5, 3600, "seconds, more than a host's part of a deploy takes"),
    "service_disk_megabytes": number(0, 1_000_000, "megabytes"),
    "service_environment_megabytes": number(0, 1_000_000, "megabytes"),
    "service_reboot_seconds": number(30, 3600, "seconds"),
    "service_keep_releases": number(2, 100, "releases, the running one and the one before it among them"),
    "proxy_body_max": BODY,
    "proxy_requests_per_second": number(1, 100_000),
    "proxy_requests_burst": number(1, 1_000_000),
    "proxy_connections_per_address": number(1, 65_535),
    "proxy_answer_timeout_seconds": number(1, 600, "seconds"),
    "proxy_public_paths[]": URL_PATH,
    "proxy_hidden_paths[]": URL_PATH,
}
# For every variable that is called so, those of roles yet to come too; the table above comes first.
ENDINGS: dict[str, Form] = {
    "_packages[]": PACKAGE,
    "_schedule": CALENDAR,
    "_acme_directory": text(r"https://[!#%&+,./0-9:=?@A-Z_a-z~-]{3,200}", "an https:// URL", "https://ca.internal/dir"),
    "_packages_extra[]": PACKAGE,
    "_port": number(1, 65535, "a port"),
    "_seconds": number(0, 2_592_000, "seconds"),
    "_days": number(0, 36_500, "days"),
}


@lru_cache(maxsize=1024)
def form_of(name: str) -> Form | None:
    """The form of a variable or of what is in it, if it has one."""
    if name in FORMS:
        return FORMS[name]
    return next((form for ending, form in ENDINGS.items() if name.endswith(ending)), None)
