"""One short question for each sentence that a classifier takes to make a statement of a kind.

A small model is bad at saying "nothing here", and most sentences of an article make no
statement. So `communique.classifier` says which sentences may make which kind of statement,
in milliseconds, and the model is asked for that statement's fields only. All questions share
everything up to their last lines, so that a server with a prompt cache reads the article once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from communique.article import Article, Sentence
from communique.classifier import load_classifier
from communique.classifier.cues import cued_value
from communique.classifier.probe import load_probe
from communique.llm import EmbeddingModel, LanguageModel, Ledger, Message
from communique.prompts import Example, Prompt
from communique.replies import (
    FIELDS,
    FieldsReply,
    GistReply,
    fields_without_enumerated,
    to_statement,
)
from communique.statements import Kind
from communique.strategies.common import Claim, Reading, example_fields, numbered, one_line, prepare
from communique.strategies.confidence import object_confidence
from communique.strategies.windows import windows

__all__ = ["sifted"]

_GIST_QUESTION = "What is the article about? One neutral sentence."


async def sifted(
    article: Article,
    prompt: Prompt,
    model: LanguageModel,
    ledger: Ledger,
    *,
    stream: bool = False,  # noqa: ARG001 the answers are short
) -> AsyncGenerator[Reading]:
    """Ask for the gist, then for the statements that the sentences may well make.

    What is longer than the model can read is asked about in overlapping parts.
    """
    prefix: list[Message] = [{"role": "system", "content": prompt.instructions}]
    for example in prompt.examples:
        prefix += _example_turns(example, prompt)
    parts = await windows(article, model, ledger, prefix, prompt.sampling.max_tokens)
    await prepare(model, prefix, ledger)
    found = await _kinds(article, prompt, model, ledger)
    asked: list[list[tuple[Sentence, Kind, float]]] = [
        [(sentence, *kind) for sentence in part.asked for kind in found[sentence.index]]
        for part in parts
    ]
    total = 1 + sum(map(len, asked))
    done = 0
    for part, questions in zip(parts, asked, strict=True):
        opening = numbered(part.shown)
        if done == 0:
            # News says first what it is about.
            question: Message = {"role": "user", "content": f"{opening}\n\n{_GIST_QUESTION}"}
            gist = await model.ask([*prefix, question], GistReply, prompt.sampling, ledger)
            done = 1
            yield Reading((), gist.gist, done, total, "gist")
        for sentence, kind, probability in questions:
            question = {"role": "user", "content": f"{opening}\n\n{_question(sentence, kind)}"}
            settled = cued_value(kind, sentence.text)
            form = _form(kind, settled, prompt)
            fields = await model.ask([*prefix, question], form, prompt.sampling, ledger)
            sure = object_confidence(ledger.calls[-1])
            confidence = None if sure is None else round(sure * probability, 4)
            statement = to_statement(kind, fields, settled)
            claim = Claim(statement, (sentence.index + 1,), confidence)
            done += 1
            yield Reading((claim,), None, done, total, f"statement {done - 1} of {total - 1}")


async def _kinds(
    article: Article, prompt: Prompt, model: LanguageModel, ledger: Ledger
) -> list[list[tuple[Kind, float]]]:
    """For each sentence the kinds of statement that it may well make, and how likely."""
    classifier = load_classifier(prompt.classifier)
    texts = [sentence.text for sentence in article.sentences]
    odds = [classifier.log_odds(*pair) for pair in zip(texts, ["", *texts], strict=False)]
    if prompt.embeddings and isinstance(model, EmbeddingModel):
        probe = load_probe(prompt.classifier)
        worth = [n for n, row in enumerate(odds) if probe.is_worth_it(row)]
        vectors = await model.embed([texts[n] for n in worth], ledger) if worth else []
        # None: the server gives none; another length: it is another model's.
        if vectors is not None and all(len(vector) == probe.length for vector in vectors):
            seen = dict(zip(worth, vectors, strict=True))
            return [probe.kinds(row, seen[n]) if n in seen else [] for n, row in enumerate(odds)]
    return [classifier.kinds(row) for row in odds]


def _form(kind: Kind, settled: str | None, prompt: Prompt) -> type[FieldsReply]:
    """What the model fills in: all fields, or those that the sentence's words leave open."""
    if settled is not None and prompt.skip_settled:
        return fields_without_enumerated(kind)
    return FIELDS[kind]


def _question(sentence: Sentence, kind: Kind) -> str:
    return f"Sentence {sentence.index + 1}: {one_line(sentence)}\nWhich {kind}?"


def _example_turns(example: Example, prompt: Prompt) -> list[Message]:
    """The example as a conversation: the article and its gist, then statement by statement."""
    opening = numbered(example.article.sentences)
    turns: list[Message] = [
        {"role": "user", "content": f"{opening}\n\n{_GIST_QUESTION}"},
        {"role": "assistant", "content": GistReply(gist=example.gist).model_dump_json()},
    ]
    rows: list[tuple[int, Kind, dict[str, object]]] = [
        (number, item.statement.kind, fields)
        for item, (numbers, fields) in zip(example.statements, example_fields(example), strict=True)
        for number in numbers
    ]
    for number, kind, fields in sorted(rows, key=lambda row: row[:2]):
        sentence = example.article.sentences[number - 1]
        form = _form(kind, cued_value(kind, sentence.text), prompt)
        asked = {name: fields[name] for name in form.model_fields}
        answer = form.model_validate(asked).model_dump_json(by_alias=True)
        turns.append({"role": "user", "content": _question(sentence, kind)})
        turns.append({"role": "assistant", "content": answer})
    return turns
