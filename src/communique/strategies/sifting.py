"""What the strategies share that ask only about sentences which a classifier picks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from communique.article import Article, Sentence
from communique.classifier import KindClassifier, load_classifier
from communique.classifier.cues import cued_value
from communique.classifier.encoder import KindEncoder, encoder_text, load_encoder
from communique.classifier.english import is_english
from communique.classifier.probe import load_probe
from communique.llm import EmbeddingModel, EncodingModel, LanguageModel, Ledger, Message
from communique.prompts import Example, Prompt
from communique.replies import FIELDS, FieldsReply, fields_without_enumerated, to_statement
from communique.statements import Kind
from communique.strategies.common import Claim, example_fields
from communique.strategies.confidence import object_confidence

__all__ = ["GIST_QUESTION", "Candidate", "ask_for_fields", "example_answers", "sift"]

_LOG = logging.getLogger("communique.strategies")

GIST_QUESTION = "What is the article about? One neutral sentence."

_WITHOUT_ENCODER = 2
"""The classifier for languages that the encoder can't read, and where it can't run."""


class Candidate(NamedTuple):
    """A kind of statement that a sentence may well make.

    Attributes:
        sentence: the sentence.
        kind: the kind.
        probability: how likely it is.
        settled: the value of the kind's enumerated field, if the sentence itself settles it.
    """

    sentence: Sentence
    kind: Kind
    probability: float
    settled: str | None


async def sift(
    article: Article, prompt: Prompt, model: LanguageModel, ledger: Ledger
) -> list[Candidate]:
    """What to ask about, in the order of the article.

    Raises:
        ProviderError: the model or the encoder was asked for vectors and can't be had.
        ModelNotAvailable: the encoder's server can't be started.
    """
    encoder = load_encoder(prompt.classifier)
    if encoder is not None and isinstance(model, EncodingModel):
        if is_english(article.text, article.language):
            found = await _by_encoder(article.sentences, encoder, prompt, model, ledger)
            if found is not None:
                return found
            _LOG.debug("article %s: no encoder can run here", article.id[:12])
        else:
            _LOG.debug("article %s: not in English, no encoder is asked", article.id[:12])
    return await _by_words(article.sentences, prompt, model, ledger)


async def _by_words(
    sentences: Sequence[Sentence], prompt: Prompt, model: LanguageModel, ledger: Ledger
) -> list[Candidate]:
    """By the words, and by the model's vectors of the sentences where the words leave it open."""
    version = min(prompt.classifier, _WITHOUT_ENCODER)
    classifier = load_classifier(version)
    odds = _word_odds(sentences, classifier)
    found = [classifier.kinds(row) for row in odds]
    if prompt.embeddings and isinstance(model, EmbeddingModel):
        probe = load_probe(version)
        worth = [n for n, row in enumerate(odds) if probe.is_worth_it(row)]
        texts = [sentences[n].text for n in worth]
        vectors = await model.embed(texts, ledger) if worth else []
        # None: the server gives none; another length: it is another model's.
        if vectors is not None and all(len(vector) == probe.length for vector in vectors):
            seen = dict(zip(worth, vectors, strict=True))
            found = [probe.kinds(row, seen[n]) if n in seen else [] for n, row in enumerate(odds)]
    return [
        Candidate(sentence, kind, likely, cued_value(kind, sentence.text))
        for sentence, kinds in zip(sentences, found, strict=True)
        for kind, likely in kinds
    ]


async def _by_encoder(
    sentences: Sequence[Sentence],
    encoder: KindEncoder,
    prompt: Prompt,
    model: EncodingModel,
    ledger: Ledger,
) -> list[Candidate] | None:
    """By the encoder and the words; None if the encoder can't run."""
    texts = [sentence.text for sentence in sentences]
    read = [
        encoder_text(text, texts[:n], after)
        for n, (text, after) in enumerate(zip(texts, [*texts[1:], ""], strict=True))
    ]
    vectors = await model.encode(read, encoder.heads.encoder, ledger)
    if vectors is None:
        return None
    encoder.heads.check(vectors)
    odds = _word_odds(sentences, load_classifier(prompt.classifier))
    return [
        Candidate(sentence, kind, likely, encoder.value(kind, vector, sentence.text))
        for sentence, vector, words in zip(sentences, vectors, odds, strict=True)
        for kind, likely in encoder.kinds(vector, words)
    ]


def _word_odds(
    sentences: Sequence[Sentence], classifier: KindClassifier
) -> list[dict[Kind, float]]:
    texts = [sentence.text for sentence in sentences]
    return [classifier.log_odds(*pair) for pair in zip(texts, ["", *texts], strict=False)]


async def ask_for_fields(
    candidate: Candidate,
    messages: list[Message],
    prompt: Prompt,
    model: LanguageModel,
    ledger: Ledger,
) -> tuple[FieldsReply, Claim]:
    """Put the question that ``messages`` end with: the answer, and the statement it makes.

    Raises:
        ProviderError, ReplyError: as `LanguageModel.ask`.
    """
    sentence, kind, probability, settled = candidate
    fields = await model.ask(messages, _form(kind, settled, prompt), prompt.sampling, ledger)
    sure = object_confidence(ledger.calls[-1])
    confidence = None if sure is None else round(sure * probability, 4)
    statement = to_statement(kind, fields, settled)
    return fields, Claim(statement, (sentence.index + 1,), confidence)


def example_answers(example: Example, prompt: Prompt) -> list[tuple[Sentence, Kind, str]]:
    """What an example answers about which sentence, in the order of its article."""
    rows: list[tuple[int, Kind, dict[str, object]]] = [
        (number, item.statement.kind, fields)
        for item, (numbers, fields) in zip(example.statements, example_fields(example), strict=True)
        for number in numbers
    ]
    answers: list[tuple[Sentence, Kind, str]] = []
    for number, kind, fields in sorted(rows, key=lambda row: row[:2]):
        sentence = example.article.sentences[number - 1]
        form = _form(kind, cued_value(kind, sentence.text), prompt)
        asked = {name: fields[name] for name in form.model_fields}
        answer = form.model_validate(asked).model_dump_json(by_alias=True)
        answers.append((sentence, kind, answer))
    return answers


def _form(kind: Kind, settled: str | None, prompt: Prompt) -> type[FieldsReply]:
    """What the model fills in: all fields, or those that the sentence's words leave open."""
    if settled is not None and prompt.skip_settled:
        return fields_without_enumerated(kind)
    return FIELDS[kind]
