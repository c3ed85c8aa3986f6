"""The S3 gateway's binary, versitygw for linux/amd64, from the cache or built from its Go module.

Nothing is trusted but digests: Go itself is locked with hashes (locks/build.txt), every module is pinned
by go.sum, and the result must have the digest in SHA256 beside them: the build is reproducible, so any
other digest is a changed source, compiler or disk. `python -m ops.gateway` prints the path.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops.environment import cache_directory
from ops.errors import OperationError

Progress = Callable[[str], None]

REPOSITORY = Path(__file__).resolve().parent.parent
MODULE = REPOSITORY / "ansible/roles/bucket/files/build"  # go.mod, go.sum, SHA256: the only pins
LOCK = REPOSITORY / "locks/build.txt"
PACKAGE = "github.com/versity/versitygw"
COMMAND = "python -m ops.gateway"
CONSEQUENCE = "Without the S3 gateway no bucket host can be configured."
NEEDED = 1_500_000_000  # bytes: Go 250 MB, modules 360 MB, objects 430 MB, the binary, and slack
PAUSES = (3.0, 10.0, 30.0, 60.0)  # seconds: registries are known to hiccup for a minute
ATTEMPT = 900.0  # seconds that one attempt may take
NO_RETRY = ("checksum mismatch", "SECURITY ERROR", "DO NOT MATCH THE HASHES", "Hash mismatch")
# Settings of Go's that say where modules come from belong to the user; those that shape the result don't.
SOURCES = ("GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS")


def pinned() -> str:
    """The sha256 (64 hex digits) that the binary must have."""
    return (MODULE / "SHA256").read_text().split()[0]


def version() -> str:
    """The gateway's version as go.mod requires it, such as `v1.8.0`."""
    for line in (MODULE / "go.mod").read_text().splitlines():
        words = line.removeprefix("require").split()
        if words[:1] == [PACKAGE]:
            return words[1]
    raise OperationError(f"{MODULE / 'go.mod'} requires no {PACKAGE}.", CONSEQUENCE, "Restore that file.")


def digest(path: Path) -> str:
    """The sha256 of a file as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def gateway_binary(cache: Path, progress: Progress = lambda _: None) -> Path:
    """The path of the pinned binary under `cache`, built there (about 90 s on 2 cores) when it isn't yet.

    Safe to call from two processes at once: the second waits for the first. Raises OperationError.
    """
    binary = cache / "bin" / "versitygw"
    if binary.is_file() and digest(binary) == pinned():
        return binary
    with _only_builder(cache, progress):
        if binary.is_file() and digest(binary) == pinned():
            return binary  # the run that we waited for has built it
        work = cache / "build" / "versitygw"  # a fixed place: the next run keeps what a failed one fetched
        built = build(work, progress)
        if digest(built) != pinned():
            raise OperationError(
                f"versitygw {version()} was built with sha256 {digest(built)}, but {pinned()} is pinned.",
                f"The binary was refused. {CONSEQUENCE}",
                f"Remove {work} and run `{COMMAND}` again; if Go or the module was upgraded on purpose, put "
                f"the new digest into {MODULE / 'SHA256'}.",
            )
        built.replace(binary)  # same file system, so nobody ever sees half of it
        shutil.rmtree(work)  # 1 GB that only another version of the gateway could reuse
    progress(f"versitygw {version()} is ready")
    return binary


def build(work: Path, progress: Progress) -> Path:
    """Build the binary in the directory `work` and return its path; the caller checks its digest."""
    work.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(work).free
    if free < NEEDED:
        raise OperationError(
            f"{work} has {free // 10**6} MB free; building the S3 gateway takes {NEEDED // 10**6} MB.",
            f"It was not begun. {CONSEQUENCE}",
            f"Free some space or point XDG_CACHE_HOME elsewhere, then run `{COMMAND}`.",
        )
    output, target = work / "versitygw", f"{PACKAGE}/cmd/versitygw"
    environment = go_environment(os.environ, work)
    progress("fetching Go")
    go = _fetch_go(work / "go", progress)
    progress(f"fetching the modules of versitygw {version()}")
    _run([go, "list", "-deps", target], environment, progress, PAUSES)
    progress(f"compiling versitygw {version()} (about a minute)")
    flags = f"-s -w -X main.Version={version()}"
    line = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", str(output), target]
    _run(line, environment | {"GOPROXY": "off"}, progress)
    return output


def go_environment(base: Mapping[str, str], work: Path) -> dict[str, str]:
    """The environment of the Go commands: nothing of the caller's that could change the binary."""
    kept = {key: value for key, value in base.items() if not key.startswith("GO") or key in SOURCES}
    # modcacherw: Go's module cache is read-only by default, which makes it impossible to remove simply.
    shape = {"GOFLAGS": "-mod=readonly -modcacherw", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    target = {"CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64", "GOAMD64": "v1", "GOFIPS140": "off"}
    places = {"GOMODCACHE": str(work / "modules"), "GOCACHE": str(work / "objects")}
    return kept | shape | target | places


def _fetch_go(target: Path, progress: Progress) -> str:
    """Install the locked Go into the directory `target` and return the path of its command."""
    go = target / "go" / "bin" / "go"
    stamp = target / ".complete"
    if not stamp.is_file() or stamp.read_text() != digest(LOCK):
        shutil.rmtree(target, ignore_errors=True)
        what = ["--require-hashes", "--no-deps", "--target", str(target), "--requirement", str(LOCK)]
        _run([*_installer(), *what], dict(os.environ), progress, PAUSES)
        stamp.write_text(digest(LOCK))
    return str(go)


def _installer() -> list[str]:
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _run(command: Sequence[str], environment: dict[str, str], progress: Progress, pauses: Sequence[float] = ()) -> None:
    """Run a command in the module's directory; after a failure wait and try again, once per pause."""
    for pause in (*pauses, None):
        try:
            done = subprocess.run(  # the return code is read below
                command, cwd=MODULE, env=environment, capture_output=True, text=True, timeout=ATTEMPT
            )
            output, code = done.stderr + done.stdout, done.returncode
        except subprocess.TimeoutExpired:
            output, code = f"no end after {ATTEMPT:.0f} s", -1
        if code == 0:
            return
        said = " | ".join(output.strip().splitlines()[-4:]) or f"exit code {code}"
        if pause is None or any(mark in output for mark in NO_RETRY):
            raise OperationError(
                f"`{' '.join(command[:4])} ...` failed: {said}",
                CONSEQUENCE,
                f"See that the package registries can be reached, then run `{COMMAND}`.",
            )
        progress(f"{said}; trying again in {pause:.0f} s")
        time.sleep(pause)


@contextmanager
def _only_builder(cache: Path, progress: Progress) -> Iterator[None]:
    """Hold the builder's lock; the kernel drops it with the process, so a kill leaves nothing stale."""
    (cache / "bin").mkdir(parents=True, exist_ok=True)
    with (cache / "bin" / ".versitygw.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another run is building versitygw; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Print the binary's path; progress and errors go to standard error. Returns the exit code."""
    try:
        binary = gateway_binary(cache_directory(), lambda line: print(line, file=sys.stderr))
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    print(binary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
