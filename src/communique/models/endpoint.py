"""The address of a model: server, name and credentials; and which of these belong together."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import JsonValue, SecretStr

from communique._internal.addresses import check_base_url, split_query
from communique._internal.credentials import KeyFunction, clean_key
from communique.errors import ModelNotAvailable, SettingsError
from communique.models.secrets import remember, remember_headers

if TYPE_CHECKING:
    from communique.settings import Settings

__all__ = ["Endpoint", "Owner", "headers_in", "locate", "variable"]

_CREDENTIALS = frozenset(
    {"api-key", "authorization", "openai-organization", "openai-project", "x-api-key"}
)
"""Headers that say who is asking."""

_NO_SECRETS = frozenset({"api-version"})
"""Items of a query that everybody may see."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a model.

    Attributes:
        base_url: root of the API, without a query, or None for the provider's own.
        model: the model's name on the server.
        api_key: the key, a function that returns it, or None if the server is asked without one.
        hint: what to consult if the server fails, for error messages.
        is_embedded: whether communique started the server, so that its answers are free.
        price_list: the provider's name in genai-prices, or None if unknown.
        key_variable: the variable that usually holds its key, for error messages.
        key_header: the header that holds the key; ``authorization`` holds it as a bearer token.
        headers: further headers of each request, by lower-case name.
        query: items that are added to the query of each request.
        http_client: the user's ``httpx2.AsyncClient`` to send requests with, if any.
    """

    base_url: str | None
    model: str
    api_key: str | KeyFunction | None = field(default=None, repr=False)
    hint: str = ""
    is_embedded: bool = False
    price_list: str | None = None
    key_variable: str = "OPENAI_API_KEY"
    key_header: str = "authorization"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    http_client: object | None = field(default=None, repr=False)

    def identity(self) -> dict[str, JsonValue]:
        """Return what tells the model from others; see `LanguageModel.identity`.

        A gateway may choose the model by a header or the query, so these count as well, but for
        the headers that only say who is asking.
        """
        who = {*_CREDENTIALS, self.key_header}
        headers = sorted(item for item in self.headers if item[0] not in who)
        sent = json.dumps([headers, self.query]).encode()
        return {
            "model": self.model,
            "server": self.base_url,
            "sent": hashlib.sha256(sent).hexdigest(),  # which may have secrets in it
        }


@dataclass(frozen=True, slots=True)
class Owner:
    """The server of a provider, and the provider's own variables.

    Attributes:
        base_url: root of its API, or None if every customer has another.
        addresses: variables that name another server, to which its keys then belong.
        keys: variables that hold a key; empty if it needs none.
        key_header: the header for a key; ``authorization`` holds it as a bearer token.
        tokens: variables that hold a bearer token, looked at if no key is set.
        profiles: variables by which the provider's SDK finds credentials itself.
        headers: returns the headers that its variables set, by lower-case name.
        price_list: its name in genai-prices, or None if it is not listed there.
    """

    base_url: str | None
    addresses: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    key_header: str = "authorization"
    tokens: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    headers: Callable[[], Mapping[str, str]] = dict[str, str]
    price_list: str | None = None


def locate(provider: str, name: str, owner: Owner, settings: Settings) -> Endpoint:
    """Return where a model is asked, with the credentials that belong to this server alone.

    A provider's own variables apply all together, and only where no server and no key is set.

    Raises:
        ModelNotAvailable: there is no key, or no address.
        SettingsError: a variable can't be used, or a key would go to a server that it was not
            given with.
    """
    address = _first(owner.addresses, check_base_url)
    is_chosen = "base_url" in settings.model_fields_set  # None chooses the provider's own server
    given = {n: v.get_secret_value() for n, v in (settings.default_headers or {}).items()}
    if address and not is_chosen and (settings.api_key is not None or given):
        raise SettingsError(
            f"{provider}/{name}: a key or header is set for communique, but the server by "
            f"{address[0]}; set base_url, too, since a key belongs to one server"
        )
    own_address = address[1] if address and not is_chosen else owner.base_url
    base_url, query = split_query(settings.base_url or own_address or "")
    if not base_url:
        raise ModelNotAvailable(
            f"{provider}/{name} needs the address of your server: set {owner.addresses[0]}, or "
            "base_url"
        )
    found = _Found(_key_of(settings), owner.key_header)
    has_key = found.key is not None or not given.keys().isdisjoint(
        {"authorization", owner.key_header}
    )
    if not has_key and settings.base_url is None:
        if not (is_chosen and address):
            found = _variables_of(owner)
        has_profile = any(map(os.environ.get, owner.profiles))
        is_own = owner.base_url in {None, base_url}
        if found.key is None and owner.keys and is_own and not has_profile:
            raise ModelNotAvailable(
                f"{provider}/{name} needs a key: set {owner.keys[0]} or api_key, or name another "
                "server with base_url"
            )
    headers = {**found.headers, **given}
    remember_headers(headers)
    for item, value in query:
        if item not in _NO_SECRETS:
            remember(value)
    return Endpoint(
        base_url,
        name,
        found.key,
        price_list=owner.price_list if settings.base_url is None else None,
        key_variable=owner.keys[0] if owner.keys else "the provider's own variable",
        key_header=found.header,
        headers=tuple(headers.items()),
        query=query,
        http_client=settings.http_client,
    )


def variable(name: str, check: Callable[[str], str]) -> str | None:
    """Return an environment variable's checked value, or None if it is unset or empty.

    Raises:
        SettingsError: ``check`` raised ValueError.
    """
    try:
        return check(os.environ.get(name, "")) if os.environ.get(name, "").strip() else None
    except ValueError as exc:
        raise SettingsError(f"{name}: {exc}") from None


def headers_in(name: str) -> dict[str, str]:
    """Return the headers in an environment variable, one a line, by lower-case name."""
    lines = (line.partition(":") for line in os.environ.get(name, "").splitlines())
    pairs = ((header.strip().lower(), value.strip()) for header, _, value in lines)
    return {header: value for header, value in pairs if header and value}


@dataclass(frozen=True, slots=True)
class _Found:
    """A key, the header that it belongs into, and the headers that belong with it."""

    key: str | KeyFunction | None
    header: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def _key_of(settings: Settings) -> str | KeyFunction | None:
    key = settings.api_key
    return key.get_secret_value() if isinstance(key, SecretStr) else key


def _variables_of(owner: Owner) -> _Found:
    if key := _first(owner.keys, clean_key):
        return _Found(key[1], owner.key_header, owner.headers())
    token = _first(owner.tokens, clean_key)
    return _Found(token[1] if token else None, "authorization", owner.headers())


def _first(names: Sequence[str], check: Callable[[str], str]) -> tuple[str, str] | None:
    """Return the first variable that is set, with its checked value."""
    found = ((name, variable(name, check)) for name in names)
    return next(((name, value) for name, value in found if value is not None), None)
