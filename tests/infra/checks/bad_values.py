"""Settings of a wrong type or form, out of range, or in contradiction to one another."""

from __future__ import annotations

from tests.infra.checks.environments import Bad
from tests.infra.footprints import key

KEY = key(9)
SAME = "a value that every reader takes for the same"


def bad(line: str, key: str, expected: str, fix: str = "write for example") -> Bad:
    """A line of group_vars/all/main.yml."""
    return Bad(line, key, expected, fix)


def admin(name: str = "ada", *keys: str) -> str:
    return f"host_admins: [{{name: {name}, keys: [{', '.join(keys or (KEY,))}]}}]"


BAD = {
    # types
    "number for text": bad("proxy_body_max: 100", "proxy_body_max", "(text)", "in quotes"),
    "text for a number": bad('service_tasks_max: "128"', "service_tasks_max", "(a whole number)"),
    "fraction": bad("service_tasks_max: 1.5", "service_tasks_max", "(a whole number)"),
    "truth for a number": bad("service_tasks_max: true", "service_tasks_max", "(a whole number)"),
    "text for truth": bad('service_uses_database: "false"', "service_uses_database", "(true or false)"),
    "list for text": bad("host_timezone: [UTC]", "host_timezone", "(text)"),
    "text for a list": bad("host_packages_extra: htop", "host_packages_extra", "(a list)"),
    "mapping for a list": bad("host_admins: {ada: x}", "host_admins", "(a list)", "host_admins: [{"),
    "list for a mapping": bad("service_environment: [A]", "service_environment", "(a mapping"),
    "nothing": bad("service_asgi:", "service_asgi", "(text)", "service_asgi: predictor.app:app"),
    "yes": bad("host_security_reboot: yes", "host_security_reboot", SAME, "write true"),
    "octal": bad("service_tasks_max: 0200", "service_tasks_max", SAME, "write 128"),
    "time of day": bad("service_drain_seconds: 1:30", "service_drain_seconds", SAME, "write 90"),
    "date": bad("service_schema_module: 2026-01-31", "service_schema_module", SAME, "quotes"),
    "entry of a wrong type": bad("host_packages_extra: [htop, 1]", "host_packages_extra[1]", "Debian package"),
    # keys within
    "key of a list's entry": bad(
        f"host_admins: [{{name: ada, keys: [{KEY}], keyz: []}}]", "host_admins[0].keyz", "only the keys name", "`keys`"
    ),
    "key missing": bad("host_admins: [{name: ada}]", "host_admins[0].keys", "keys in OpenSSH", "add `keys:"),
    "key of a mapping": bad(
        "host_mount_points: {database: /a/b, bucket: /srv/bucket, log: /d}",
        "host_mount_points.log",
        "only the keys",
        "delete",
    ),
    # forms
    "size without a unit": bad('service_memory_max: "1"', "service_memory_max", "64M to 1T", "service_memory_max: 1G"),
    "size too small": bad("service_memory_max: 1M", "service_memory_max", "64M to 1T"),
    "size of nothing": bad("proxy_body_max: 0m", "proxy_body_max", "1k to 1g", "proxy_body_max: 1m"),
    "size without end": bad("service_body_max: 100g", "service_body_max", "1k to 1g"),
    "size in words": bad("host_journal_max: half", "host_journal_max", "16M to 1T", "host_journal_max: 500M"),
    "memory of PostgreSQL": bad("database_shared_buffers: 256M", "database_shared_buffers", "kB, MB, GB"),
    "time without a unit": bad('database_statement_timeout: "60"', "database_statement_timeout", "with its unit"),
    "time too long": bad(
        "database_idle_transaction_timeout: 48h", "database_idle_transaction_timeout", "86400 seconds"
    ),
    "percentage": bad("service_memory_max: 120%", "service_memory_max", "a percentage"),
    "time zone of nowhere": bad("host_timezone: Europe/Atlantis", "host_timezone", "timedatectl", "Europe/Berlin"),
    "control nearly": bad("host_controls_off: [sshd-2O]", "host_controls_off[0]", "docs/controls.md", "`sshd-20`"),
    "control of nobody": bad("host_controls_off: [firewall]", "host_controls_off[0]", "docs/controls.md"),
    "time zone that climbs": bad("host_timezone: ../../etc/passwd", "host_timezone", "timedatectl"),
    "path relative": bad("bucket_directory: srv/bucket", "bucket_directory", "an absolute path"),
    "path climbs": bad("bucket_directory: /srv/../etc", "bucket_directory", "without .."),
    "the root": bad("bucket_directory: /", "bucket_directory", "not / itself"),
    "package with an option": bad("host_packages_extra: [--purge]", "host_packages_extra[0]", "a Debian package"),
    "ASGI without attribute": bad("service_asgi: predictor.app", "service_asgi", "module:attribute"),
    "path of a URL": bad("service_ready_path: readyz", "service_ready_path", "begins with /"),
    "path with nginx's syntax": bad('proxy_public_paths: ["/a;}"]', "proxy_public_paths[0]", "begins with /"),
    "schedule in words": bad(
        "database_backup_full_schedule: on sundays", "database_backup_full_schedule", "OnCalendar"
    ),
    "issuer in clear": bad("proxy_acme_directory: http://ca/dir", "proxy_acme_directory", "an https:// URL"),
    "digest cut off": bad("bucket_gateway_sha256: abc", "bucket_gateway_sha256", "64 small hex digits"),
    "log level": bad("host_ssh_log_level: QUIET", "host_ssh_log_level", "VERBOSE", "host_ssh_log_level: VERBOSE"),
    "region": bad("bucket_region: EU West", "bucket_region", "a region's name"),
    # ranges
    "port 0": bad("bucket_port: 0", "bucket_port", "from 1 to 65535"),
    "port too high": bad("bucket_port: 70000", "bucket_port", "from 1 to 65535"),
    "negative": bad("service_drain_seconds: -1", "service_drain_seconds", "from 1 to 600"),
    "slow clients welcome": bad("nginx_body_timeout_seconds: 31", "nginx_body_timeout_seconds", "from 1 to 30"),
    "no connections": bad("database_max_connections: 1", "database_max_connections", "from 10 to 5000"),
    "no requests": bad("proxy_requests_per_second: 0", "proxy_requests_per_second", "from 1"),
    "revert too soon": bad("host_revert_seconds: 1", "host_revert_seconds", "from 20 to 600"),
    "leaf beyond the CA": bad("certificates_validity_days: 4000", "certificates_validity_days", "ten years"),
    # people and names
    "admin root": bad(admin("root"), "host_admins[0].name", "Debian and the roles don't have", "name: ada"),
    "admin of the system": bad(admin("postgres"), "host_admins[0].name", "the roles don't have"),
    "admin in capitals": bad(admin("Ada"), "host_admins[0].name", "a-z"),
    "admin with a blank": bad(admin('"ada b"'), "host_admins[0].name", "a-z"),
    "admin who is Ansible": bad(admin("deploy"), "host_admins[0].name", "of the person's own", "ssh.user"),
    "admin twice": bad(
        f"host_admins: [{{name: ada, keys: [{KEY}]}}, {{name: ada, keys: [{KEY}]}}]", "host_admins", "none twice"
    ),
    "admin without keys": bad("host_admins: [{name: ada, keys: []}]", "host_admins[0].keys", "1 to 20"),
    "login key cut off": bad(admin("ada", KEY[:-9]), "host_admins[0].keys[0]", "a public SSH key"),
    "login key with options": bad(admin("ada", f"command=x {KEY}"), "host_admins[0].keys[0]", "without options"),
    "login key extra": bad("host_ssh_keys_extra: [abc]", "host_ssh_keys_extra[0]", "a public SSH key"),
    "login root": bad("host_ssh_login_users: [root]", "host_ssh_login_users[0]", "other than root"),
    "database of the system": bad(
        'database_services: [{name: postgres, password: "{{ vault_x }}"}]', "database_services[0].name", "no use for"
    ),
    "variable in small letters": bad("service_environment: {threads: 1}", "service_environment.threads", "A-Z"),
    "variable that the role sets": bad("service_environment: {PGHOST: x}", "service_environment.PGHOST", "role sets"),
    "variable of two lines": bad('service_environment: {A: "x\\ny"}', "service_environment.A", "one line"),
    "variable that is a list": bad("service_environment: {A: [1]}", "service_environment.A", "one line"),
    "bucket without readers": bad(
        "bucket_buckets: {artifacts: {owner: deployer}}", "bucket_buckets.artifacts", "readers"
    ),
    # contradictions
    "owner without account": bad(
        "bucket_buckets: {artifacts: {owner: me, readers: []}}",
        "bucket_buckets.artifacts.owner",
        "deployer, service",
        "add the account",
    ),
    "reader without account": bad(
        "bucket_buckets: {artifacts: {owner: deployer, readers: [me]}}",
        "bucket_buckets.artifacts.readers[0]",
        "an account of bucket_accounts",
        "add the account",
    ),
    "port that is shut": bad("bucket_port: 7071", "bucket_port", "stacks/exposure.yml opens", "delete the line"),
    "bucket beside its mount": bad(
        "bucket_directory: /srv/other", "bucket_directory", "host_mount_points", "/srv/bucket"
    ),
    "renewed at once": bad("certificates_renew_days: 800", "certificates_renew_days", "fewer than", "lower"),
    "door wider than the service": bad("proxy_body_max: 2m", "proxy_body_max", "at most service_body_max", "lower"),
    "public and hidden": bad("proxy_public_paths: [/metrics]", "proxy_public_paths[0]", "each path once", "one of"),
    "service without its database": bad(
        'database_services: [{name: other, password: "{{ vault_x }}"}]', "database_services", "named service", "add"
    ),
}
