"""A service around communique: what one needs, and no more. `test_service.py` tries it.

COMMUNIQUE_MODEL=openai/gpt-4.1-mini uvicorn --factory app:create_app
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from communique import Article, CommuniqueError, Summarizer, Summary
from communique.errors import ArticleError, LimitReached, ReplyError


def create_app(**settings: Any) -> FastAPI:
    """Return the service; for the settings see `communique.Settings`."""
    summarizer = Summarizer(**settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with summarizer:  # loads what the first request needs
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/summaries")
    async def summarize(article: Article, request: Request) -> Summary:  # pyright: ignore[reportUnusedFunction]
        reading = asyncio.create_task(summarizer.asummarize(article))
        leaving = asyncio.create_task(left(request))
        try:
            await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not reading.done():
                reading.cancel()  # whoever asked has gone: the model stops, too
        return await reading

    @app.exception_handler(CommuniqueError)
    async def explain(_: Request, error: CommuniqueError) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        code = 503 if error.retryable else 500
        for kind, known in ((ArticleError, 422), (ReplyError, 502), (LimitReached, 504)):
            code = known if isinstance(error, kind) else code
        pause = {} if error.retry_after is None else {"retry-after": f"{error.retry_after:.0f}"}
        return JSONResponse({"detail": str(error), "error": type(error).__name__}, code, pause)

    return app


async def left(request: Request) -> None:
    """Wait until the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
