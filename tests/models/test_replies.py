"""Replies that hold the JSON asked for somewhere, and those that do not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from communique.models.replies import read_reply


class Form(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")

    gist: str
    numbers: list[int]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
forms = st.builds(Form, gist=texts, numbers=st.lists(st.integers(-9, 9), max_size=4))
# Prose has no braces; thoughts may have any.
prose = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}`<"), max_size=60)


@given(forms, st.sampled_from(["", "json", "JSON"]), prose, prose, st.booleans())
def test_a_fenced_reply(form: Form, word: str, before: str, after: str, indents: bool) -> None:
    """Whatever the fence is called and whatever stands around it."""
    said = form.model_dump_json(indent=2 if indents else None)
    if "```" not in said:
        assert read_reply(Form, f"{before}\n```{word}\n{said}\n```\n{after}") == form


@given(forms, texts, st.sampled_from(["think", "thinking", "reasoning", "THINK"]))
def test_a_reply_after_thoughts(form: Form, thoughts: str, tag: str) -> None:
    """Even if the thoughts hold another answer."""
    other = Form(gist=thoughts, numbers=[1]).model_dump_json()
    said = f"<{tag}>{thoughts} {other}</{tag}>\n{form.model_dump_json()}"
    assert read_reply(Form, said) == form


@given(forms, prose, prose)
def test_a_reply_among_prose(form: Form, before: str, after: str) -> None:
    """One object, with words before and after it."""
    assert read_reply(Form, f"{before}{form.model_dump_json()}{after}") == form


@given(st.lists(forms, min_size=1, max_size=4), prose)
def test_the_last_answer_counts(several: list[Form], between: str) -> None:
    """A model that corrects itself means what it said last."""
    said = between.join(form.model_dump_json() for form in several)
    assert read_reply(Form, said) == several[-1]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """With pydantic's error, and no other."""
    try:
        read_reply(Form, text)
    except (ValidationError, UnicodeEncodeError):
        return
    assert "gist" in text


@pytest.mark.parametrize(
    "text",
    ["{" * 100_000, '{"a":' * 50_000, "[" * 100_000, "```json\n" * 20_000, '{"gist": "' * 30_000,
     "x" * 5_000_000, "<think>" * 50_000],
)  # fmt: skip
def test_long_nonsense_is_refused_soon(text: str) -> None:
    """It takes no time that grows with the square of its length."""
    with pytest.raises(ValidationError):
        read_reply(Form, text)


@pytest.mark.parametrize(
    "said",
    ['{"gist": "x", "numbers": [1, "two"]}', '```json\n{"gist": "x", "numbers": [1, "two"]}\n```',
     '<think>hm</think>{"gist": "x", "numbers": [1, "two"]}'],
)  # fmt: skip
def test_the_error_is_about_the_field(said: str) -> None:
    """Not about the fence around it."""
    with pytest.raises(ValidationError) as caught:
        read_reply(Form, said)
    assert caught.value.errors()[0]["loc"] == ("numbers", 1)


def test_an_object_inside_another_is_no_answer() -> None:
    """What is cut off stays cut off."""
    inner = json.dumps({"gist": "x", "numbers": []})
    with pytest.raises(ValidationError):
        read_reply(Form, f'{{"outer": {inner}}}')
