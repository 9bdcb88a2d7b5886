"""An article inside of other models and as the body of a request: pydantic's errors, not ours."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from communique import Article
from communique.errors import ArticleError

TEXT = "Talks ended."


class Job(BaseModel):
    article: Article
    priority: int = 0


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


BAD: list[Any] = [
    None, 7, "text", [], {}, [math.nan],
    {"text": ""}, {"text": None}, {"text": 7}, {"text": math.nan}, {"text": [TEXT]},
    {"text": {"a": math.inf}}, {"text": "a\ud800b"}, {"text": "a\x00b"}, {"text": "x " * 600_000},
    {"text": nested(400)}, {"text": 10**5000},
    {"text": TEXT, "title": "\udfff"}, {"text": TEXT, "title": 1e999}, {"text": TEXT, "url": [1]},
    {"text": TEXT, "published": "soon\ud800"}, {"text": TEXT, "published": -math.inf},
    {"text": TEXT, "language": "??"}, {"text": TEXT, "language": "\udc00"},
    {"text": TEXT, "titel": "x"}, {"text": TEXT, "\ud800": 1}, {"text": TEXT, "k" * 10_000: 1},
    {"text": TEXT, "sha256": "0" * 64}, {"text": TEXT, "sha256": {"a": math.nan}},
    {"text": TEXT, "id": "\ud800"}, {"text": TEXT, "id": [1]}, {"text": TEXT, "id": "x" * 2_000},
    {"text": TEXT, "metadata": "x"}, {"text": TEXT, "metadata": {"a": math.inf}},
    {"text": TEXT, "metadata": {"\ud800": 1}}, {"text": TEXT, "metadata": nested(400)},
]  # fmt: skip


def check_sendable(error: ValidationError) -> None:
    """Each fault has its place, and strict JSON in UTF-8 can be made of all, not much longer."""
    for fault in error.errors(include_url=False):
        assert fault["loc"] is not None
        fault["ctx"] = {name: str(value) for name, value in fault.get("ctx", {}).items()}
        assert len(json.dumps(fault, allow_nan=False, ensure_ascii=False).encode()) < 6_000
    assert error.json().isascii() or error.json().encode()
    assert str(error).encode()


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
def test_every_bad_article_is_a_validation_error(data: Any) -> None:
    """Wherever it stands: in a model, in a list, or as a body of its own."""
    for read, given_data, where in (
        (TypeAdapter(Article).validate_python, data, ()),
        (Job.model_validate, {"article": data}, ("article",)),
        (TypeAdapter(list[Article]).validate_python, [{"text": TEXT}, data], (1,)),
    ):
        with pytest.raises(ValidationError) as caught:
            read(given_data)
        check_sendable(caught.value)
        assert {fault["loc"][: len(where)] for fault in caught.value.errors()} == {where}


FIELDS = [each for each in BAD if isinstance(each, dict)]


@pytest.mark.parametrize("data", FIELDS, ids=range(len(FIELDS)))
def test_the_same_alone_is_an_article_error(data: dict[str, Any]) -> None:
    """Which is a ValueError, so that it can be caught as one."""
    with pytest.raises(ArticleError) as caught:
        Article(**data)
    assert isinstance(caught.value, ValueError)
    assert not isinstance(caught.value, ValidationError)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "read", ["model_validate", "model_validate_json", "model_validate_strings"]
)
def test_every_constructor_of_an_article_alone(read: str) -> None:
    data: Any = {"text": "a\x00b"}
    with pytest.raises(ArticleError, match="NUL"):
        getattr(Article, read)(json.dumps(data) if read == "model_validate_json" else data)


def test_all_faults_of_a_model_are_there() -> None:
    """Those of the article, each with its field, and those of the other fields."""
    with pytest.raises(ValidationError) as caught:
        Job.model_validate({"article": {"text": "", "language": "??", "x": 1}, "priority": "high"})
    places = [fault["loc"] for fault in caught.value.errors()]
    assert places == [("article", "text"), ("article", "language"), ("article", "x"), ("priority",)]


keys = st.sampled_from(
    ["text", "title", "published", "language", "id", "sha256", "metadata"]
) | st.text(max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(keys, values, max_size=4) | values)
def test_any_json_is_an_article_or_a_validation_error(data: Any) -> None:
    try:
        assert TypeAdapter(Article).validate_python(data).text
    except ValidationError as error:
        check_sendable(error)


def test_as_the_body_of_a_request_to_fastapi() -> None:
    """422 with the field and the reason, whatever is sent; never 500."""
    fastapi = pytest.importorskip("fastapi")
    httpx2 = pytest.importorskip("httpx2")
    app = fastapi.FastAPI()

    @app.post("/article")
    def read(article: Article) -> str:
        return article.id

    @app.post("/job")
    def take(job: Job) -> str:
        return job.article.id

    async def statuses() -> list[int]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
            found = [
                await client.post(path, content=body, headers={"content-type": "application/json"})
                for data in BAD
                if data != {"text": 10**5000}  # no JSON that Python reads
                for path, body in (
                    ("/article", json.dumps(data)),
                    ("/job", json.dumps({"article": data})),
                )
            ]
            good = await client.post("/article", json={"text": TEXT, "published": "2026-01-31"})
            assert good.json() == Article(text=TEXT).id
            assert "the article is empty" in (await client.post("/article", json={"text": ""})).text
        return [answer.status_code for answer in found]

    assert set(asyncio.run(statuses())) == {422}
