"""The question about an article, written to a request file instead of asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique.article import Article
from communique.errors import CommuniqueError
from communique.grounding import orders_in, without_orders
from communique.models.batches import URL
from communique.provider_batch.request_rows import Row, row_of
from communique.provider_batch.suited import Models
from communique.reading import Limits
from communique.reading.asked import questions_about

if TYPE_CHECKING:
    from communique.prompts import Prompt

__all__ = ["write_row"]


async def write_row(article: Article, models: Models, prompt: Prompt, limits: Limits) -> Row | None:
    """Return the row of a request file that asks about an article.

    None if it is not for a batch: the answer is in the cache already, or the article takes several
    questions or breaks a limit, so that only the ordinary way can tell what becomes of it.
    """
    model = models.chat
    shown = orders_in(without_orders(article)).shown
    try:
        questions = await questions_about(shown, prompt, model, limits)
    except CommuniqueError:
        return None
    if len(questions) != 1:
        return None
    asked = (questions[0].messages, questions[0].form, questions[0].sampling)
    if models.cached is not None and await models.cached.knows(*asked):
        return None
    return row_of(article, await model.write_body(*asked), URL)
