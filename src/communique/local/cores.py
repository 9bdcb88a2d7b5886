"""How many processor cores a computation may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["usable_cores"]

_CPUS = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(cpus: Path = _CPUS, quota: Path = _QUOTA) -> int | None:
    """Physical cores this process may run on, at least 1; None where llama-server knows best.

    llama-server counts the machine's cores. On Linux a process may be bound to some of
    them, or a container be given a share, and more threads than that slow it down a lot.

    Args:
        cpus: the kernel's folder that describes the processors.
        quota: the control group's file with the share of processor time.
    """
    if sys.platform != "linux":
        return None
    allowed = os.sched_getaffinity(0)
    cores = {_siblings(cpus, cpu) for cpu in allowed}
    share = _share(quota)
    return max(1, len(cores) if share is None else min(len(cores), share))


def _siblings(cpus: Path, cpu: int) -> str:
    """The hardware threads of the core that ``cpu`` belongs to, as the kernel lists them."""
    try:
        return (cpus / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _share(quota: Path) -> int | None:
    """Cores that the control group's quota amounts to, rounded down; None without a quota."""
    try:
        allowed, _, period = quota.read_text().strip().partition(" ")
    except OSError:
        return None
    return int(allowed) // int(period) if allowed.isdigit() and period.isdigit() else None
