"""What the strategies share that ask only about sentences which a classifier picks."""

from __future__ import annotations

from communique.article import Article, Sentence
from communique.classifier import load_classifier
from communique.classifier.cues import cued_value
from communique.classifier.probe import load_probe
from communique.llm import EmbeddingModel, LanguageModel, Ledger, Message
from communique.prompts import Example, Prompt
from communique.replies import FIELDS, FieldsReply, fields_without_enumerated, to_statement
from communique.statements import Kind
from communique.strategies.common import Claim, example_fields
from communique.strategies.confidence import object_confidence

__all__ = ["GIST_QUESTION", "Candidate", "ask_for_fields", "example_answers", "sift"]

GIST_QUESTION = "What is the article about? One neutral sentence."

Candidate = tuple[Sentence, Kind, float]
"""A sentence, a kind of statement that it may well make, and how likely that is."""


async def sift(
    article: Article, prompt: Prompt, model: LanguageModel, ledger: Ledger
) -> list[Candidate]:
    """What to ask about, in the order of the article.

    Raises:
        ProviderError: the model was asked for vectors and can't be had.
    """
    classifier = load_classifier(prompt.classifier)
    texts = [sentence.text for sentence in article.sentences]
    odds = [classifier.log_odds(*pair) for pair in zip(texts, ["", *texts], strict=False)]
    found = [classifier.kinds(row) for row in odds]
    if prompt.embeddings and isinstance(model, EmbeddingModel):
        probe = load_probe(prompt.classifier)
        worth = [n for n, row in enumerate(odds) if probe.is_worth_it(row)]
        vectors = await model.embed([texts[n] for n in worth], ledger) if worth else []
        # None: the server gives none; another length: it is another model's.
        if vectors is not None and all(len(vector) == probe.length for vector in vectors):
            seen = dict(zip(worth, vectors, strict=True))
            found = [probe.kinds(row, seen[n]) if n in seen else [] for n, row in enumerate(odds)]
    return [
        (sentence, *kind)
        for sentence, kinds in zip(article.sentences, found, strict=True)
        for kind in kinds
    ]


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
    sentence, kind, probability = candidate
    settled = cued_value(kind, sentence.text)
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
