"""HTML pages from the templates in ``communique/templates``: escaped, self-contained, locked down.

A page carries its style and script, and its content security policy names their hashes. Even
markup that slipped through the escaping could neither run nor load anything.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from communique.render.document import kind_styles
from communique.render.safe_text import readable, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment, Template
    from markupsafe import Markup

__all__ = ["render", "render_fragment", "render_parts", "verbatim_html"]


# An index can hold articles, too.
_STYLES = {
    "article": ("page.css", "reader.css"),
    "index": ("page.css", "reader.css", "index.css"),
    "dossiers": ("page.css", "reader.css", "index.css"),
    "review": ("page.css", "reader.css", "review.css"),
    "review_index": ("page.css", "reader.css", "index.css", "review.css"),
}
_SCRIPTS = {
    "article": ("page.js", "reader.js"),
    "index": ("page.js", "index.js", "reveal.js", "reader.js"),
    "dossiers": ("page.js", "reveal.js"),
    "review": ("page.js", "reader.js", "review.js"),
    "review_index": ("page.js",),
}
# Parts of pages, which are fetched by a script, have no style and script of their own.
_PARTS = frozenset({"review_main"})
# Only the pages of a review ask a server: the one that they come from.
_ASKING = frozenset({"review"})


def render(name: str, **values: Any) -> str:
    """Return the page of a template; see `render_parts`."""
    return _template(name).render(values)


def render_fragment(name: str, **values: Any) -> str:
    """Return a part of a page, which has no style or script of its own; see `render_parts`."""
    return _environment().get_template(f"{name}.html.jinja").render(values)


def render_parts(name: str, **values: Any) -> Iterator[str]:
    """Yield the page of a template in parts, for one that is too large for memory.

    Args:
        name: the template's file name without ``.html.jinja``.
        values: what the template shows. Texts are escaped, and characters that control the
            display become ``\ufffd``.
    """
    stream = _template(name).stream(values)
    stream.enable_buffering(200)
    return iter(stream)


def verbatim_html(text: str) -> Markup:
    """Return an article's text as HTML, with line endings and direction marks as they are."""
    from markupsafe import Markup

    return Markup(escape(verbatim(text)))  # noqa: S704 it is escaped


@lru_cache(maxsize=1)
def _environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("communique", "templates"),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=8)
def _template(name: str) -> Template:
    assets = {} if name in _PARTS else {"assets": _assets(name)}
    return _environment().get_template(f"{name}.html.jinja", globals=assets)


@lru_cache(maxsize=8)
def _assets(name: str) -> dict[str, Markup]:
    """Return a page's style and script, and the policy that allows these and nothing else."""
    from markupsafe import Markup

    style = kind_styles() + "".join(map(_read, _STYLES[name]))
    script = "".join(map(_read, _SCRIPTS[name]))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'" + ("; connect-src 'self'" if name in _ASKING else "")
    )
    return {
        "style": Markup(style),  # noqa: S704 a file of this package
        "script": Markup(script),  # noqa: S704 the same
        "policy": Markup(policy),  # noqa: S704 the same
    }


def _read(name: str) -> str:
    return resources.files("communique").joinpath("templates", name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _shown(value: Any) -> Any:
    """Make a text safe to display, unless it is already markup."""
    is_text = isinstance(value, str) and not hasattr(value, "__html__")
    return readable(value) if is_text else value
