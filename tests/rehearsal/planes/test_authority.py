"""The CA of a rehearsal: one for as long as it lasts, and clients that trust it believe its servers and no others."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import verification

from rehearsal.planes.authority import LIFETIME, Authority

ADDRESS = "10.20.0.1"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.of(tmp_path / "authority", "test")


def verified(ca: str, pem: str, address: str = ADDRESS) -> list[x509.Certificate]:
    """The chain, as X.509 wants it. Raises VerificationError."""
    store = verification.Store(x509.load_pem_x509_certificates(ca.encode()))
    subject = x509.IPAddress(ipaddress.ip_address(address))
    verifier = verification.PolicyBuilder().store(store).build_server_verifier(subject)
    return verifier.verify(x509.load_pem_x509_certificate(pem.encode()), [])


def test_a_leaf_is_verified_for_its_address_and_no_other(authority: Authority, tmp_path: Path) -> None:
    leaf, _ = authority.leaf(ADDRESS)
    assert len(verified(authority.ca, leaf)) == 2
    with pytest.raises(verification.VerificationError):
        verified(authority.ca, leaf, "10.20.0.2")
    with pytest.raises(verification.VerificationError):
        verified(Authority.of(tmp_path / "other", "test").ca, leaf)


def test_openssl_takes_it_too(authority: Authority, tmp_path: Path) -> None:
    leaf, key = authority.leaf("127.0.0.1")
    (tmp_path / "leaf").write_text(leaf + key)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "leaf")
    trust = ssl.create_default_context(cadata=authority.ca)
    trust.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    here, there = socket.socketpair()

    def serve() -> None:
        with serving.wrap_socket(there, server_side=True) as end:
            end.sendall(b"hello")

    thread = threading.Thread(target=serve)
    thread.start()
    with trust.wrap_socket(here, server_hostname="127.0.0.1") as end:
        assert end.recv(5) == b"hello"
    thread.join()


def test_a_leaf_signs_nothing_and_ends_with_the_month(authority: Authority) -> None:
    leaf = x509.load_pem_x509_certificate(authority.leaf(ADDRESS)[0].encode())
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    now = datetime.datetime.now(datetime.UTC)
    assert leaf.not_valid_before_utc < now - datetime.timedelta(minutes=1), "hosts' clocks differ"
    assert abs(leaf.not_valid_after_utc - now - LIFETIME) < datetime.timedelta(minutes=1)


def test_each_leaf_has_a_key_of_its_own(authority: Authority) -> None:
    assert authority.leaf(ADDRESS)[1] != authority.leaf(ADDRESS)[1]


def test_it_is_the_same_when_asked_again(authority: Authority, tmp_path: Path) -> None:
    again = Authority.of(tmp_path / "authority", "test")
    assert again == authority, "hosts trust the first one"
    assert Authority.of(tmp_path / "other", "test").ca != authority.ca


@pytest.mark.parametrize("lost", ["authority.key", "authority.pem"])
def test_half_of_one_is_made_anew_as_a_whole(authority: Authority, tmp_path: Path, lost: str) -> None:
    (tmp_path / "authority" / lost).unlink()
    again = Authority.of(tmp_path / "authority", "test")
    assert len(verified(again.ca, again.leaf(ADDRESS)[0])) == 2
    assert again.ca != authority.ca


def test_its_key_is_shown_nowhere_and_is_its_owners_alone(authority: Authority, tmp_path: Path) -> None:
    assert "PRIVATE KEY" in authority.key
    assert "PRIVATE KEY" not in repr(authority)
    assert (tmp_path / "authority").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "authority/authority.key").stat().st_mode & 0o777 == 0o600
