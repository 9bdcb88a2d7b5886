"""A service around communique: what one needs, and no more. `test_service.py` tries it.

COMMUNIQUE_MODEL=openai/gpt-4.1-mini uvicorn --factory app:create_app
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
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
    async def summarize(article: Article, request: Request) -> Summary:
        reading = asyncio.create_task(summarizer.asummarize(article))
        leaving = asyncio.create_task(left(request))
        try:
            await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            reading.cancel()  # unless it is done: whoever asked has gone
        return await reading

    @app.exception_handler(CommuniqueError)
    async def explain(_: Request, error: CommuniqueError) -> JSONResponse:
        known = {ArticleError: 422, ReplyError: 502, LimitReached: 504}
        code = next((known[kind] for kind in known if isinstance(error, kind)), 503)
        pause = {} if error.retry_after is None else {"retry-after": f"{error.retry_after:.0f}"}
        return JSONResponse({"detail": str(error), "error": type(error).__name__}, code, pause)

    @app.exception_handler(RequestValidationError)
    async def refuse(_: Request, error: RequestValidationError) -> JSONResponse:
        # FastAPI's own handler sends the article back, and fails if that can't be encoded.
        return JSONResponse({"detail": [item["msg"] for item in error.errors()]}, 422)

    return app


async def left(request: Request) -> None:
    """Wait until the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
