"""What a release runs on: Debian 13's Python on amd64, as packaging's tags and markers name it."""

from __future__ import annotations

from packaging import tags

PYTHON = "3.13"
_GLIBC_MINOR = 41  # Debian 13's; it runs wheels built for this or any older one

# Newest first, as pip prefers them; the last three are older names of 2_17, 2_12 and 2_5.
PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(_GLIBC_MINOR, 4, -1)),
    *(f"manylinux{name}_x86_64" for name in ("2014", "2010", "1")),
)

# The controller may run another Python, and pip judges markers by the one that runs it.
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": f"{PYTHON}.0",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": f"{PYTHON}.0",
    "python_version": PYTHON,
    "sys_platform": "linux",
}


def wheel_tags() -> frozenset[tags.Tag]:
    """The tags of all wheels that run there."""
    major, minor = map(int, PYTHON.split("."))
    platforms = [*PLATFORMS, "linux_x86_64"]
    native = tags.cpython_tags((major, minor), platforms=platforms)
    return frozenset([*native, *tags.compatible_tags((major, minor), f"cp{major}{minor}", platforms)])
