"""What the processor can do and how much of it is ours: asked before a model is started.

The runtime is built for AVX2 without a fallback: on an older processor it dies of an illegal instruction instead of
saying so. This module refuses to import the runtime in order to find out.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from tui.errors import LocalModelError

CPUINFO = Path("/proc/cpuinfo")
CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")
NEEDED = ("avx2", "fma", "f16c", "bmi2")
"""The runtime's build flags on x86-64. Source: embedded build of xllamacpp, fixed at compile time."""

NO_AVX2 = (
    "This computer's processor lacks AVX2 instructions, which embedded models need; "
    "use a model on a server instead, such as ollama/… or any endpoint with a key."
)


def check_cpu(*, cpuinfo: Path = CPUINFO, system: str = sys.platform, machine: str | None = None) -> None:
    """Make sure the runtime can run here.

    Raises:
        LocalModelError: the processor lacks an instruction set that it needs.
    """
    if missing_features(cpuinfo=cpuinfo, system=system, machine=machine):
        raise LocalModelError(NO_AVX2)


def missing_features(
    *, cpuinfo: Path = CPUINFO, system: str = sys.platform, machine: str | None = None
) -> tuple[str, ...]:
    """Instruction sets that the runtime needs and this processor lacks; empty also when nobody can tell."""
    if (machine or platform.machine()).lower() not in ("x86_64", "amd64"):
        return ()
    flags = _macos_features() if system == "darwin" else _linux_flags(cpuinfo)
    if not flags:
        return ()
    return tuple(name for name in NEEDED if name not in flags)


def _linux_flags(cpuinfo: Path) -> frozenset[str]:
    try:
        with cpuinfo.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() == "flags":
                    return frozenset(value.split())
    except OSError:
        pass  # a container without /proc: let the runtime try
    return frozenset()


def _macos_features() -> frozenset[str]:
    command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features"]
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return frozenset()  # translated by Rosetta: it has no such names, and does AVX2
    return frozenset(output.lower().split())


def usable_cores(*, quota: Path = CGROUP_QUOTA) -> int:
    """How many cores this process may really use: what it is pinned to, and what a container allows."""
    pinned = getattr(os, "sched_getaffinity", None)
    cores = len(pinned(0)) if pinned else os.cpu_count() or 1
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
        cores = min(cores, -(-int(allowed) // int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        pass  # no container, or "max": no quota
    return max(1, cores)


def generation_threads(cores: int | None = None) -> int:
    """How many threads a model gets: one less than there are cores.

    Threads wait for each other by spinning. With one thread a core and anything else running, generation was
    measured to fall to a seventeenth; leaving a core free costs at most a fifth.
    """
    return max(1, (usable_cores() if cores is None else cores) - 1)
