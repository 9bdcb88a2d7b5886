"""The question about an article: recorded instead of asked, for a request file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique.article import Article
from communique.errors import CommuniqueError
from communique.grounding import orders_in, without_orders
from communique.models.batches import URL
from communique.provider_batch.request_rows import Row, row_of
from communique.provider_batch.stand_ins import Recorder
from communique.provider_batch.suited import Models
from communique.reading import STRATEGIES, Limits, Session

if TYPE_CHECKING:
    from communique.prompts import Prompt

__all__ = ["write_row"]


async def write_row(article: Article, models: Models, prompt: Prompt, limits: Limits) -> Row | None:
    """Return the row of a request file that asks about an article.

    None if it is not for a batch: the answer is in the cache already, or the article takes several
    questions or breaks a limit, so that only the ordinary way can tell what becomes of it.
    """
    model = models.chat
    recorder = Recorder(model)
    session = Session(recorder, prompt.sampling, limits=limits)
    shown = orders_in(without_orders(article)).shown
    try:
        async for _ in STRATEGIES[prompt.strategy](shown, prompt, session):
            pass
    except CommuniqueError:
        return None
    if len(recorder.asked) != 1:
        return None
    messages, form, sampling = recorder.asked[0]
    if models.cached is not None and await models.cached.knows(messages, form, sampling):
        return None
    return row_of(article, await model.write_body(messages, form, sampling), URL)
