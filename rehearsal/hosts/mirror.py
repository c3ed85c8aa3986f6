"""Where Debian's packages come from: read from apt's own settings, never written down in this repository."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ARCHIVE_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
CODENAME = re.compile(r"^(stable|testing|oldstable|sid|unstable|bullseye|bookworm|trixie|forky|duke)$")
SECURITY = re.compile(r"^(stable|testing|oldstable|bullseye|bookworm|trixie|forky|duke)-security$")
# Settings that a guest needs as the controller does: the way out, and how old an index may be.
CARRIED = re.compile(r"^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy(::.*)?)$")
LOOPBACK = re.compile(r"//(localhost|127\.[0-9.]+|\[::1\])(?=[:/]|$)")


@dataclass(frozen=True)
class Source:
    """One line or stanza of apt's sources."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None = None


@dataclass(frozen=True)
class Mirror:
    """Debian's archive and, where known, its security archive, as the controller reaches them."""

    main: str
    security: str | None
    signed_by: str = ARCHIVE_KEYRING

    def suites(self, release: str) -> list[tuple[str, str]]:
        """(URI, suite) pairs for a release, most basic first."""
        pairs = [(self.main, release), (self.main, f"{release}-updates")]
        return pairs + ([(self.security, f"{release}-security")] if self.security else [])

    @property
    def https(self) -> bool:
        """Whether a certificate has to be verified to read it."""
        return any(uri.startswith("https:") for uri in (self.main, self.security or ""))


def parse_one_line(text: str) -> list[Source]:
    """Parse the `deb [options] uri suite component...` format; comments and deb-src are left out."""
    found = []
    for line in text.splitlines():
        match = re.match(r"^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            options = dict(pair.split("=", 1) for pair in (match[1] or "").split() if "=" in pair)
            found.append(Source((match[2],), (match[3],), tuple(match[4].split()), options.get("signed-by")))
    return found


def parse_deb822(text: str) -> list[Source]:
    """Parse the stanza format of *.sources; disabled stanzas and deb-src are left out."""
    found = []
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t") and key:
                fields[key] += " " + line.strip()
            elif ":" in line:
                key, _, value = line.partition(":")
                key = key.strip().lower()
                fields[key] = value.strip()
        wanted = "deb" in fields.get("types", "").split() and fields.get("enabled", "yes").lower() != "no"
        if wanted and "uris" in fields:
            signed = fields.get("signed-by", "")
            found.append(
                Source(
                    tuple(fields["uris"].split()),
                    tuple(fields.get("suites", "").split()),
                    tuple(fields.get("components", "").split()),
                    signed if signed.startswith("/") and " " not in signed else None,
                )
            )
    return found


def choose(sources: Iterable[Source], distribution: str) -> Mirror | None:
    """Pick Debian's archive among apt's sources; None means: let mmdebstrap use its default.

    Other archives have Debian's code names and a `main` too (vendors of single packages), so one that also
    has the `-updates` suite wins.
    """
    if distribution != "debian":
        return None
    mains: list[tuple[bool, str, str | None]] = []
    securities: list[str] = []
    everything = [s for s in sources if "main" in s.components]
    for source in everything:
        for uri in (u.rstrip("/") for u in source.uris if re.match(r"^https?://", u)):
            if any(CODENAME.match(suite) for suite in source.suites):
                updates = any(
                    uri in (u.rstrip("/") for u in other.uris) and any(s.endswith("-updates") for s in other.suites)
                    for other in everything
                )
                mains.append((not updates, uri, source.signed_by))
            if any(SECURITY.match(suite) for suite in source.suites):
                securities.append(uri)
    if not mains:
        return None
    _, main, signed_by = min(mains, key=lambda found: found[0])
    return Mirror(main, securities[0] if securities else None, signed_by or ARCHIVE_KEYRING)


def carried_options(dump: str) -> dict[str, str]:
    """From `apt-config dump`, the settings that guests need too."""
    pairs = re.findall(r'^(\S+) "(.*)";$', dump, re.MULTILINE)
    return {key: value for key, value in pairs if CARRIED.match(key) and value}


def proxies(options: Mapping[str, str], gateway: str) -> dict[str, str]:
    """The proxy settings as a guest has to see them: the controller's loopback is its gateway."""
    return {key: LOOPBACK.sub(f"//{gateway}", value) for key, value in options.items() if "::Proxy" in key}


def apt_conf(options: Mapping[str, str]) -> str:
    """Render settings as a file for /etc/apt/apt.conf.d."""
    return "".join(f'{key} "{value}";\n' for key, value in sorted(options.items()))


def sources_file(mirror: Mirror, release: str) -> str:
    """Render /etc/apt/sources.list.d/debian.sources of a guest."""
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\nSigned-By: {mirror.signed_by}\n"
        for uri, suite in mirror.suites(release)
    )


def read_controller(root: Path = Path("/")) -> Mirror | None:
    """Read the controller's own apt sources below `root`."""
    apt = root / "etc/apt"
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    sources = [s for path in lists if path.is_file() for s in parse_one_line(path.read_text())]
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        sources += parse_deb822(path.read_text())
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', (root / "etc/os-release").read_text(), re.MULTILINE))
    return choose(sources, release.get("ID", ""))
