"""Review of summaries by people: a page on this machine, and the files of annotation tools."""

from __future__ import annotations

from communique.review.adoption import adopt
from communique.review.corrected_file import CorrectedFile
from communique.review.desk import Desk
from communique.review.label_studio import (
    from_label_studio,
    label_studio_config,
    to_label_studio,
)
from communique.review.prodigy import from_prodigy, to_prodigy
from communique.review.review_server import ReviewServer

__all__ = [
    "CorrectedFile",
    "Desk",
    "ReviewServer",
    "adopt",
    "from_label_studio",
    "from_prodigy",
    "label_studio_config",
    "to_label_studio",
    "to_prodigy",
]
