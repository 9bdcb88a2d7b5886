"""The choice of the sentences that a model is asked about, and for which kind of statement."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from communique.article import Article, Sentence
from communique.reading.choosing.classifier import KindClassifier, load_classifier
from communique.reading.choosing.encoding import KindEncoder, encoder_text, load_encoder
from communique.reading.choosing.english import is_english
from communique.reading.choosing.probe import load_probe
from communique.reading.session import Session
from communique.statements import Kind

__all__ = ["Candidate", "choose_candidates"]

_LOG = logging.getLogger("communique.reading")


class Candidate(NamedTuple):
    """A sentence that probably makes a statement of a kind.

    Attributes:
        sentence: the sentence.
        kind: the kind.
        probability: probability that the sentence makes such a statement.
    """

    sentence: Sentence
    kind: Kind
    probability: float


async def choose_candidates(article: Article, session: Session) -> list[Candidate]:
    """Return the sentences and kinds to ask about, in the order of the article.

    Raises:
        ProviderError: the model or the encoder could not be asked for vectors.
        ModelNotAvailable: the weights are not installed, or the encoder can't be started.
    """
    if is_english(article.text, article.language):
        found = await _by_encoder(article.sentences, load_encoder(), session)
        if found is not None:
            return found
        _LOG.debug("article %s: no encoder can run here", article.id[:12])
    else:
        _LOG.debug("article %s: not in English, no encoder is asked", article.id[:12])
    return await _by_words(article.sentences, session)


async def _by_words(sentences: Sequence[Sentence], session: Session) -> list[Candidate]:
    """Choose by words and, where these are inconclusive, by the model's own vectors."""
    classifier = load_classifier("multilingual")
    probe = load_probe()
    odds = _word_odds(sentences, classifier)
    worth = [n for n, row in enumerate(odds) if probe.is_worth_it(row)]
    vectors = await session.embed([sentences[n].text for n in worth])
    # None: the model gives none; another length: they come from another model.
    if vectors is None or not all(len(vector) == probe.length for vector in vectors):
        found = [classifier.kinds(row) for row in odds]
    else:
        seen = dict(zip(worth, vectors, strict=True))
        found = [probe.kinds(row, seen[n]) if n in seen else [] for n, row in enumerate(odds)]
    return [
        Candidate(sentence, kind, likely)
        for sentence, kinds in zip(sentences, found, strict=True)
        for kind, likely in kinds
    ]


async def _by_encoder(
    sentences: Sequence[Sentence], encoder: KindEncoder, session: Session
) -> list[Candidate] | None:
    """Choose by the encoder and by words; return None if the encoder can't run."""
    texts = [sentence.text for sentence in sentences]
    read = [
        encoder_text(text, texts[:n], after)
        for n, (text, after) in enumerate(zip(texts, [*texts[1:], ""], strict=True))
    ]
    vectors = await session.encode(read, encoder.heads.encoder)
    if vectors is None:
        return None
    encoder.heads.check(vectors)
    odds = _word_odds(sentences, load_classifier("english"))
    return [
        Candidate(sentence, kind, likely)
        for sentence, vector, words in zip(sentences, vectors, odds, strict=True)
        for kind, likely in encoder.kinds(vector, words)
    ]


def _word_odds(
    sentences: Sequence[Sentence], classifier: KindClassifier
) -> list[dict[Kind, float]]:
    texts = [sentence.text for sentence in sentences]
    return [classifier.log_odds(*pair) for pair in zip(texts, ["", *texts], strict=False)]
