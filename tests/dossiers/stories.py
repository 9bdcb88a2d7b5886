"""Summaries of short articles, made without a model: what the tests of dossiers build."""

from __future__ import annotations

from typing import Any

from communique import Article, Provenance, Summary, Usage
from communique.statements import KINDS, Evidence, by_kind

__all__ = ["agrees", "demands", "holds", "story", "threatens"]

MADE = Provenance(
    model="none",
    provider="none",
    prompt_version="v0",
    prompt_sha256="0",
    library_version="0",
    seconds=0,
    attempts=0,
    usage=Usage(),
)


def holds(actor: str, stance: str, issue: str, home: str | None = None) -> dict[str, Any]:
    return {
        "kind": "position",
        "actor": actor,
        "on_behalf_of": home,
        "stance": stance,
        "issue": issue,
    }


def threatens(actor: str, action: str, home: str | None = None, **changes: Any) -> dict[str, Any]:
    fields = {"target": "Zemra", "trigger": None, "means": "other", **changes}
    return {"kind": "threat", "actor": actor, "on_behalf_of": home, "action": action, **fields}


def demands(actor: str, condition: str, home: str | None = None) -> dict[str, Any]:
    fields = {"outcome": None, "relation": "only_if", "condition": condition}
    return {"kind": "condition", "actor": actor, "on_behalf_of": home, **fields}


def agrees(subject: str, status: str, *parties: str) -> dict[str, Any]:
    return {"kind": "agreement", "parties": parties, "subject": subject, "status": status}


def story(text: str, *said: dict[str, Any], day: str | None = None, **about: Any) -> Summary:
    """Return the summary of an article; the evidence of its n-th statement is its n-th sentence."""
    article = Article(text=text, published=day, **about)
    sentences = article.sentences
    found: list[Any] = []
    for place, fields in enumerate(said):
        sentence = sentences[min(place, len(sentences) - 1)]
        span = Evidence(start=sentence.start, end=sentence.end, text=sentence.text)
        kind = KINDS[fields["kind"]]
        about_it = {"id": f"{fields['kind']}-{place + 1}", "attribution": "reported"}
        found.append(kind.statement.model_validate({**fields, **about_it, "evidence": (span,)}))
    return Summary(article=article, gist="News.", provenance=MADE, **by_kind(found))
