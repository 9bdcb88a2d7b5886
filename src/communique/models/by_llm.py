"""The adapter for the models of Simon Willison's `llm`, whose plugins bring them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from communique._internal.background import in_thread
from communique.errors import ModelNotAvailable, SettingsError
from communique.models.adapter import Adapter, Request
from communique.models.base import Message, ReplyT
from communique.models.endpoint import Endpoint
from communique.models.failures import map_errors
from communique.models.receipts import text_of
from communique.models.replies import read_reply
from communique.models.reply_formats import show_form
from communique.models.sdk_replies import as_completion
from communique.models.secrets import remember, scrub
from communique.models.values import first, get

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from communique.settings import Settings

__all__ = ["LlmModel"]

_FINISHES = (("choices", 0, "finish_reason"), ("finish_reason",), ("stop_reason",))


class LlmModel(Adapter):
    """A model of `llm`, asked with the key and the options that `llm` has for it.

    Args:
        model: the model, as ``llm.get_model`` returns it.
        settings: see `Adapter`. What they say of servers and keys does not apply.
        key: the key, or the name of one that `llm` keeps; None: the one that `llm` keeps for it.
        options: the model's own options, by name.

    Raises:
        ModelNotAvailable: there is no key.
        SettingsError: the model has no such option, or it has another value.
    """

    def __init__(
        self,
        model: Any,
        settings: Settings,
        *,
        key: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("llm", settings)
        self._model = model
        self._key = _find_key(model, key)
        self._own_options = _check_options(model, options or {})
        self._endpoint = Endpoint(None, str(model.model_id), hint=f"llm's model {model.model_id}")

    @property
    def server(self) -> str | None:
        """The model: which server it has is known to its plugin alone."""
        return str(self._model.model_id)

    @property
    def options(self) -> Mapping[str, JsonValue]:
        """The options that were given; see `LanguageModel.options`."""
        return {**super().options, **self._own_options}

    def _identify(self) -> dict[str, JsonValue]:
        return {**self._endpoint.identity(), "options": dict(self._own_options)}

    async def _where(self) -> Endpoint:
        return self._endpoint

    async def _send(self, request: Request[ReplyT]) -> ReplyT:
        received: list[ChatCompletion] = []
        started = time.perf_counter()
        with map_errors(self._endpoint, received, self._settings):
            request.tally.attempts += 1
            async with asyncio.timeout(self._settings.timeout):
                completion = await in_thread(lambda _: self._ask_model(request))
            received.append(completion)
            self._keep(completion, started, request)
            return read_reply(request.form, text_of(completion))

    def _ask_model(self, request: Request[ReplyT]) -> ChatCompletion:
        """Ask, and wait for the whole answer."""
        has_schemas = bool(self._model.supports_schema)
        messages = (
            request.messages if has_schemas else show_form("text", request.messages, request.form)
        )
        *before, last = messages
        system = next((each["content"] for each in before if each["role"] == "system"), None)
        response = self._model.prompt(
            last["content"],
            # Models read the messages; older plugins know only the prompt and the system prompt.
            system=system,
            messages=[_to_llm(each) for each in before],
            schema=request.form.model_json_schema() if has_schemas else None,
            stream=False,
            options=self._options_for(request),
            **({} if self._key is None else {"key": self._key}),
        )
        written = response.text()
        usage = response.usage()
        reason = first(response.response_json, _FINISHES)
        return as_completion(
            {
                "model": response.resolved_model or self._model.model_id,
                "choices": [{"finish_reason": reason, "message": {"content": written}}],
                "usage": {
                    "prompt_tokens": usage.input,
                    "completion_tokens": usage.output,
                    "prompt_tokens_details": get(usage.details, "prompt_tokens_details"),
                },
            }
        )

    def _options_for(self, request: Request[ReplyT]) -> dict[str, Any]:
        """Return the model's options: those that were given, and the prompt's that it takes."""
        sampling = request.sampling
        wanted = {
            "temperature": sampling.temperature,
            "max_tokens": sampling.max_tokens,
            "seed": sampling.seed,
        }
        takes = self._model.Options.model_fields.keys() - request.unknown
        by_prompt = {
            name: value for name, value in wanted.items() if value is not None and name in takes
        }
        return {**by_prompt, **self._own_options}


def _to_llm(message: Message) -> Any:
    import llm

    return {"system": llm.system, "user": llm.user, "assistant": llm.assistant}[message["role"]](
        message["content"]
    )


def _find_key(model: Any, given: str | None) -> str | None:
    try:
        key = model.get_key(given)
    except Exception as exc:
        raise ModelNotAvailable(
            f"llm's model {model.model_id}: {scrub(str(exc))}; or name another model"
        ) from exc
    remember(key or "")
    return key


def _check_options(model: Any, given: Mapping[str, str]) -> dict[str, JsonValue]:
    try:
        return model.Options(**given).model_dump(mode="json", include=set(given))
    except ValueError as exc:
        raise SettingsError(
            f"llm's model {model.model_id} can't take these options: {exc}"
        ) from exc
