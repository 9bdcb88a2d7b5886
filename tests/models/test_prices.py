"""What an answer cost: the price table, the user's own prices, and when it is not known."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from builders import PATH, completion, whole
from communique import Summarizer
from communique.errors import InvalidReply, SettingsError
from communique.models import Endpoint, open_model
from communique.models.prices import priced
from communique.models.receipts import Receipt
from communique.settings import ModelChoice, load_settings
from communique.summary import Usage

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

HOSTED = Endpoint(None, "gpt-4.1-mini", "x", price_list="openai")
USAGE = Usage(calls=1, input_tokens=1000, cached_input_tokens=400, output_tokens=50)


def cost(
    endpoint: Endpoint, model: str = "", usage: Usage = USAGE, **settings: Any
) -> float | None:
    receipt = Receipt("{}", model or endpoint.model, usage)
    entered = priced(receipt, endpoint, load_settings(**settings))
    assert entered.usage.model_copy(update={"cost_usd": None}) == usage
    return entered.usage.cost_usd


def test_cost_of_a_known_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table's prices times the tokens, the cached ones at their own price; and no network."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a price was asked for over the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    from genai_prices import data_snapshot

    snapshot = data_snapshot.get_snapshot()
    assert not snapshot.from_auto_update
    prices: Any = snapshot.find_provider_model("gpt-4.1-mini", None, "openai", None)[1].prices
    expected = (
        600 * prices.input_mtok + 400 * prices.cache_read_mtok + 50 * prices.output_mtok
    ) / 1_000_000
    assert expected > 0
    assert cost(HOSTED) == pytest.approx(float(expected))
    assert cost(HOSTED, "gpt-4.1-mini-2025-04-14") == pytest.approx(float(expected))


def test_name_that_the_server_reports_may_be_unknown() -> None:
    """Then the name that was asked for has the price."""
    assert cost(HOSTED, "prod-deployment-7") == cost(HOSTED)


def test_unknown_model_has_no_price() -> None:
    """A model that is not in the table costs an unknown amount, not nothing."""
    assert cost(Endpoint(None, "nonesuch-9", "x", price_list="openai")) is None


def test_unknown_server_has_no_price() -> None:
    """The same name on another server is another offer."""
    assert cost(Endpoint("http://127.0.0.1:9/v1", "gpt-4.1-mini", "x")) is None


def test_own_prices_win() -> None:
    """Prices from the settings hold for known models, unknown models and unknown servers."""
    expected = pytest.approx((600 * 2 + 400 * 1 + 50 * 4) / 1e6)
    for endpoint in (HOSTED, Endpoint(None, "nonesuch-9", "x"), Endpoint("http://h/v1", "m", "x")):
        assert cost(endpoint, prices=(2, 1, 4)) == expected
    assert cost(HOSTED, prices=(0, 0, 0)) == 0


def test_embedded_model_has_no_price() -> None:
    """Even with prices set for other models."""
    embedded = Endpoint("http://127.0.0.1:9/v1", "gpt-4.1-mini", "x", is_embedded=True)
    assert cost(embedded) is None
    assert cost(embedded, prices=(2, 1, 4)) is None


def test_odd_counts_fail_nothing() -> None:
    """An answer is never lost because of its price."""
    odd = Usage(calls=1, input_tokens=10, cached_input_tokens=400, output_tokens=50)
    assert cost(HOSTED, usage=odd) is not None
    assert cost(HOSTED, usage=odd, prices=(2, 1, 4)) == pytest.approx((10 * 1 + 50 * 4) / 1e6)


@pytest.mark.parametrize(
    ("base_url", "price_list"),
    [(None, "openai"), ("https://api.openai.com/v1", "openai"), ("http://127.0.0.1:9/v1", None)],
)
def test_openais_prices_are_openais(base_url: str | None, price_list: str | None) -> None:
    """They hold at OpenAI's own address, and nowhere else."""
    model: Any = open_model(
        load_settings(base_url=base_url, api_key="x"), ModelChoice("openai", "m")
    )
    assert model._endpoint.price_list == price_list


@pytest.mark.parametrize("written", ["0.4,0.1,1.6", "[0.4, 0.1, 1.6]", " 0.4, 0.1 , 1.6 "])
def test_prices_as_a_variable(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Three numbers, as a list with commas or as JSON."""
    monkeypatch.setenv("COMMUNIQUE_PRICES", written)
    assert load_settings().prices == (0.4, 0.1, 1.6)
    assert load_settings(prices=[1, 2, 3]).prices == (1, 2, 3)


@pytest.mark.parametrize(
    "wrong", ["1,2", "1,2,3,4", "a,b,c", "-1,0,0", "nan,0,0", "inf,0,0", (1, 2), 3, (True, 1, 1)]
)
def test_prices_of_another_form(monkeypatch: pytest.MonkeyPatch, wrong: object) -> None:
    """Anything else is refused, with the form that is needed."""
    with pytest.raises(SettingsError, match=r"prices must be three numbers, .* 0\.4,0\.1,1\.6"):
        load_settings(prices=wrong)
    if isinstance(wrong, str):
        monkeypatch.setenv("COMMUNIQUE_PRICES", wrong)
        with pytest.raises(SettingsError, match="COMMUNIQUE_PRICES must be three numbers"):
            load_settings()


def test_cost_reaches_summary_and_error(httpserver: HTTPServer) -> None:
    """The summary has the cost, and so has the error after two invalid answers."""

    def serve(content: str) -> None:
        usage = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050,
                 "prompt_tokens_details": {"cached_tokens": 400}}  # fmt: skip
        body = completion(content, model="m", usage=usage)
        httpserver.expect_oneshot_request(PATH).respond_with_json(body)

    url = httpserver.url_for("/v1")
    once = (600 * 2 + 400 * 1 + 50 * 4) / 1e6
    serve(json.dumps(whole()))
    serve("no JSON")
    serve("no JSON")
    with Summarizer(model="openai/m", base_url=url, prompt="v1", prices=(2, 1, 4)) as reader:
        usage = reader.summarize("Talks go on.").provenance.usage
        assert usage.cost_usd == pytest.approx(once)
        with pytest.raises(InvalidReply) as caught:
            reader.summarize("Talks go on.")
    assert caught.value.usage is not None
    assert caught.value.usage.cost_usd == pytest.approx(2 * once)
