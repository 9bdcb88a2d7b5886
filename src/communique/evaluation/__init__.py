"""Gold annotations, and scoring of predictions against them.

Examples:
    In a folder with ``article.txt`` and ``gold.yaml``:

    >>> from pathlib import Path
    >>> from communique.evaluation import figure, load_gold, score, total
    >>> gold = load_gold(Path())
    >>> perfect = score(gold, [item.statement for item in gold.statements])
    >>> failed = score(gold, None)  # an article that failed counts as all its gold missed
    >>> figure("f1", total([perfect])), figure("recall", total([perfect, failed]))
    (1.0, 0.5)
"""

from __future__ import annotations

from communique.evaluation.bootstrap import Estimate
from communique.evaluation.fields import same_name, same_parties, same_text, wrong_fields
from communique.evaluation.gist_score import GIST_FIGURES, GistScore
from communique.evaluation.gold import (
    GoldArticle,
    GoldStatement,
    check_gold,
    gold_sha256,
    load_all,
    load_gold,
    load_held_back,
    load_sound,
)
from communique.evaluation.gold_file import GoldFile
from communique.evaluation.matching import (
    Matching,
    Pair,
    Similarity,
    detect,
    match,
    similarity,
)
from communique.evaluation.metrics import (
    FIGURES,
    ArticleScore,
    Comparison,
    Counts,
    FieldCounts,
    Figure,
    Tally,
    Verdict,
    compare,
    estimate,
    estimate_field,
    estimate_gist,
    figure,
    score,
    total,
)

__all__ = [
    "FIGURES",
    "GIST_FIGURES",
    "ArticleScore",
    "Comparison",
    "Counts",
    "Estimate",
    "FieldCounts",
    "Figure",
    "GistScore",
    "GoldArticle",
    "GoldFile",
    "GoldStatement",
    "Matching",
    "Pair",
    "Similarity",
    "Tally",
    "Verdict",
    "check_gold",
    "compare",
    "detect",
    "estimate",
    "estimate_field",
    "estimate_gist",
    "figure",
    "gold_sha256",
    "load_all",
    "load_gold",
    "load_held_back",
    "load_sound",
    "match",
    "same_name",
    "same_parties",
    "same_text",
    "score",
    "similarity",
    "total",
    "wrong_fields",
]
