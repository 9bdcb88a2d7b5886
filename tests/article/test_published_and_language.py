"""The values that tables, feeds and archives give for an article's fields."""

from __future__ import annotations

import datetime
import math
import subprocess
import sys

import numpy as np
import pytest

from communique import Article
from communique.errors import ArticleError

TEXT = "Talks ended. Nobody signed."
UTC = datetime.UTC
DAY = datetime.date(2026, 1, 31)
NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)


class Timestamp(datetime.datetime):
    """As pandas' own: a subclass of Python's, with a way back."""

    def to_pydatetime(self, warn: bool = True) -> datetime.datetime:
        assert not warn, "a warning about nanoseconds"
        return datetime.datetime(*self.timetuple()[:6], tzinfo=self.tzinfo)


class NaTType(datetime.datetime):
    """pandas.NaT is an instance of datetime, too."""


class NAType:
    """pandas.NA has no truth value."""

    def __eq__(self, other: object) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "missing",
    [None, "", "  ", "NaT", "nan", math.nan, np.float64("nan"), np.datetime64("NaT"), np.datetime64("NaT", "ns"),
     NaTType(2026, 1, 1), NAType()],
)  # fmt: skip
def test_missing_dates_are_none(missing: object) -> None:
    """Each way in which a table says that there is nothing."""
    assert Article(text=TEXT, published=missing).published is None  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["title", "source", "url", "language"])
@pytest.mark.parametrize("missing", [None, math.nan, np.float64("nan"), NAType()])
def test_missing_fields_are_none(field: str, missing: object) -> None:
    """A row of a table can be passed as it is."""
    assert getattr(Article.model_validate({"text": TEXT, field: missing}), field) is None


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (np.datetime64("2026-01-31"), DAY),
        (np.datetime64("2026-01-31T12:00:00"), NOON.replace(tzinfo=None)),
        (np.datetime64("2026-01-31T12:00:00", "ns"), NOON.replace(tzinfo=None)),
        (np.datetime64("2026-01-31T12", "h"), NOON.replace(tzinfo=None)),
        (Timestamp(2026, 1, 31, 12, tzinfo=UTC), NOON),
        ("Sat, 31 Jan 2026 12:00:00 GMT", NOON),
        ("31 Jan 2026 12:00:00 +0000", NOON),
        ("Sat, 31 Jan 2026 07:00 EST", NOON),
        ("Tue, 10 Jun 2003 04:00:00 GMT", datetime.datetime(2003, 6, 10, 4, tzinfo=UTC)),
        ("20260131", DAY),
        ("20260131T120000Z", NOON),
        ("20260131T120000", NOON.replace(tzinfo=None)),
        ("20260131120000", NOON.replace(tzinfo=None)),
        (" 2026-01-31\n", DAY),
        ("Sat, 31 Jan 26 12:00:00 GMT", NOON),
        (20260131120000, NOON.replace(tzinfo=None)),
        (np.int64(20260131120000), NOON.replace(tzinfo=None)),
    ],
    ids=str,
)
def test_dates_of_tables_feeds_and_archives(given: object, read: datetime.date) -> None:
    """A date stays a date, a time keeps its offset or has none; the type is Python's."""
    found = Article(text=TEXT, published=given).published  # type: ignore[arg-type]
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    "given",
    ["01/02/2026", "1.2.2026", "31 January", "20261301", "20260131250000", "2026013112", "soon",
     "Sat, 31 Feb 2026 12:00:00 GMT", "Sat, 31 Jan 2026 12:00:00 CET", 20260131, 20261331120000, 1769860800.0,
     np.int64(20260131), np.datetime64("2026-01"), np.datetime64("2026"), math.inf, True, ()],
    ids=str,
)  # fmt: skip
def test_what_may_be_two_dates_or_none_is_refused(given: object) -> None:
    """The message shows how to write it; no day, month or offset is guessed."""
    with pytest.raises(ArticleError, match=r"published: .* write it as 2026-01-31 or 2026-01-31T"):
        Article(text=TEXT, published=given)  # type: ignore[arg-type]


def test_real_pandas() -> None:
    """The stand-ins above are as pandas has them."""
    pandas = pytest.importorskip("pandas")
    assert Article(text=TEXT, published=pandas.NaT).published is None
    assert Article(text=TEXT, published=pandas.NA).published is None
    assert Article(text=TEXT, published=pandas.Timestamp(NOON)).published == NOON


def test_numpy_is_not_loaded_for_dates() -> None:
    """It is known by its names."""
    code = "import sys, communique; communique.Article(text='a b', published='20260131'); "
    code += "assert not {'numpy', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "tag",
    ["en", "EN", "es-MX", "pt_BR", "zh-Hans-CN", "ZH-hant", "spa", "fre", "fra", "ukr", "arb",
     "sr-Latn-RS", "de-CH-1996", "es-419", "x-klingon", "i-navajo", "haw", "en-u-ca-gregory",
     "zh-cmn-Hans", "und", " en "],
)  # fmt: skip
def test_language_tags(tag: str) -> None:
    """BCP 47 in any case, and ISO 639-2; kept as it was given."""
    assert Article(text=TEXT, language=tag).language == tag


@pytest.mark.parametrize(
    "tag",
    [
        "english",
        "English",
        "e",
        "ua",
        "jp",
        "cz",
        "en-",
        "-en",
        "en--US",
        "en US",
        "12",
        "zh-Hans-CN-",
        "français",
    ],
)
def test_what_is_no_language_tag(tag: str) -> None:
    """Among them the codes of countries that are taken for languages."""
    with pytest.raises(
        ArticleError, match=r"language: .* not a language tag; write it as en, es-MX"
    ):
        Article(text=TEXT, language=tag)


def test_no_language() -> None:
    assert Article(text=TEXT, language=" ").language is None
