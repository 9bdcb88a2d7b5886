"""One question for the whole article: for models that can hold all of it in view."""

from __future__ import annotations

from collections.abc import AsyncIterator

from communique.article import Article
from communique.llm import LanguageModel, Ledger, Message
from communique.prompts import Prompt
from communique.replies import StatementReply, whole_reply
from communique.strategies.common import Claim, Reading, example_fields, numbered
from communique.strategies.windows import windows

__all__ = ["whole"]


async def whole(
    article: Article, prompt: Prompt, model: LanguageModel, ledger: Ledger
) -> AsyncIterator[Reading]:
    """Ask once; the answer lists all statements with their sentence numbers.

    An article that is longer than the model can read is asked about in overlapping parts.
    """
    prefix: list[Message] = [{"role": "system", "content": prompt.instructions}]
    for example in prompt.examples:
        statements = [
            {**fields, "sentences": list(numbers)} for numbers, fields in example_fields(example)
        ]
        answer = whole_reply(len(example.article.sentences)).model_validate(
            {"gist": example.gist, "statements": statements}
        )
        prefix.append({"role": "user", "content": numbered(example.article.sentences)})
        prefix.append({"role": "assistant", "content": answer.model_dump_json()})
    parts = await windows(
        article, model, ledger, prefix, prompt.sampling.max_tokens, answer_grows=True
    )
    for done, part in enumerate(parts, start=1):
        question: Message = {"role": "user", "content": numbered(part.shown)}
        form = whole_reply(part.shown[-1].index + 1, part.shown[0].index + 1)
        reply = await model.ask([*prefix, question], form, prompt.sampling, ledger)
        claims = tuple(_claim(statement) for statement in reply.statements)
        message = "article read" if len(parts) == 1 else f"part {done} of {len(parts)}"
        yield Reading(claims, reply.gist if done == 1 else None, done, len(parts), message)


def _claim(statement: StatementReply) -> Claim:
    # The form made for the article adds `sentences`, which its base class doesn't know.
    sentences: list[int] = statement.model_dump(include={"sentences"})["sentences"]
    return Claim(statement, tuple(sentences))
