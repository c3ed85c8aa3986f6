"""Variable files that are in the wrong place, or set what nobody reads or may set."""

from __future__ import annotations

from tests.infra.checks.environments import Bad

WHOLE = "(the whole file)"
LINES = "`variable: value` lines"

BAD = {
    # names
    "misspelt": Bad("service_memry_max: 1G", "service_memry_max", "a variable of a role", "`service_memory_max`"),
    "nothing near": Bad("zzz: 1", "zzz", "ansible/roles/*/defaults/main.yml", "delete it"),
    "another role's prefix": Bad("services_asgi: a:b", "services_asgi", "a variable of a role", "`service_asgi`"),
    "in Cyrillic": Bad("s\u0435rvice_asgi: a:b", "s\u0435rvice_asgi", "a variable of a role", "`service_asgi`"),
    "in capitals": Bad("SERVICE_ASGI: a:b", "SERVICE_ASGI", "a variable of a role", "`service_asgi`"),
    "of the Footprint": Bad("footprint: {}", "footprint", "a variable of a role", "delete it"),
    "private to a role": Bad("_host_wanted: {}", "_host_wanted", "a variable of a role", "delete it"),
    "set by a role": Bad("host_installed: []", "host_installed", "a variable of a role", "delete it"),
    "merge key": Bad("<<: {a: 1}", "<<", "a variable of a role", "delete it"),
    # what would switch a guard off, or send the run elsewhere
    "host keys off": Bad(
        "ansible_ssh_common_args: -o StrictHostKeyChecking=no", "ansible_ssh_common_args", "whom ssh trusts", "delete"
    ),
    "host keys off, by name": Bad(
        "ansible_host_key_checking: false", "ansible_host_key_checking", "no connection variable", "delete it"
    ),
    "another address": Bad("ansible_host: 10.0.0.9", "ansible_host", "no connection variable", "ssh.address"),
    "another user": Bad("ansible_user: root", "ansible_user", "no connection variable", "ssh.user"),
    "another connection": Bad("ansible_connection: local", "ansible_connection", "no connection variable", "delete it"),
    "password of sudo": Bad(
        "ansible_become_password: canary77", "ansible_become_password", "no connection variable", "sudo without"
    ),
    "password of ssh": Bad("ansible_ssh_pass: canary77", "ansible_ssh_pass", "no connection variable", "delete it"),
    "no sudo": Bad("ansible_become: false", "ansible_become", "no connection variable", "delete it"),
    # secrets in clear
    "vault variable in clear": Bad(
        "vault_api_keys: {default: canary77}", "vault_api_keys", "in the vault only", "ansible-vault edit"
    ),
    "password in clear": Bad(
        "database_services: [{name: service, password: canary77}]",
        "database_services[0].password",
        "no secret in a plain file",
        "{{ vault_... }}",
    ),
    "secret key in clear": Bad(
        'bucket_accounts: {deployer: {access: a, secret: canary77}, service: "{{ x }}", backup: "{{ y }}"}',
        "bucket_accounts.deployer.secret",
        "no secret",
        "ansible-vault edit",
    ),
    "private key in clear": Bad(
        'host_admins: [{name: ada, keys: ["-----BEGIN OPENSSH PRIVATE KEY-----canary77"]}]',
        "host_admins[0].keys[0]",
        "no secret",
        "replace it",
    ),
    "secret of the service": Bad(
        "service_environment: {STRIPE_TOKEN: canary77}",
        "service_environment.STRIPE_TOKEN",
        "no secret (everybody on the host can read it)",
        "MODEL_THREADS",
    ),
    # files
    "file of a group that is none": Bad("{}", WHOLE, "a group: all", "`database`", "group_vars/databse.yml"),
    "directory of a group that is none": Bad("{}", WHOLE, "a group: all", "`proxy`", "group_vars/proxi/main.yml"),
    "group without hosts": Bad("{}", WHOLE, "a host in the group tracking", "add tracking", "group_vars/tracking.yml"),
    "file of no host": Bad("{}", WHOLE, "a host of the Footprint", "`app1`", "host_vars/app11.yml"),
    "out of reach of its role": Bad(
        "database_max_connections: 50",
        "database_max_connections",
        "group_vars/all or group_vars/database.yml",
        "move the line",
        "group_vars/proxy.yml",
    ),
    "out of reach on a host": Bad("proxy_body_max: 2m", "proxy_body_max", "proxy.yml", "move", "host_vars/app2.yml"),
    "ends in yaml": Bad("{}", WHOLE, "end in .yml", "main.yml", "group_vars/all/main.yaml"),
    "ends in json": Bad("{}", WHOLE, "end in .yml", "main.yml", "group_vars/all/main.json"),
    "no ending": Bad("{}", WHOLE, "end in .yml", "service.yml", "group_vars/service"),
    "vault in clear": Bad(
        "vault_x: canary77", WHOLE, "ansible-vault encrypted", "ansible-vault encrypt", "group_vars/all/vault.yml"
    ),
    "second vault": Bad("$ANSIBLE_VAULT;1.1;AES256\n00", WHOLE, "one vault", "edit", "group_vars/service/vault.yml"),
    "encrypted elsewhere": Bad(
        "$ANSIBLE_VAULT;1.1;AES256\n00", WHOLE, "encrypted variables only", "ansible-vault view", "group_vars/proxy.yml"
    ),
    "directory misspelt": Bad("{}", WHOLE, "named group_vars", "mv", "groups_vars/all.yml"),
    "directory with a hyphen": Bad("{}", WHOLE, "named host_vars", "mv", "host-vars/app1.yml"),
    "second Footprint": Bad("{}", WHOLE, "one Footprint", "rm", "footprint.json"),
    # documents
    "a list": Bad("[1, 2]", WHOLE, LINES, "service_memory_max: 1G"),
    "a word": Bad("nonsense", WHOLE, LINES, "service_memory_max: 1G"),
    "name twice": Bad("host_timezone: UTC\nhost_timezone: UTC", "(the whole file), line 2", "each key once", "delete"),
    "a tab": Bad("a:\n\tb: 1", "line 2, column 1", "one valid YAML document", "spaces, never with tabs"),
    "vaulted in place": Bad("service_asgi: !vault x", "line 1, column 15", "one valid YAML document", "correct"),
    "a megabyte": Bad("service_asgi: " + "x" * 1_000_000, WHOLE, "at most 262144 bytes", "remove"),
    "brackets without end": Bad("[" * 200_000, WHOLE, "at most 32 levels", "remove the nesting"),
    "control character": Bad("service_asgi: \x1b[31m", "line 1", "printable text", "delete that character"),
    "number as a name": Bad("1: 2", f"{WHOLE}, line 1", "a key that is text", "plain word"),
}
