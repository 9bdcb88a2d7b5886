"""Find positions, conditions, threats and agreements in a news article, with verbatim evidence.

>>> from communique import summarize
>>> summary = summarize(open("article.txt", encoding="utf-8").read())  # doctest: +SKIP

Names are loaded when they are first used, so that ``import communique`` takes milliseconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from communique._internal.interpreters import refuse_subinterpreters

if TYPE_CHECKING:
    from communique import codes, errors, local, testing
    from communique._internal.progress import Progress
    from communique.api import asummarize, stream, summarize, summarize_many
    from communique.article import Article, Sentence
    from communique.batching import BatchEstimate, BatchReport, batch, estimate_batch
    from communique.corrections import Correction
    from communique.documents.article_reader import read_article
    from communique.dossiers import Dossier, dossier
    from communique.errors import CommuniqueError
    from communique.frames import to_duckdb, to_pandas, to_parquet, to_polars
    from communique.outcome_lines import read_outcomes
    from communique.report.writing import write_report
    from communique.settings import Settings
    from communique.statements import Agreement, Condition, Evidence, Position, Statement, Threat
    from communique.streams import AsyncStatementStream, StatementStream
    from communique.summarizer import Summarizer
    from communique.summary import Failure, Provenance, Rejected, Summary, Usage, json_schema

__all__ = [
    "Agreement",
    "Article",
    "AsyncStatementStream",
    "BatchEstimate",
    "BatchReport",
    "CommuniqueError",
    "Condition",
    "Correction",
    "Dossier",
    "Evidence",
    "Failure",
    "Position",
    "Progress",
    "Provenance",
    "Rejected",
    "Sentence",
    "Settings",
    "Statement",
    "StatementStream",
    "Summarizer",
    "Summary",
    "Threat",
    "Usage",
    "asummarize",
    "batch",
    "codes",
    "dossier",
    "errors",
    "estimate_batch",
    "json_schema",
    "local",
    "read_article",
    "read_outcomes",
    "stream",
    "summarize",
    "summarize_many",
    "testing",
    "to_duckdb",
    "to_pandas",
    "to_parquet",
    "to_polars",
    "write_report",
]

refuse_subinterpreters()

_HOMES = {
    "communique.api": ("asummarize", "stream", "summarize", "summarize_many"),
    "communique.article": ("Article", "Sentence"),
    "communique.batching": (
        "BatchEstimate",
        "BatchReport",
        "batch",
        "estimate_batch",
    ),
    "communique.corrections": ("Correction",),
    "communique.documents.article_reader": ("read_article",),
    "communique.dossiers": ("Dossier", "dossier"),
    "communique.errors": ("CommuniqueError",),
    "communique._internal.progress": ("Progress",),
    "communique.frames": ("to_duckdb", "to_pandas", "to_parquet", "to_polars"),
    "communique.outcome_lines": ("read_outcomes",),
    "communique.report.writing": ("write_report",),
    "communique.settings": ("Settings",),
    "communique.statements": (
        "Agreement",
        "Condition",
        "Evidence",
        "Position",
        "Statement",
        "Threat",
    ),
    "communique.streams": ("AsyncStatementStream", "StatementStream"),
    "communique.summary": (
        "Failure",
        "Provenance",
        "Rejected",
        "Summary",
        "Usage",
        "json_schema",
    ),
    "communique.summarizer": ("Summarizer",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = ("codes", "errors", "local", "testing")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"communique.{name}")
    if name in _HOME_OF:
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'communique' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
