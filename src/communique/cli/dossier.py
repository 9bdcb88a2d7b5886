"""`communique dossier`: what each actor says in many articles, over time."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.cli.outcome_file import opened_outcomes
from communique.cli.text_files import check_output, write_text
from communique.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from communique.dossiers import ActorDossier, Dossier

__all__ = ["dossier"]

_MOST_NAMED = 10


class DossierFormat(StrEnum):
    """Output formats of a dossier."""

    MARKDOWN = "markdown"
    MD = "md"
    JSON = "json"


def dossier(
    outcomes: Annotated[
        Path,
        typer.Argument(
            help="JSON Lines, one summary or failure per line, as batch and summarize --format "
            "jsonl write them; or - for standard input."
        ),
    ],
    *,
    actor: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this actor, and those that may be the same; may be given several times. "
            "Default: all actors."
        ),
    ] = None,
    form: Annotated[
        DossierFormat, typer.Option("--format", "-f", case_sensitive=False, help="Output format.")
    ] = DossierFormat.MARKDOWN,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write to, atomically.")
    ] = None,
) -> None:
    """Show each actor's positions, conditions, threats and agreements in OUTCOMES, over time.

    Positions are grouped by issue, with changes of stance and contradictions; conditions and
    threats come with what later articles say of them. No model is asked. `communique report` makes
    a page of it.
    """
    from communique.dossiers import dossier as make_dossier
    from communique.render.json import displayable

    with opened_outcomes(outcomes) as read:
        check_output(output, str(outcomes))
        found = make_dossier(read)
    if actor:
        chosen = [each for name in actor for each in _named(found, name)]
        found = found.model_copy(update={"actors": _with_namesakes(chosen, found)})
    if form is DossierFormat.JSON:
        write_text(displayable(found.model_dump_json(indent=2)) + "\n", output)
    else:
        write_text(found.to_markdown(), output)


def _with_namesakes(chosen: Iterable[ActorDossier], dossier: Dossier) -> tuple[ActorDossier, ...]:
    """Return the chosen actors, and those that may be the same as one of them."""
    by_id = {actor.id: actor for actor in dossier.actors}
    shown = {actor.id: actor for actor in chosen}
    pending = [*shown.values()]
    for actor in pending:  # which grows meanwhile
        new = [by_id[name] for name in actor.perhaps if name not in shown]
        shown |= {each.id: each for each in new}
        pending += new
    return tuple(shown.values())


def _named(dossier: Dossier, name: str) -> tuple[ActorDossier, ...]:
    found = dossier.find(name)
    if not found:
        most = ", ".join(actor.name for actor in dossier.actors[:_MOST_NAMED]) or "none"
        raise SettingsError(f"--actor: no actor is named {name!r}; those with most to say: {most}")
    return found
