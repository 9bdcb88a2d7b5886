"""What servers were found to be unable to do, remembered for as long as the process runs."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from communique._internal.logs import get_logger

if TYPE_CHECKING:
    from communique.models.endpoint import Endpoint

__all__ = ["FORMATS", "Findings", "ReplyFormat", "findings_about", "forget_findings"]

ReplyFormat = Literal["json_schema", "json_object", "tools", "text"]

FORMATS: tuple[ReplyFormat, ...] = ("json_schema", "json_object", "tools", "text")
"""Ways to ask for an answer of a form, the best first. All but the first and ``tools`` show the
form in the question."""

_LOG = get_logger(__name__)


@dataclass(slots=True)
class Findings:
    """What was found out about one model of one server.

    Attributes:
        name: the model's name, for the log.
        unknown: options of a request that it does not support.
        reply_format: how to ask for an answer of a form.
        thinks: whether hidden thinking has taken the tokens of an answer.
    """

    name: str
    unknown: set[str] = field(default_factory=set[str])
    reply_format: ReplyFormat = "json_schema"
    thinks: bool = False

    def do_without(self, option: str) -> None:
        """Ask without an option from now on."""
        if option not in self.unknown:
            self.unknown.add(option)
            level = logging.WARNING if option == "reasoning_effort" else logging.INFO
            _LOG.log(level, "%s takes no %s; it is asked without", self.name, option)

    def give_up(self, tried: ReplyFormat, why: str) -> bool:
        """Ask in the next way from now on, and warn about it.

        Args:
            tried: the way that failed. A concurrent question may have given it up already.
            why: what the server did.

        Returns:
            False if there is no other way.
        """
        place = FORMATS.index(tried) + 1
        if place == len(FORMATS):
            return False
        if FORMATS.index(self.reply_format) < place:
            self.reply_format = FORMATS[place]
            _LOG.warning(
                "%s %s; it is asked with %s from now on, which it may keep to less strictly",
                self.name, why, _NAMES[self.reply_format],
            )  # fmt: skip
        return True


_NAMES: dict[ReplyFormat, str] = {
    "json_schema": "response_format json_schema",
    "json_object": "response_format json_object and the schema in the question",
    "tools": "a tool call",
    "text": "the schema in the question alone",
}

_found: dict[tuple[str, str | None, str], Findings] = {}


def findings_about(provider: str, endpoint: Endpoint) -> Findings:
    """Return what was found out about a model so far, to be added to."""
    key = (provider, endpoint.base_url, endpoint.model)
    return _found.setdefault(key, Findings(f"{provider}/{endpoint.model}"))


def forget_findings() -> None:
    """Forget everything, as a new process does."""
    _found.clear()
