"""Articles: what is refused, and offsets that are exact on any text."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique import Article
from communique.article import MAX_CHARACTERS
from communique.errors import ArticleError


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n\t\u00a0", "empty"),
        ("a" * 5000, "one character repeated"),
        ("= = =\n=", "one character repeated"),
        ("binary\x00data", "NUL character at offset 6"),
        ("lone \ud800 surrogate", "lone surrogate at offset 5"),
        ("long " * MAX_CHARACTERS, "too long: 5,000,000 characters, at most 1,000,000"),
        (b"bytes", "bytes, not text: decode it"),
        (None, "must be a string, not NoneType"),
        (42, "must be a string, not int"),
    ],
    ids=["empty", "blank", "repeated", "repeated-spaced", "nul", "surrogate", "long", "bytes",
         "none", "number"],
)  # fmt: skip
def test_text_that_cannot_be_read_is_refused(text: object, says: str) -> None:
    """The error names the cause."""
    with pytest.raises(ArticleError, match=says):
        Article(text=text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "published",
    ["2026-13-01", "yesterday", "2026-01-3x", {}, 2026, "2026", 20260131, 1.5,
     True, b"2026-01-31", "2026-W05-6", "2026-01-31T", "2026-01-31T25:00:00Z", "1769860800"],
)  # fmt: skip
def test_a_date_that_is_none_is_refused(published: object) -> None:
    """A wrong date is an error that shows a right one: never a guess, or seconds since 1970."""
    with pytest.raises(ArticleError, match=r"published: .* write it as 2026-01-31 or 2026-01-31T"):
        Article(text="Talks ended.", published=published)  # type: ignore[arg-type]


NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("published", "read"),
    [
        (None, None),
        ("2026-01-31", datetime.date(2026, 1, 31)),
        (datetime.date(2026, 1, 31), datetime.date(2026, 1, 31)),
        (NOON, NOON),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31t12:00:00z", NOON),
        ("2026-01-31T14:00:00+02:00", NOON),
        ("2026-01-31 12:00:00.5", datetime.datetime(2026, 1, 31, 12, 0, 0, 500_000)),  # noqa: DTZ001 as given
        ("2026-01-31T00:00", datetime.datetime(2026, 1, 31)),  # noqa: DTZ001
    ],
)
def test_dates_are_read_as_written(published: object, read: datetime.date | None) -> None:
    """A date stays a date, a time keeps its offset or has none."""
    found = Article(text="Talks ended.", published=published).published  # type: ignore[arg-type]
    assert found == read
    assert type(found) is type(read)


def test_unknown_field_is_refused() -> None:
    """A misspelt field is an error, not silence."""
    with pytest.raises(ArticleError, match="titel"):
        Article(text="Talks ended.", titel="x")  # type: ignore[call-arg]


@given(
    text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(
        lambda t: "ab" + t
    ),
    published=st.one_of(
        st.none(), st.dates(), st.datetimes(), st.datetimes(timezones=st.just(datetime.UTC))
    ),
)
def test_article_survives_json(text: str, published: datetime.date | None) -> None:
    """Writing an article to JSON and reading it back gives the same article."""
    article = Article(text=text, published=published)
    again = Article.model_validate_json(article.model_dump_json())
    assert again == article
    assert again.id == again.sha256 == article.id
    assert type(again.published) is type(published)


def test_the_hash_must_be_the_texts_own() -> None:
    """A hash from JSON is checked, so that a text changed by hand does not go unnoticed."""
    data = Article(text="Talks ended.", id="7").model_dump()
    with pytest.raises(ArticleError, match="sha256 is not that of its text"):
        Article.model_validate({**data, "text": "Talks began."})


def test_a_copy_with_another_text_is_another_article() -> None:
    """A copy drops what was computed from the old text."""
    old = Article(text="Talks ended.", title="Talks")
    assert (old.id, len(old.sentences)) == (old.id, 1)
    new = old.model_copy(update={"text": "War began. It goes on."})
    assert new.title == "Talks"
    assert new.id == Article(text=new.text).id
    assert [s.text for s in new.sentences] == ["War began.", "It goes on."]
    assert new.model_dump()["id"] == new.model_dump()["sha256"] == new.id
    assert (old.id, old.sentences[0].text) == (Article(text=old.text).id, "Talks ended.")
