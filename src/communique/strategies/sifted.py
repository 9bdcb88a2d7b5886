"""One short question for each sentence that a classifier takes to make a statement of a kind.

A small model is bad at saying "nothing here", and most sentences of an article make no
statement. So `communique.classifier` says which sentences may make which kind of statement,
and the model is asked for that statement's fields only. All questions share
everything up to their last lines, so that a server with a prompt cache reads the article once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from communique.article import Article, Sentence
from communique.llm import LanguageModel, Ledger, Message
from communique.prompts import Example, Prompt
from communique.replies import GistReply
from communique.statements import Kind
from communique.strategies.common import Reading, numbered, one_line, prepare
from communique.strategies.sifting import (
    GIST_QUESTION,
    Candidate,
    ask_for_fields,
    example_answers,
    sift,
)
from communique.strategies.windows import windows

__all__ = ["sifted"]


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
    candidates = await sift(article, prompt, model, ledger)
    asked: list[list[Candidate]] = [[] for _ in parts]
    part_of = {sentence.index: n for n, part in enumerate(parts) for sentence in part.asked}
    for candidate in candidates:
        asked[part_of[candidate.sentence.index]].append(candidate)
    total = 1 + len(candidates)
    done = 0
    for part, questions in zip(parts, asked, strict=True):
        opening = numbered(part.shown)
        if done == 0:
            # News says first what it is about.
            question: Message = {"role": "user", "content": f"{opening}\n\n{GIST_QUESTION}"}
            gist = await model.ask([*prefix, question], GistReply, prompt.sampling, ledger)
            done = 1
            yield Reading((), gist.gist, done, total, "gist")
        for candidate in questions:
            content = f"{opening}\n\n{_question(candidate.sentence, candidate.kind)}"
            messages: list[Message] = [*prefix, {"role": "user", "content": content}]
            _, claim = await ask_for_fields(candidate, messages, prompt, model, ledger)
            done += 1
            yield Reading((claim,), None, done, total, f"statement {done - 1} of {total - 1}")


def _question(sentence: Sentence, kind: Kind) -> str:
    return f"Sentence {sentence.index + 1}: {one_line(sentence)}\nWhich {kind}?"


def _example_turns(example: Example, prompt: Prompt) -> list[Message]:
    """The example as a conversation: the article and its gist, then statement by statement."""
    opening = numbered(example.article.sentences)
    turns: list[Message] = [
        {"role": "user", "content": f"{opening}\n\n{GIST_QUESTION}"},
        {"role": "assistant", "content": GistReply(gist=example.gist).model_dump_json()},
    ]
    for sentence, kind, answer in example_answers(example, prompt):
        turns.append({"role": "user", "content": _question(sentence, kind)})
        turns.append({"role": "assistant", "content": answer})
    return turns
