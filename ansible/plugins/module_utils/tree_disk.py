"""File system steps of `tree`, each of them safe to repeat after a kill.

Every path is relative to a root, walked by directory descriptors that follow no symbolic link: a service
account that owns a directory cannot turn a write of root's into a write elsewhere. Files, links and
directories are made whole under a staged name and renamed into place, so that nobody ever sees half of one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

ABSENT, FILE, LINK, DIRECTORY, OTHER = "absent", "file", "link", "directory", "other"
_DIRECTORY_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class TreeError(Exception):
    """What the user has to read: cause, consequence and fix. Never holds a secret file's contents."""


@dataclass(frozen=True)
class Entry:
    """What stands at a path; `content` is a file's bytes or a link's target."""

    kind: str
    uid: int = 0
    gid: int = 0
    mode: int = 0
    content: bytes = b""


def staged_name(path: str) -> str:
    """Name beside `path` that no include glob takes: hidden, and logrotate and apt skip `.dpkg-tmp`."""
    return f".shoestring-tree.{hashlib.sha256(path.encode()).hexdigest()[:16]}.dpkg-tmp"


def parents(path: str) -> list[str]:
    """The directories above `path`, outermost first, without the root itself."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


class Disk:
    """The tree below `root`; paths are relative to it and have no leading slash."""

    def __init__(self, root: str) -> None:
        self._root = "/" + root.strip("/")

    def absolute(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"

    @contextlib.contextmanager
    def directory(self, path: str) -> Iterator[int]:
        """Descriptor of a directory. FileNotFoundError; TreeError where a link or file is in the way."""
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            done = ""
            for part in filter(None, path.split("/")):
                done = f"{done}/{part}"
                try:
                    deeper = os.open(part, _DIRECTORY_FLAGS, dir_fd=descriptor)
                except OSError as error:
                    if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                        raise
                    raise TreeError(
                        f"{done} is not a directory of its own but a symbolic link or a file, and tree writes"
                        " through no link: nothing was changed. Name the real directory in templates/, or"
                        " remove what stands there."
                    ) from None
                os.close(descriptor)
                descriptor = deeper
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _beside(self, path: str) -> Iterator[tuple[int, str, str]]:
        """(descriptor of the parent, base name, staged name)."""
        parent, _, name = path.rpartition("/")
        with self.directory(parent) as descriptor:
            yield descriptor, name, staged_name(path)

    def look(self, path: str) -> Entry:
        """What is at `path`; ABSENT also when its directory is missing."""
        try:
            with self._beside(path) as (parent, name, _):
                status = os.stat(name, dir_fd=parent, follow_symlinks=False)
                owner = (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode))
                if stat.S_ISLNK(status.st_mode):
                    return Entry(LINK, *owner, os.fsencode(os.readlink(name, dir_fd=parent)))
                if stat.S_ISDIR(status.st_mode):
                    return Entry(DIRECTORY, *owner)
                if not stat.S_ISREG(status.st_mode):
                    return Entry(OTHER, *owner)
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                with os.fdopen(os.open(name, flags, dir_fd=parent), "rb") as stream:
                    return Entry(FILE, *owner, stream.read())
        except FileNotFoundError:
            return Entry(ABSENT)

    def names(self, path: str) -> list[str]:
        with self.directory(path) as descriptor:
            return [entry.name for entry in os.scandir(descriptor)]

    def stage(self, path: str, entry: Entry) -> str:
        """Write `entry` under its staged name, durably and with owner and mode; returns the absolute path."""
        self.sweep(path)
        with self._beside(path) as (parent, _, staged):
            if entry.kind == LINK:
                os.symlink(entry.content, staged, dir_fd=parent)
                os.chown(staged, entry.uid, entry.gid, dir_fd=parent, follow_symlinks=False)
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                with os.fdopen(os.open(staged, flags, 0o600, dir_fd=parent), "wb") as stream:
                    stream.write(entry.content)
                    stream.flush()
                    _own(stream.fileno(), entry.uid, entry.gid, entry.mode)
                    os.fsync(stream.fileno())
        return self.absolute(_sibling(path, staged))

    def land(self, path: str) -> None:
        with self._beside(path) as (parent, name, staged):
            os.rename(staged, name, src_dir_fd=parent, dst_dir_fd=parent)

    def unlink(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError), self._beside(path) as (parent, name, _):
            os.unlink(name, dir_fd=parent)

    def make(self, path: str, entry: Entry) -> None:
        """A directory, whole at once: killed between mkdir and chown it would keep a wrong owner for good."""
        self.sweep(path)
        with self._beside(path) as (parent, name, staged):
            os.mkdir(staged, 0o700, dir_fd=parent)
            with self.directory(_sibling(path, staged)) as descriptor:
                _own(descriptor, entry.uid, entry.gid, entry.mode)
            os.rename(staged, name, src_dir_fd=parent, dst_dir_fd=parent)

    def own(self, path: str, entry: Entry) -> None:
        """Give an existing directory its owner and mode."""
        with self.directory(path) as descriptor:
            _own(descriptor, entry.uid, entry.gid, entry.mode)

    def drop(self, path: str) -> None:
        """Remove a directory if it is empty; one that is gone or holds something stays as it is."""
        try:
            with self._beside(path) as (parent, name, _):
                os.rmdir(name, dir_fd=parent)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise

    def sweep(self, path: str) -> None:
        """Remove what a killed run left under the staged name of `path`."""
        with contextlib.suppress(FileNotFoundError), self._beside(path) as (parent, _, staged):
            if stat.S_ISDIR(os.stat(staged, dir_fd=parent, follow_symlinks=False).st_mode):
                os.rmdir(staged, dir_fd=parent)
            else:
                os.unlink(staged, dir_fd=parent)

    def sync(self, paths: list[str]) -> None:
        """Make renames and removals of `paths` durable: one fsync a directory."""
        for parent in sorted({path.rpartition("/")[0] for path in paths}):
            with contextlib.suppress(FileNotFoundError), self.directory(parent) as descriptor:
                os.fsync(descriptor)


def _sibling(path: str, name: str) -> str:
    return "".join((*path.rpartition("/")[:2], name))


def _own(descriptor: int, uid: int, gid: int, mode: int) -> None:
    os.fchown(descriptor, uid, gid)
    os.fchmod(descriptor, mode)  # after chown, which clears the set-id bits
