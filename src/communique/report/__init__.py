"""A report of many articles: an index with pictures, and the reader page of each article."""

from __future__ import annotations

from communique.outcome_lines import Outcomes
from communique.report.writing import MOST_IN_FILE, report_page, write_report

__all__ = ["MOST_IN_FILE", "Outcomes", "report_page", "write_report"]
