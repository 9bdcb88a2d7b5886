"""Names of actors have the codes of their state and sector, and no others."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.codes import ActorCode, find_code
from communique.codes.code_tables import key_of, tables

NAMES = Path(__file__).with_name("names.csv")


def names() -> list[dict[str, str]]:
    return list(csv.DictReader(NAMES.read_text(encoding="utf-8").splitlines()))


def said(name: str) -> tuple[str, str]:
    """The state or organisation, and the sector, of a name; empty if there is none."""
    code = find_code(name)
    return ((code.iso3 or code.organization or ""), code.sector or "") if code else ("", "")


def test_names_of_news_have_their_codes() -> None:
    """More than 200 names as news writes them: each has its state and sector, or none."""
    rows = names()
    assert len(rows) > 200
    wrong = {
        row["name"]: said(row["name"])
        for row in rows
        if said(row["name"]) != (row["code"], row["sector"])
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "cow"),
    [("Germany", 255), ("Czechia", 316), ("Yemen", 679), ("Vietnam", 816), ("Serbia", 345), ("the US", 2),
     ("Tuvalu", 947), ("South Sudan", 626), ("Palestine", None), ("Hong Kong", None)],
)  # fmt: skip
def test_numbers_are_those_of_the_correlates_of_war(name: str, cow: int | None) -> None:
    """Where its list differs from that of Gleditsch and Ward, too; who is no member has none."""
    code = find_code(name)
    assert code
    assert code.cow == cow


def test_no_name_in_the_tables_belongs_to_two_states() -> None:
    """A name that two states share is in neither's row."""
    text = Path(find_code.__wrapped__.__code__.co_filename).with_name("states.csv")
    rows = list(csv.DictReader(text.read_text(encoding="utf-8").splitlines()))
    owners = Counter(
        key
        for row in rows
        for key in {
            key_of(name)
            for column in ("demonyms", "capitals", "names")
            for name in row[column].split("|")
            if name
        }
    )
    assert [name for name, count in owners.items() if count > 1] == []
    assert len({row["iso3"] for row in rows}) == len(rows) > 190
    numbers = [row["cow"] for row in rows if row["cow"]]
    assert len(set(numbers)) == len(numbers)


def test_each_state_is_found_by_its_people_and_capital() -> None:
    """What the tables promise is found, also with an article and in the plural."""
    for key, code in tables().adjectives.items():
        assert find_code(key.title()) == code, key
        assert find_code(f"the {key.title()}s") == code, key


@pytest.mark.parametrize("name", ["us", "US", "U.S.", "Us", "turkey", "Turkey", "IRAN"])
def test_case_tells_a_state_from_a_word(name: str) -> None:
    """ "us" and "turkey" are words; "US" is a state, and so is "IRAN" in a headline."""
    assert (find_code(name) is None) == (name in {"us", "Us", "turkey"})


def test_the_sector_of_a_person_who_has_left_office() -> None:
    """Former officials are no government."""
    sectors = [find_code(name) for name in ("ex Russian minister", "former president of Ukraine")]
    assert [code and code.sector for code in sectors] == ["ELI", "ELI"]


def test_codes_of_plover_are_its_own_for_kosovo_and_organisations() -> None:
    """ISO has no code for either."""
    found = [find_code(name) for name in ("Kosovo", "EU leaders", "UN", "Kyiv")]
    assert [code and code.code for code in found] == ["KOS", "EUR", "UNO", "UKR"]


@given(st.text(max_size=60))
def test_any_text_is_looked_up(text: str) -> None:
    """Whatever a model makes an actor, the answer is a code or none; white space does not matter."""
    code = find_code(text)
    assert code is None or isinstance(code, ActorCode)
    assert find_code(f"  {text}\n") == code


invented = st.text("bdfglmnprstvz", min_size=3, max_size=8).map(lambda stem: f"Q{stem}ia")


@given(
    invented,
    st.sampled_from(["{} army", "government of {}", "the {}n president", "{}", "{}'s allies"]),
)
def test_invented_states_have_no_code(state: str, form: str) -> None:
    """No name is like enough to another to have its code."""
    assert find_code(form.format(state)) is None
