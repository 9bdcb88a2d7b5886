"""Conditions: what must hold before something happens."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import computed_field, model_validator

from communique.statements.base import Name, SpokenStatement
from communique.statements.kind import Colors, StatementKind
from communique.statements.wire import Reply

__all__ = ["CONDITION", "Condition", "ConditionReply", "Relation"]

Relation = Literal["if", "only_if", "unless", "until", "after", "before"]


class Condition(SpokenStatement):
    """What must hold before an actor does, accepts or allows something.

    ``outcome`` is None for a bare demand, whose ``relation`` is ``only_if``.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> condition = summary.conditions[0]
        >>> condition.relation, condition.condition
        ('if', 'existing agreements are made')
    """

    kind: Literal["condition"] = "condition"
    condition: Name
    outcome: Name | None
    relation: Relation

    @model_validator(mode="after")
    def _bare_demand(self) -> Self:
        if self.outcome is None and self.relation != "only_if":
            raise ValueError(
                "relation: must be only_if where outcome is null (a bare demand), "
                f"not {self.relation}"
            )
        return self

    @property
    def said(self) -> str:
        """The outcome and the condition, or the demand."""
        if self.outcome is None:
            return f"demands: {self.condition}"
        return f"{self.outcome} — {self.relation.replace('_', ' ')}: {self.condition}"

    @computed_field
    @property
    def summary(self) -> str:
        """The condition in one sentence."""
        if self.outcome is None:
            return f"{self.who} demands: {self.condition}."
        return f"{self.who}: {self.outcome} {self.relation.replace('_', ' ')} {self.condition}."


class ConditionReply(Reply):
    """A condition, as the model words it."""

    kind: Literal["condition"]
    actor: str
    on_behalf_of: str | None
    outcome: str | None
    relation: Relation
    condition: str

    def normalized(self) -> Self:
        """Return a bare demand with its only valid relation, and anything else unchanged."""
        return self if self.outcome is not None else self.model_copy(update={"relation": "only_if"})


CONDITION = StatementKind(
    statement=Condition,
    reply=ConditionReply,
    plural="conditions",
    enumerated="relation",
    written=("condition", "outcome", "relation", "actor", "on_behalf_of"),
    colors=Colors("#7d5300", "#e3b341", "yellow"),
    symbol="◆",
    about="condition",
    must_differ=("condition", "outcome"),
)
