"""From what the model claims to what the article proves: spans, merging, rejection."""

from __future__ import annotations

from communique.grounding.gist import ground_gist
from communique.grounding.grounder import Grounded, Grounder, ground

__all__ = ["Grounded", "Grounder", "ground", "ground_gist"]
