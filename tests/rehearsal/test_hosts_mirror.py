"""Which archive the hosts use, from the forms that apt's settings take. All names here are made up."""

from pathlib import Path

import pytest

from rehearsal.hosts import mirror

DEB822 = """# the base system
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
 non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
# a comment inside a stanza
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
ONE_LINE = """
# deb http://old.example/debian bullseye main
deb [arch=amd64 signed-by=/usr/share/keyrings/company.gpg] https://mirror.example/debian bookworm main # ours
deb-src https://mirror.example/debian bookworm main
deb https://mirror.example/debian bookworm-updates main
deb https://mirror.example/security bookworm-security main contrib
"""
VENDOR = "deb https://vendor.example/stable/debian bookworm main\n"


def test_stanzas() -> None:
    found = mirror.choose(mirror.parse_deb822(DEB822), "debian")
    assert found == mirror.Mirror("http://mirror.example/debian", "http://mirror.example/debian-security")
    assert found.suites("trixie") == [
        ("http://mirror.example/debian", "trixie"),
        ("http://mirror.example/debian", "trixie-updates"),
        ("http://mirror.example/debian-security", "trixie-security"),
    ]
    assert not found.https


def test_lines_with_options_and_a_company_key() -> None:
    found = mirror.choose(mirror.parse_one_line(ONE_LINE), "debian")
    assert found is not None
    assert (found.main, found.security) == (
        "https://mirror.example/debian",
        "https://mirror.example/security",
    )
    assert found.signed_by == "/usr/share/keyrings/company.gpg"
    assert found.https


def test_a_vendor_with_debians_code_names_is_not_taken_for_debian() -> None:
    found = mirror.choose(mirror.parse_one_line(VENDOR + ONE_LINE), "debian")
    assert found is not None
    assert "vendor" not in found.main


def test_without_a_security_archive_none_is_made_up() -> None:
    found = mirror.choose(mirror.parse_one_line("deb http://mirror.example/debian trixie main\n"), "debian")
    assert found == mirror.Mirror("http://mirror.example/debian", None)
    assert [suite for _, suite in found.suites("trixie")] == ["trixie", "trixie-updates"]


@pytest.mark.parametrize(
    ("text", "distribution"),
    [
        ("deb http://mirror.example/ubuntu noble main universe\n", "ubuntu"),
        (ONE_LINE, "ubuntu"),
        ("", "debian"),
        ("deb cdrom:[Debian 13]/ trixie main\n", "debian"),
        ("deb file:/srv/mirror trixie main\n", "debian"),
        ("deb http://mirror.example/debian trixie contrib\n", "debian"),
        ("deb http://vendor.example/linux cloud-sdk main\n", "debian"),
    ],
)
def test_no_usable_debian_archive_means_the_default(text: str, distribution: str) -> None:
    assert mirror.choose(mirror.parse_one_line(text), distribution) is None


def test_a_disabled_stanza_does_not_count() -> None:
    assert mirror.parse_deb822("Types: deb\nEnabled: no\nURIs: http://a.example\nSuites: trixie\n") == []


def test_a_key_given_in_the_stanza_itself_falls_back_to_debians() -> None:
    text = DEB822.replace("/usr/share/keyrings/debian-archive-keyring.gpg", "\n -----BEGIN PGP\n .\n abc")
    found = mirror.choose(mirror.parse_deb822(text), "debian")
    assert found is not None
    assert found.signed_by == mirror.ARCHIVE_KEYRING


def test_all_files_of_a_controller_are_read(tmp_path: Path) -> None:
    (tmp_path / "etc/apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text('PRETTY_NAME="Debian"\nID=debian\n')
    (tmp_path / "etc/apt/sources.list").write_text(VENDOR)
    (tmp_path / "etc/apt/sources.list.d/a.list").write_text("# nothing\n")
    (tmp_path / "etc/apt/sources.list.d/b.sources").write_text(DEB822)
    (tmp_path / "etc/apt/sources.list.d/c.sources.disabled").write_text("Types: deb\nURIs: http://x\n")
    found = mirror.read_controller(tmp_path)
    assert found is not None
    assert found.main == "http://mirror.example/debian"


def test_what_guests_take_over_of_apts_settings() -> None:
    dump = (
        'APT::Architecture "amd64";\nAcquire::http::Proxy "http://127.0.0.1:3142";\n'
        'Acquire::https::Proxy::mirror.example "http://proxy.example:3128";\n'
        'Acquire::Check-Valid-Until "false";\nAcquire::https::Verify-Peer "false";\n'
        'Acquire::http::Proxy "";\n'
    )
    options = mirror.carried_options(dump)
    assert sorted(options) == [
        "Acquire::Check-Valid-Until",
        "Acquire::http::Proxy",
        "Acquire::https::Proxy::mirror.example",
    ], "verification is never loosened for the hosts"
    assert mirror.proxies(options, "10.77.0.1") == {
        "Acquire::http::Proxy": "http://10.77.0.1:3142",
        "Acquire::https::Proxy::mirror.example": "http://proxy.example:3128",
    }, "the controller's loopback is the hosts' gateway"


def test_the_guests_sources_file_reads_back_as_the_mirror() -> None:
    found = mirror.choose(mirror.parse_deb822(DEB822), "debian")
    assert found is not None
    assert mirror.choose(mirror.parse_deb822(mirror.sources_file(found, "trixie")), "debian") == found
