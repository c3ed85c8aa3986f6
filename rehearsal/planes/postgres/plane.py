"""Has a host be the database that an account says there is: looks, does what is missing, and looks again."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OperationError
from rehearsal.planes import wanted
from rehearsal.planes.authority import Authority
from rehearsal.planes.postgres import files, leaf, parameters
from rehearsal.planes.shell import Shell

SCRIPTS = Path(__file__).parent / "scripts"
MAJOR = "17"  # Debian 13's
PACKAGES = f"nftables postgresql-{MAJOR}"
STATE = "/var/lib/shoestring-database"
MANIFEST, MADE = f"{STATE}/manifest", f"{STATE}/made"
_MANIFEST = MANIFEST.removeprefix("/")
INSTALL_SECONDS = 900.0  # for a slow mirror
AGAIN = "Run the same command again: it goes on where this ended."


@dataclass(frozen=True)
class Found:
    """What look.sh says.

    admin: t where the admin logs in and has what it should have, otherwise what psql said. manifest: that of the files
    that were put into force last. leaf: the digest of what is there; certificate: its public half. "" where not there.
    """

    origin: str
    installed: bool
    made: bool
    unchanged: bool
    walled: bool
    running: bool
    admin: str
    manifest: str
    leaf: str
    certificate: str

    @classmethod
    def read(cls, text: str) -> Found:
        """From look.sh's lines."""
        said = dict(line.split("=", 1) for line in text.splitlines())
        manifest, certificate = (base64.b64decode(said.get(name, "")).decode() for name in ("manifest", "certificate"))
        return cls(
            origin=said["origin"],
            installed=said["installed"] == "yes",
            made=said["made"] == "yes",
            unchanged=said["unchanged"] == "yes",
            walled=said["walled"] == "yes",
            running=said["running"] == "yes",
            admin=said["admin"],
            manifest=manifest,
            leaf=said.get("leaf", ""),
            certificate=certificate,
        )

    @property
    def lacks(self) -> list[str]:
        """What is not as it should be, in words, whatever the files are to be."""
        words = {
            "a package is missing": self.installed,
            "it has no cluster": self.made,
            "a file was changed": self.unchanged,
            "the firewall is not what its file says": self.walled,
            "PostgreSQL does not run": self.running,
        }
        return [word for word, fine in words.items() if not fine]


def ensure(database: wanted.Database, shell: Shell, authority: Authority, progress: Callable[[str], None]) -> None:
    """Does what is missing until the database is what its record says; only looks where nothing is.

    Raises OperationError that names the database.
    """
    Plane(database, shell, authority, progress).ensure()


@dataclass(frozen=True)
class Plane:
    """One database and its host."""

    database: wanted.Database
    shell: Shell
    authority: Authority
    progress: Callable[[str], None]

    def ensure(self) -> None:
        """See the function."""
        self._refuse()
        found = self._look()
        contents = self._contents(found)
        if found.lacks or found.manifest != contents[_MANIFEST]:
            self._settle(found, contents)
            found = self._look()
        if found.admin != "t" and not found.lacks:
            self._say(f"making its admin {self.database.user} and the database {self.database.name}")
            self._run("admin", self.database.password)
            found = self._look()
        if found.lacks or found.admin != "t":
            why = ", ".join(found.lacks) or f"its admin {self.database.user} can't use it: {found.admin}"
            raise self._error(f"is not as it should be after all was done: {why}", "Its host and its data stay.", AGAIN)

    def _refuse(self) -> None:
        """What can't be had is refused before anything is touched."""
        database, nothing = self.database, "Nothing was changed."
        if database.version.split(".")[0] != MAJOR:
            cause = f"is to be PostgreSQL {database.version}, and a rehearsal's hosts have Debian 13's, {MAJOR}"
            raise self._error(cause, nothing, f"Give it engine_version {MAJOR} (VERSION in infra/aws/database.py).")
        if database.user == "postgres" or database.user.startswith("pg_"):
            cause = f"is to have the admin {database.user!r}, a name that PostgreSQL keeps for itself"
            raise self._error(cause, nothing, "Give its admin another name (username).")
        try:
            files.render(database, self.authority.ca, "127.0.0.1")
        except parameters.ParameterError as error:
            raise self._error(f"can't be had: {error}", nothing, "Change its parameter group.") from None
        except ValueError as error:
            raise self._error(f"can't be had: {error}", nothing, "Change the rules of its security group.") from None

    def _look(self) -> Found:
        return Found.read(self._run("look", self.database.password))

    def _contents(self, found: Found) -> dict[str, str]:
        """Path below / -> content of what the host is to have, the manifest with it; without a leaf that is kept."""
        database = self.database
        plain = files.render(database, self.authority.ca, found.origin)
        digests = {path: files.digest(content) for path, content in plain.items()}
        # One that the manifest does not know may be half of something.
        known = f"{found.leaf}  /{files.LEAF}" in found.manifest.splitlines()
        if known and leaf.good(found.certificate, self.authority.ca, database.address):
            digests[files.LEAF] = found.leaf
        else:
            plain[files.LEAF] = "".join(self.authority.leaf(database.address))
            digests[files.LEAF] = files.digest(plain[files.LEAF])
        return {**plain, _MANIFEST: files.manifest(digests)}

    def _settle(self, found: Found, contents: dict[str, str]) -> None:
        if not found.installed:
            self._say(f"installing PostgreSQL {MAJOR}")
            self._run("install", seconds=INSTALL_SECONDS)
        if not found.made:
            self._say("making an empty cluster")
            self._run("make")
        self._say("putting its configuration into force")
        self._run("apply", files.packed(contents))

    def _run(self, script: str, stdin: str | bytes = b"", seconds: float = 60.0) -> str:
        database = self.database
        values = {
            "packages": PACKAGES,
            "address": database.address,
            "port": str(database.port),
            "name": database.name,
            "user": database.user,
            "leaf": f"/{files.LEAF}",
            "ca": f"/{files.CA}",
            "firewall": f"/{files.FIREWALL}",
            "manifest": MANIFEST,
            "made": MADE,
        }
        given = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
        try:
            return self.shell.run(given + (SCRIPTS / f"{script}.sh").read_text(), stdin, seconds)
        except OperationError as error:
            cause = f"can't be had, since {DOING[script]} failed: {error.cause}"
            raise self._error(cause, "Its data stays; it may not serve until this is mended.", AGAIN) from None

    def _say(self, text: str) -> None:
        self.progress(f"{self.database.identity}: {text}")

    def _error(self, cause: str, consequence: str, fix: str) -> OperationError:
        return OperationError(f"The database {self.database.identity} {cause.rstrip('.')}.", consequence, fix)


DOING = {
    "look": "looking at its host",
    "install": f"installing PostgreSQL {MAJOR}",
    "make": "making its cluster",
    "apply": "putting its configuration into force",
    "admin": "making its admin",
}
