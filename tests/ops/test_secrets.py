"""Secrets are strong, made once, kept for ever, and nowhere but where they belong."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from infra import unpacked
from infra.problems import VaultError
from ops import files, pki, secrets, ssh_key, vault
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops import certificates


def opened(environment: Environment) -> dict[str, Any]:
    return vault.read(environment.vault, vault.key())


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o7777:04o}"


def leaves(value: Any) -> list[str]:
    return [leaf for each in value.values() for leaf in leaves(each)] if isinstance(value, dict) else [value]


CONTRACT = {
    "vault_ca_key", "vault_ca_certificate", "vault_database_service_password", "vault_bucket_root",
    "vault_bucket_service", "vault_bucket_deployer", "vault_bucket_backup", "vault_backup_passphrase",
    "vault_api_keys", "vault_ssh_private_key",
}  # fmt: skip


def test_the_first_run_makes_what_the_roles_ask_for(one: Environment) -> None:
    assert secrets.ensure_vault(one)
    made = opened(one)
    assert made.keys() == CONTRACT
    values = leaves(made)
    assert len(set(values)) == len(values), "no two secrets are the same"
    strong = [
        made["vault_database_service_password"],
        made["vault_backup_passphrase"],
        *made["vault_api_keys"].values(),
    ]
    strong += [made[f"vault_bucket_{user}"]["secret"] for user in ("root", "service", "deployer", "backup")]
    assert min(map(len, strong)) >= 32
    assert all(text.isalnum() for text in strong), "libpq, ini files and shells read other characters as their own"


def test_the_second_run_changes_nothing(one: Environment) -> None:
    secrets.ensure_vault(one)
    before = one.vault.read_bytes()
    assert not secrets.ensure_vault(one)
    assert one.vault.read_bytes() == before, "a vault that is in git must not change by itself"


def test_a_secret_that_is_missing_is_added_and_the_others_are_kept(one: Environment) -> None:
    secrets.ensure_vault(one)
    before = opened(one)
    older = {name: value for name, value in before.items() if name != "vault_backup_passphrase"}
    older["vault_mine"] = "kept"
    older["vault_api_keys"]["ada"] = "another-users-key-of-32-characters"
    vault.write(one.vault, older, vault.key())
    assert secrets.ensure_vault(one)
    after = opened(one)
    assert {name: after[name] for name in older} == older, "hosts hold these; a new value would lock them out"
    assert after["vault_backup_passphrase"]


def test_everything_secret_is_its_owners_alone(one: Environment) -> None:
    secrets.ensure_vault(one)
    key = Path(subprocess.check_output([vault.KEY_SCRIPT, "--path"], text=True).strip())
    found = {name: mode(path) for name, path in {
        "vault": one.vault, "vault key": key, "api key": one.state / "api-key",
        "header": one.state / "api-key.header", "ssh key": one.state / "id_ed25519", "ca": one.state / "ca.pem",
    }.items()}  # fmt: skip
    assert found.pop("ca") == "0644"
    assert set(found.values()) == {"0600"}, found
    assert (one.state / "api-key").read_text() == opened(one)["vault_api_keys"]["default"], "the key alone"
    one.vault.chmod(0o644)
    secrets.ensure_vault(one)
    assert mode(one.vault) == "0600", "also of a vault that was checked out with the umask's mode"


def test_nothing_secret_lies_about_in_clear(one: Environment, root: Path) -> None:
    secrets.ensure_vault(one)
    made = opened(one)
    public = {
        made["vault_ca_certificate"],
        *(made[f"vault_bucket_{u}"]["access"] for u in ("root", "service")),
    }
    for path in (path for path in root.rglob("*") if path.is_file() and path.stem not in ("api-key", "id_ed25519")):
        content = path.read_text(errors="replace")
        assert not [value for value in leaves(made) if value not in public and value in content], path


def test_no_secret_is_ever_an_argument_of_a_command(one: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    original = subprocess.Popen.__init__

    def record(self: Any, args: Any, *rest: Any, **named: Any) -> None:
        seen.extend([str(args)] if isinstance(args, str | Path) else map(str, args))
        original(self, args, *rest, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", record)
    secrets.ensure_vault(one)
    assert seen, "the recorder works: vault-key was run"
    hidden = [*leaves(opened(one)), vault.key().decode()]
    assert not [value for value in hidden if any(value in argument for argument in seen)]


def test_the_wrong_key_is_told_and_nothing_is_made_anew(one: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.ensure_vault(one)
    before = one.vault.read_bytes()
    monkeypatch.setenv("SHOESTRING_VAULT_KEY", "another")
    with pytest.raises(OperationError, match="The vault key does not open"):
        secrets.ensure_vault(one)
    assert one.vault.read_bytes() == before


def test_no_key_is_made_beside_a_vault_that_it_could_not_open(one: Environment, yours: Environment) -> None:
    secrets.ensure_vault(one)
    key = Path(subprocess.check_output([vault.KEY_SCRIPT, "--path"], text=True).strip())
    key.unlink()
    for environment in (one, yours):
        with pytest.raises(OperationError, match="There is no vault key"):
            secrets.ensure_vault(environment)
    assert not key.exists()


def test_a_vault_in_clear_is_refused(one: Environment) -> None:
    files.write(one.vault, "vault_api_keys: {default: abc}\n")
    vault.key(create=True)
    with pytest.raises(OperationError, match="is not encrypted"):
        secrets.ensure_vault(one)


def test_a_half_ca_is_refused_rather_than_replaced(one: Environment) -> None:
    secrets.ensure_vault(one)
    whole = opened(one)
    for broken, said in (
        ({name: value for name, value in whole.items() if name != "vault_ca_key"}, "no vault_ca_key"),
        (whole | {"vault_ca_key": pki.new_key()}, "not the certificate of vault_ca_key"),
        (whole | {"vault_api_keys": {"a": {"key": "a" * 40, "revoked": "now"}}}, "vault_api_keys in .* has no key"),
    ):
        vault.write(one.vault, broken, vault.key())
        with pytest.raises(OperationError, match=said):
            secrets.ensure_vault(one)


def test_a_lost_certificate_is_made_again_for_the_same_key(one: Environment) -> None:
    secrets.ensure_vault(one)
    whole = opened(one)
    vault.write(one.vault, {k: v for k, v in whole.items() if k != "vault_ca_certificate"}, vault.key())
    assert secrets.ensure_vault(one)
    assert pki.matches(opened(one)["vault_ca_certificate"], whole["vault_ca_key"])


@pytest.mark.parametrize("trusted", [True, False])
def test_the_ca_passes_the_strict_check_that_python_3_13_makes(tmp_path: Path, trusted: bool) -> None:
    key = pki.new_key()
    ca = pki.ca_certificate(key, "one")
    chain = certificates.leaf(key, ca, "127.0.0.1", tmp_path)
    stranger = pki.new_key()
    context = ssl.create_default_context(cadata=ca if trusted else pki.ca_certificate(stranger, "one"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            try:
                server.wrap_socket(connection, server_side=True).close()
            except ssl.SSLError:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with socket.create_connection(listening.getsockname()) as plain:
            if trusted:
                context.wrap_socket(plain, server_hostname="127.0.0.1").close()
            else:
                with pytest.raises(ssl.SSLCertVerificationError):
                    context.wrap_socket(plain, server_hostname="127.0.0.1")
        thread.join()


def test_servers_that_you_own_keep_your_own_way_in(yours: Environment) -> None:
    """You log in there with your own key or agent; a key that nobody installed would only be in its way."""
    secrets.ensure_vault(yours)
    assert "vault_ssh_private_key" not in opened(yours)
    assert not list(yours.state.glob("id_ed25519*"))


def test_an_ssh_key_from_before_goes_into_the_vault_as_it_is(one: Environment) -> None:
    """Hosts know that key; another one would be locked out of them."""
    secrets.ensure_vault(one)
    variables = opened(one)
    key = variables.pop("vault_ssh_private_key")
    vault.write(one.vault, variables, vault.key())
    assert secrets.ensure_vault(one)
    assert opened(one)["vault_ssh_private_key"] == key
    assert (one.state / "id_ed25519").read_text() == key


def test_a_second_controller_has_all_that_it_needs_from_the_vault(one: Environment) -> None:
    secrets.ensure_vault(one)
    before = {path.name: (path.read_bytes(), mode(path)) for path in one.state.iterdir()}
    assert {"ca.pem", "api-key", "api-key.header", "id_ed25519", "id_ed25519.pub"} <= set(before)
    for path in one.state.iterdir():
        path.unlink()
    secrets.unpack(one)
    assert {path.name: (path.read_bytes(), mode(path)) for path in one.state.iterdir()} == before


def test_an_ssh_key_that_another_controller_replaced_is_taken_and_the_old_one_kept(one: Environment) -> None:
    """The vault is what controllers share. Until the hosts know the new key, the old one is the way in."""
    secrets.ensure_vault(one)
    old, new = (one.state / "id_ed25519").read_text(), ssh_key.new()
    vault.write(one.vault, opened(one) | {"vault_ssh_private_key": new}, vault.key())
    assert not secrets.ensure_vault(one)
    assert (one.state / "id_ed25519").read_text() == new
    assert (one.state / "id_ed25519.pub").read_text().split()[:2] == unpacked.public_key(new).split()
    assert (one.state / "id_ed25519.old").read_text() == old
    assert mode(one.state / "id_ed25519.old") == "0600"


def test_an_ssh_key_that_is_none_is_named_before_anything_changes(one: Environment) -> None:
    secrets.ensure_vault(one)
    before = (one.state / "id_ed25519").read_text()
    vault.write(one.vault, opened(one) | {"vault_ssh_private_key": "nonsense"}, vault.key())
    with pytest.raises(VaultError, match=r"(?s)vault_ssh_private_key.*expected  a private SSH key"):
        secrets.ensure_vault(one)
    assert (one.state / "id_ed25519").read_text() == before
