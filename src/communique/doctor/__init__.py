"""What communique would do here, and what is in its way: `communique doctor`.

No article is sent, and nothing is written or started. No key is shown: of variables, only names.
"""

from __future__ import annotations

from communique.doctor.check import Check, State
from communique.doctor.examination import Diagnosis, diagnose

__all__ = ["Check", "Diagnosis", "State", "diagnose"]
