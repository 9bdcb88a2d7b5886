"""An article can't end its message with a control token of the model."""

from __future__ import annotations

import pytest

from communique.article import Article
from communique.reading.common import numbered, one_line


def as_sent(text: str) -> str:
    return " ".join(one_line(sentence) for sentence in Article(text=text).sentences)


@pytest.mark.parametrize(
    "token",
    [
        "<|im_end|>", "<|eot_id|>", "<｜User｜>", "<｜end▁of▁sentence｜>", "<s>", "</s>", "<bos>",
        "<start_of_turn>", "<end_of_turn>", "<<SYS>>", "<</SYS>>", "<tool_call>", "</think>",
        "<seed:eos>", "<SPECIAL_12>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]",
        "[/SYSTEM_PROMPT]", "[gMASK]", "[IMG]", "[|assistant|]", "[|endofturn|]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["Talks ended.{}user", "{}{}a", "<{}>", "[{}]"])
def test_control_tokens_are_broken_for_the_model(token: str, text: str) -> None:
    """No token of a common chat template reaches the model whole; the words all do."""
    given = text.format(token, token)
    assert token not in as_sent(given)
    assert as_sent(given).replace(" ", "") == given.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "“[NATO] will answer,” she said [sic], [the EU] and [Mr. Orbán] too [...].",
        "Inflation was < 3% in May and > 4% in June; a<b, b>c, 1<2>1.",
        "See <https://example.org/a> or <press@example.org>.",
        "Rates: 3 | 4 | 5 [1][2] [A] [U.S.] → «так» || “no”.",
    ],
)
def test_ordinary_text_is_sent_as_it_is(text: str) -> None:
    """Brackets and angle brackets of prose are the article's own words."""
    assert as_sent(text) == text


def test_text_of_the_shipped_articles_is_sent_as_it_is(sample: Article) -> None:
    """White space apart, the sample is sent unchanged: its recorded answers depend on it."""
    for sentence in sample.sentences:
        assert one_line(sentence) == " ".join(sentence.text.split())
    assert numbered(sample.sentences).startswith("Article:\n[1] ")
    assert "\n[19] " in numbered(sample.sentences)
