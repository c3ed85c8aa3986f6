"""May a variable be set in this file: it must be one that a role reads, on a host that the file is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.checks.declared import Declared
from infra.problems import Problem, nearest, shown
from infra.variables import GROUP_VARS, Layer

Members = Mapping[str, Sequence[str]]  # host -> its groups
# What of Ansible's own variables changes neither where a run goes, as whom, nor whom it trusts.
HARMLESS = ("ansible_python_interpreter", "ansible_timeout", "ansible_ssh_timeout", "ansible_ssh_retries")
OWN = {
    "ansible_host": "write the host's ssh.address in the Footprint",
    "ansible_port": "write the host's ssh.port in the Footprint",
    "ansible_user": "write the host's ssh.user in the Footprint",
    "ansible_ssh_private_key_file": "name the key in ~/.ssh/config (IdentityFile), which every verb's ssh reads",
    "ansible_become_password": "give the user sudo without a password, as the Footprint's ssh.user needs it",
    "ansible_password": "log in with a key: hosts accept no password",
}


def problem(name: str, layer: Layer, declared: Declared, members: Members | None) -> Problem | None:
    """What is wrong with setting `name` there. `members` is None where the hosts are not known."""
    if name.startswith("vault_"):
        fix = "move it to group_vars/all/vault.yml (`ansible-vault edit`); replace the secret, since it was readable"
        return Problem(
            name, "a secret in a plain file (not shown)", "names beginning with vault_ in the vault only", fix
        )
    if name.startswith("ansible_") and name not in HARMLESS:
        fix = OWN.get(name.replace("_pass", "_password") if name.endswith("_pass") else name, "delete it")
        expected = "no connection variable: the Footprint says how hosts are reached and whom ssh trusts"
        return Problem(name, "a variable of Ansible's own", expected, fix)
    if name in HARMLESS:
        return None
    if name not in declared.variables:
        meant = nearest(name, (known for known in declared.variables if not known.startswith("vault_")))
        fix = f"did you mean `{meant}`? Rename it, or delete it" if meant else "delete it"
        expected = "a variable of a role; ansible/roles/*/defaults/main.yml lists them"
        return Problem(name, f"the unknown variable {shown(name)}", expected, fix)
    return _out_of_reach(name, layer, declared, members)


def _out_of_reach(name: str, layer: Layer, declared: Declared, members: Members | None) -> Problem | None:
    reach = {group for role in declared.variables[name].roles for group in declared.reach[role]}
    if members is None or layer.name == "all" or "all" in reach:
        return None
    hosts = [host for host, groups in members.items() if layer.name in (groups if layer.of == GROUP_VARS else [host])]
    if not hosts or any(reach & set(members[host]) for host in hosts):
        return None
    roles = " or ".join(declared.variables[name].roles)
    found = f"a setting of the role {roles}, which none of the hosts in {layer.name} has"
    expected = f"it where its hosts find it: group_vars/all or group_vars/{sorted(reach)[0]}.yml"
    return Problem(name, found, expected, "move the line there, or delete it")
