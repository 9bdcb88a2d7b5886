# pyright: strict
"""Mistakes that a type checker finds: never run; each line says which rule refuses it.

`tests/test_examples.py` has pyright and mypy check that they refuse these lines, and no others.
"""

from __future__ import annotations

from communique import Article, Settings, Summarizer, asummarize, stream, summarize, summarize_many
from communique.testing import ScriptedModel

summarize("x", tiemout=3)  # reportCallIssue
summarize("x", timeout="3")  # reportArgumentType
Article(text="x", published=20260131)  # reportArgumentType
Article(text="x", headline="y")  # reportCallIssue
Article("x")  # reportCallIssue
summarize(3)  # reportArgumentType
summarize("x", model=3)  # reportArgumentType
summarize("x", api_key=3)  # reportArgumentType
Settings(tiemout=3)  # reportCallIssue
summarize("x", temperature=0)  # reportCallIssue
summarize("x", prices=0.4)  # reportArgumentType
n: int = summarize("x").gist  # reportAssignmentType
Summarizer(tiemout=3)  # reportCallIssue
stream("x", tiemout=3)  # reportCallIssue
summarize_many("x", tiemout=3)  # reportCallIssue
summarize_many([b"x"])  # reportArgumentType
summarize_many(["x"], max_attempts=2.5)  # reportArgumentType
summarize_many(["x"], stop_after="20")  # reportArgumentType
summarize("x", stop_after=20)  # reportCallIssue
Summarizer(base_ulr="http://127.0.0.1:9/v1")  # reportCallIssue
Settings(max_token=3)  # reportCallIssue
summarize("x").corrected(3)  # reportArgumentType
summarize("x").without("threat-1", of="me")  # reportCallIssue
ScriptedModel([3])  # reportArgumentType
Summarizer().astream("x").__iter__()  # reportAttributeAccessIssue, reportUnknownMemberType


async def awaited() -> None:
    await asummarize("x", tiemout=3)  # reportCallIssue
    with Summarizer().astream("x"):  # reportGeneralTypeIssues
        pass
    for _ in Summarizer().astream("x"):  # reportGeneralTypeIssues, reportUnknownVariableType
        pass
