"""The caller's id and metadata: what is accepted, and that they come back with every outcome."""

from __future__ import annotations

import csv
import datetime
import decimal
import enum
import io
import json
import math
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import agreement, summary_of, whole
from communique import Article, Failure, Summary, summarize_many
from communique.errors import ArticleError, RateLimited
from communique.metadata import LONGEST_METADATA
from communique.render import to_csv, to_html, to_markdown, to_table
from communique.testing import ScriptedModel

TEXT = "Ruritania and Ulmia signed the treaty. It is in force."
UUID = uuid.UUID("12345678123456781234567812345678")
MINE = Article(text=TEXT, id="wire/7", metadata={"desk": "Asia", "tags": ["a", {"b": None}]})


@pytest.mark.parametrize(
    ("given_id", "read"),
    [("wire/7", "wire/7"), (" 7 ", " 7 "), (7, "7"), (0, "0"), (-3, "-3"), (12.0, "12"),
     (UUID, str(UUID)), ("стаття-7", "стаття-7")],
)  # fmt: skip
def test_an_id_is_any_text_or_whole_number(given_id: Any, read: str) -> None:
    article = Article(text=TEXT, id=given_id)
    assert article.id == read
    assert article.sha256 == Article(text=TEXT).id


@pytest.mark.parametrize("missing", [None, math.nan, "", " "])
def test_without_an_id_it_is_the_texts_hash(missing: Any) -> None:
    article = Article(text=TEXT, id=missing)
    assert article.id == article.sha256
    assert article == Article(text=TEXT)


@pytest.mark.parametrize(
    ("given_id", "says"),
    [(True, "not True"), (1.5, "not 1.5"), (1e300, "not 1e"), (b"7", "not b'7'"), ([7], r"not \[7\]"),
     ("a\nb", r"U\+000A at offset 1"), ("a\x1b[1m", r"U\+001B"), ("a\u2028", r"U\+2028"),
     ("\ud800", r"U\+D800"), ("x" * 1001, "1,001 characters"), (10**5000, "digits")],
    ids=range(11),
)  # fmt: skip
def test_what_can_be_no_id_is_refused(given_id: Any, says: str) -> None:
    """The error says why."""
    with pytest.raises(ArticleError, match=f"^id: .*{says}"):
        Article(text=TEXT, id=given_id)


class Desk(enum.Enum):
    ASIA = "asia"


class Mood(str, enum.Enum):  # noqa: UP042 whose str() is not its value
    GOOD = "good"


def test_metadata_is_read_as_json_has_it() -> None:
    """Missing values are None, times are text; what was given is copied."""
    inner = {"at": datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC), "no": math.nan}
    article = Article(
        text=TEXT,
        metadata={"inner": inner, "day": datetime.date(2026, 1, 31), "price": decimal.Decimal("1.50"),
                  "key": UUID, "tuple": (1, 2.5, True), "mood": Mood.GOOD, "nan": decimal.Decimal("nan")},
    )  # fmt: skip
    inner["at"] = None  # type: ignore[assignment]
    assert article.metadata == {
        "inner": {"at": "2026-01-31T12:00:00+00:00", "no": None}, "day": "2026-01-31",
        "price": "1.50", "key": str(UUID), "tuple": [1, 2.5, True], "mood": "good", "nan": None,
    }  # fmt: skip
    assert type(article.metadata["mood"]) is str
    assert Article(text=TEXT, metadata=None).metadata == {}


def test_metadata_of_numpy_and_pandas() -> None:
    """Their scalars and arrays are numbers and lists."""
    numpy = pytest.importorskip("numpy")
    data = {
        "int": numpy.int64(7), "float": numpy.float32(0.5), "nan": numpy.float64("nan"),
        "bool": numpy.bool_(True), "text": numpy.str_("x"), "list": numpy.array([[1, 2], [3, 4]]),
        "nat": numpy.datetime64("NaT"), "at": numpy.datetime64("2026-01-31T12:00:00", "ns"),
    }  # fmt: skip
    article = Article(text=TEXT, id=numpy.int64(7), metadata=data)
    assert article.id == "7"
    assert article.metadata == {
        "int": 7, "float": 0.5, "nan": None, "bool": True, "text": "x", "list": [[1, 2], [3, 4]],
        "nat": None, "at": "2026-01-31T12:00:00.000000000",
    }  # fmt: skip
    assert json.loads(article.model_dump_json())["metadata"] == article.metadata


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 0


