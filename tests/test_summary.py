"""What a summary is made of: sums of what was spent, and copies."""

from __future__ import annotations

import math
from types import MappingProxyType

import pytest
from pydantic import ValidationError

from builders import position, summary_of
from communique import Usage, summarize
from communique.testing import ScriptedModel

FREE = Usage()
UNKNOWN = Usage(input_tokens=10, output_tokens=1, calls=1)
CENT = Usage(input_tokens=10, cached_input_tokens=5, output_tokens=1, calls=1, cost_usd=0.01)


@pytest.mark.parametrize(
    ("parts", "cost"),
    [
        ([], None),
        ([CENT], 0.01),
        ([CENT, CENT], 0.02),
        ([CENT, FREE, CENT], 0.02),
        ([UNKNOWN], None),
        ([UNKNOWN, CENT], None),
        ([CENT, UNKNOWN], None),
        ([CENT, UNKNOWN, CENT], None),
    ],
)
def test_a_sum_with_an_unknown_cost_is_unknown(parts: list[Usage], cost: float | None) -> None:
    """A part of the price is not the price; what was never asked costs nothing."""
    total = sum(parts, Usage())
    assert total.cost_usd == (None if cost is None else pytest.approx(cost))
    assert total.calls == sum(part.calls for part in parts)
    assert total.input_tokens == sum(part.input_tokens for part in parts)
    assert total.cached_input_tokens == sum(part.cached_input_tokens for part in parts)
    assert total.output_tokens == sum(part.output_tokens for part in parts)


def test_a_copy_of_a_summary_lists_its_own_statements() -> None:
    """The list of all statements is that of the copy, not that of the original."""
    text = "Ruritania and Ulmia oppose the dam."
    summary = summary_of(text, position(), position(actor="Ulmia"))
    assert len(summary.statements) == 2
    fewer = summary.model_copy(update={"positions": summary.positions[:1]})
    assert [s.actor for s in fewer.statements if s.kind == "position"] == ["Ruritania"]
    assert len(fewer.to_rows()) == 1
    assert len(summary.statements) == 2


@pytest.mark.parametrize("part", [FREE, UNKNOWN, CENT])
@pytest.mark.parametrize("rest", [FREE, UNKNOWN, CENT])
def test_a_difference_is_the_rest(part: Usage, rest: Usage) -> None:
    """Its cost is known if both are, and never below zero for rounding."""
    left = part + rest - part
    assert left.model_copy(update={"cost_usd": None}) == rest.model_copy(update={"cost_usd": None})
    known = UNKNOWN not in (part, rest)
    assert left.cost_usd == (pytest.approx(rest.cost_usd) if known and rest != FREE else None)


@pytest.mark.parametrize("cost", [-0.01, math.nan, math.inf])
def test_a_cost_is_a_number_from_zero(cost: float) -> None:
    """Others could not be written as JSON and read back, or summed up."""
    with pytest.raises(ValidationError, match="cost_usd"):
        Usage(cost_usd=cost)


def test_a_script_takes_any_mapping() -> None:
    """A reply need not be a dict."""
    reply = MappingProxyType({"gist": "Talks failed.", "statements": []})
    assert summarize("Talks failed.", model=ScriptedModel([reply]), prompt="v1").gist
