"""The number of processor cores that a computation may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["usable_cores"]

_CPUS = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(cpus: Path = _CPUS, quota: Path = _QUOTA) -> int | None:
    """Return the number of physical cores this process may use, or None if unknown.

    llama-server uses all of the machine's cores by default. On Linux a process may be bound to
    some of them, or a container limited to a share; further threads slow it down considerably.

    Args:
        cpus: the kernel's folder with descriptions of the processors.
        quota: the control group's file with the share of processor time.
    """
    if sys.platform != "linux":
        return None
    allowed = os.sched_getaffinity(0)
    cores = {_siblings(cpus, cpu) for cpu in allowed}
    share = _share(quota)
    return max(1, len(cores) if share is None else min(len(cores), share))


def _siblings(cpus: Path, cpu: int) -> str:
    """Return the kernel's list of the hardware threads that share a core with ``cpu``."""
    try:
        return (cpus / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _share(quota: Path) -> int | None:
    """Return the control group's quota in whole cores, rounded down; None without a quota."""
    try:
        allowed, _, period = quota.read_text().strip().partition(" ")
    except OSError:
        return None
    return int(allowed) // int(period) if allowed.isdigit() and period.isdigit() else None