@pytest.mark.parametrize(
    ("metadata", "says"),
    [([1], "must be a dict, not list"), ("x", "must be a dict, not str"), ({1: 2}, "the key 1"),
     ({"a": {None: 1}}, "'a': has the key None"), ({"a": [1, math.inf]}, "'a': item 2: infinity"),
     ({"a": b"x"}, "'a': bytes"), ({"a": Desk.ASIA}, "'a': Desk"), ({"a": object()}, "'a': object"),
     ({"a": {"b": "\ud800"}}, "'a': 'b' has a lone surrogate at offset 0"), ({"\udfff": 1}, "lone"),
     ({"a": nested(60)}, "50 levels"), ({"a": 10**5000}, "JSON"),
     ({"a": "x" * LONGEST_METADATA}, "has 1,000,009 characters as JSON, at most 1,000,000")],
    ids=range(13),
)  # fmt: skip
def test_metadata_that_json_cannot_hold_is_refused(metadata: Any, says: str) -> None:
    """The error says at which key, and why."""
    with pytest.raises(ArticleError, match=f"^metadata: .*{says}"):
        Article(text=TEXT, metadata=metadata)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False, allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1),
    st.dictionaries(texts, values, max_size=4),
)
def test_both_survive_json_unchanged(name: str, metadata: dict[str, Any]) -> None:
    article = Article(text=TEXT, id=name, metadata=metadata)
    assert (article.id, article.metadata) == (name, metadata)
    again = Article.model_validate_json(article.model_dump_json())
    assert again == article == Article.model_validate(article.model_dump())


def test_a_copy_with_another_text_keeps_an_id_of_ones_own() -> None:
    """Only the hash is computed again, and an id that was the hash."""
    new = MINE.model_copy(update={"text": "War began."})
    assert (new.id, new.sha256) == ("wire/7", Article(text="War began.").sha256)
    assert Article.model_validate(new.model_dump()) == new
    plain = Article(text=TEXT).model_copy(update={"text": "War began."})
    assert plain.id == plain.sha256 == new.sha256
    named = plain.model_copy(update={"text": TEXT, "id": "8"})
    assert (named.id, named.sha256) == ("8", MINE.sha256)


def test_both_come_back_with_every_outcome() -> None:
    """With the position in the input, which may have the same text twice."""
    other = Article(text=TEXT, id="wire/8", metadata={"n": 1})
    bad = Article(text="Talks failed.", id="wire/9", metadata={"n": 2})
    model = ScriptedModel({MINE: [whole()], other: [whole()], bad: [RateLimited("busy")]})
    outcomes = sorted(
        summarize_many([MINE, "", other, bad], model=model, prompt="v1"), key=lambda o: o.index or 0
    )
    assert [outcome.index for outcome in outcomes] == [0, 1, 2, 3]
    assert [outcome.id for outcome in outcomes] == ["wire/7", None, "wire/8", "wire/9"]
    assert [outcome.metadata for outcome in outcomes] == [MINE.metadata, {}, {"n": 1}, {"n": 2}]
    assert [type(outcome) for outcome in outcomes] == [Summary, Failure, Summary, Failure]
    for outcome in outcomes:
        again = type(outcome).model_validate_json(outcome.model_dump_json())
        assert again == outcome
        assert hash(again) == hash(outcome)
    assert summary_of(MINE).index is None


def test_a_failure_knows_the_id_of_what_is_no_article() -> None:
    """Whoever reads rows gives it: there is no article that could."""
    failure = Failure(index=3, article=None, id="row 3", metadata={"desk": "Asia"},
                      error="ArticleError", message="the article is empty")  # fmt: skip
    assert Failure.model_validate_json(failure.model_dump_json()) == failure
    assert (failure.id, failure.metadata) == ("row 3", {"desk": "Asia"})


@pytest.fixture(scope="module")
def summary() -> Summary:
    article = MINE.model_copy(update={"source": "Reuters", "metadata": {"desk": "=1+1", "n": 1}})
    return summary_of(article, agreement())


def test_rows_and_csv_have_both(summary: Summary) -> None:
    """Metadata is JSON text, so that all rows have the same columns."""
    (row,) = summary.to_rows()
    assert (row["article_id"], row["id"], row["source"]) == ("wire/7", "agreement-1", "Reuters")
    assert json.loads(str(row["metadata"])) == {"desk": "=1+1", "n": 1}
    (written,) = csv.DictReader(io.StringIO(to_csv(summary)))
    assert written["article_id"] == "wire/7"
    assert '"n": 1' in written["metadata"]
    assert summary_of(TEXT, agreement()).to_rows()[0]["metadata"] is None


@pytest.mark.parametrize("render", [to_markdown, to_table])
def test_pages_name_an_id_of_ones_own(render: Any, summary: Summary) -> None:
    """And no hash."""
    assert "article wire/7, " in render(summary).replace("\\", "")
    without = summary.model_copy(update={"article": Article(text=TEXT)})
    assert "article wire" not in render(without)
    assert without.id not in render(without)


def test_the_reader_page_has_the_id(summary: Summary) -> None:
    assert "wire/7" in to_html(summary)
