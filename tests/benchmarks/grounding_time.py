"""The time of grounding and merging, for articles of 1,000, 10,000 and 100,000 words."""

from __future__ import annotations

import math

from loopback import article_reply, article_text
from parts import Figure, Options, Part, Row, cpu_seconds

from communique import Article
from communique.grounding import ground, ground_gist, orders_in
from communique.reading import Claim
from communique.reading.forms import whole_reply

__all__ = ["measure"]

_WORDS = (1_000, 10_000, 100_000)


def measure(options: Options) -> Part:
    """Cut an article into sentences, and ground one claim for about 100 of its words."""
    rows: list[Row] = []
    for words in _WORDS:
        text, claims = _made(words)
        count = len(text.split())
        seconds = cpu_seconds(
            lambda text=text, claims=claims: _read(text, claims), options.of(5, 2)
        )
        rows.append(
            {"words": count, "claims": len(claims), "CPU ms": 1000 * seconds,
             "ms per 1,000 words": 1e6 * seconds / count}
        )  # fmt: skip
    first, last = rows[0], rows[-1]
    growth = math.log(float(last["CPU ms"]) / float(first["CPU ms"]))
    exponent = growth / math.log(float(last["words"]) / float(first["words"]))
    slowest = max(float(row["ms per 1,000 words"]) for row in rows)
    return Part(
        [
            Figure("growth exponent of grounding", exponent, 1.1),
            Figure("grounding of 1,000 words", slowest, 20, unit="ms"),
        ],
        rows,
    )


def _made(words: int) -> tuple[str, list[Claim]]:
    """Return a text of at least so many words, joined from articles, and the claims about it."""
    texts: list[str] = []
    claims: list[Claim] = []
    count = before = number = 0
    while count < words:
        text = article_text(number)
        for statement in whole_reply().model_validate_json(article_reply(number)).statements:
            sentences: list[int] = statement.model_dump()["sentences"]
            claims.append(Claim(statement, tuple(before + each for each in sentences)))
        before += len(Article(text=text).sentences)
        count += len(text.split())
        texts.append(text)
        number += 1
    return " ".join(texts), claims


def _read(text: str, claims: list[Claim]) -> None:
    article = Article(text=text)
    assert orders_in(article).passages == ()
    assert ground(article, claims).statements
    assert ground_gist(article, "A dam is opposed.")
    orders_in.cache_clear()
