"""One question for the whole article: for models that can hold all of it in view."""

from __future__ import annotations

from collections.abc import AsyncIterator

from communique.article import Article
from communique.llm import LanguageModel, Ledger, Message
from communique.prompts import Prompt
from communique.replies import StatementReply, whole_reply
from communique.strategies.common import Claim, Reading, example_fields, numbered

__all__ = ["whole"]


async def whole(
    article: Article, prompt: Prompt, model: LanguageModel, ledger: Ledger
) -> AsyncIterator[Reading]:
    """Ask once; the answer lists all statements with their sentence numbers."""
    messages: list[Message] = [{"role": "system", "content": prompt.instructions}]
    for example in prompt.examples:
        statements = [
            {**fields, "sentences": list(numbers)} for numbers, fields in example_fields(example)
        ]
        answer = whole_reply(len(example.article.sentences)).model_validate(
            {"gist": example.gist, "statements": statements}
        )
        messages.append({"role": "user", "content": numbered(example.article.sentences)})
        messages.append({"role": "assistant", "content": answer.model_dump_json()})
    messages.append({"role": "user", "content": numbered(article.sentences)})
    form = whole_reply(len(article.sentences))
    reply = await model.ask(messages, form, prompt.sampling, ledger)
    claims = tuple(_claim(statement) for statement in reply.statements)
    yield Reading(claims, reply.gist, done=1, total=1, message="article read")


def _claim(statement: StatementReply) -> Claim:
    # The form made for the article adds `sentences`, which its base class doesn't know.
    sentences: list[int] = statement.model_dump(include={"sentences"})["sentences"]
    return Claim(statement, tuple(sentences))
