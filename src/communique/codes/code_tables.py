"""The tables of names: `states.csv` and `actors.toml`."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from communique.codes.actor_code import ActorCode
from communique.codes.keys import key_of, singular, undotted

__all__ = ["Tables", "tables"]

_LONGEST_ABBREVIATION = 6


@dataclass(frozen=True)
class Tables:
    """Names and words, by their keys.

    Attributes:
        states: the code of each state, by ISO 3166-1 alpha-3.
        names: the codes of states, seats and organisations.
        abbreviations: the same for abbreviations, which are not names in small letters: "us".
        adjectives: the codes of states by what their people are called.
        sectors: the sector of each word or pair of words, in the order of precedence.
        between, before, parts, former, others: the lists of words of `actors.toml`.
    """

    states: dict[str, ActorCode]
    names: dict[str, ActorCode]
    abbreviations: dict[str, ActorCode]
    adjectives: dict[str, ActorCode]
    sectors: dict[str, str]
    between: frozenset[str]
    before: frozenset[str]
    parts: frozenset[str]
    former: frozenset[str]
    others: frozenset[str]


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Return the tables, which are read when they are first needed."""
    folder = resources.files("communique.codes")
    text = folder.joinpath("states.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    more = tomllib.loads(folder.joinpath("actors.toml").read_text(encoding="utf-8"))
    states = {row["iso3"]: ActorCode(row["iso3"], int(row["cow"] or 0) or None) for row in rows}
    everything = dict(_named(rows, states, more))
    short = {undotted(name) for name in everything if _is_abbreviation(undotted(name))}
    return Tables(
        states=states,
        names={key_of(n): c for n, c in everything.items() if undotted(n) not in short},
        abbreviations={undotted(n): c for n, c in everything.items() if undotted(n) in short},
        adjectives={
            key_of(word): states[row["iso3"]] for row in rows for word in _listed(row["demonyms"])
        },
        sectors=dict(_sectors(more["sectors"])),
        **{name: frozenset(words.split()) for name, words in more["words"].items()},
    )


def _named(
    rows: Iterable[dict[str, str]], states: dict[str, ActorCode], more: dict[str, Any]
) -> Iterator[tuple[str, ActorCode]]:
    for row in rows:
        state = states[row["iso3"]]
        for name in _listed(row["capitals"]):
            yield name, replace(state, sector="GOV")
        for name in _listed(row["names"]):
            yield name, state
    for name, code in more["seats"].items():
        iso3, sector = code.split()
        yield name, replace(states[iso3], sector=sector)
    for code, names in more["organizations"].items():
        organization, _, sector = code.partition(" ")
        for name in names:
            yield name, ActorCode(organization=organization, sector=sector or None)


def _sectors(given: dict[str, str]) -> Iterator[tuple[str, str]]:
    for sector, written in given.items():
        words, *pairs = written.split("|")
        for each in (*words.split(), *pairs):
            yield " ".join(map(singular, each.split())), sector


def _listed(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def _is_abbreviation(name: str) -> bool:
    return name.isupper() and len(name) <= _LONGEST_ABBREVIATION
