"""A session as one HTML page that needs nothing else: readable on paper and on a phone, by day and by night.

No script, no font, no picture from anywhere; a content security policy says so to the browser. Everything that came
from outside is cleaned, then escaped; Markdown in messages is rendered without raw HTML, links lead to http, https and
mailto only, and pictures that a message points to are shown as their address. Columns stand side by side.
"""

from __future__ import annotations

import base64
import html
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import __version__
from tui.domain.record import Attachment
from tui.domain.session import Message, Session
from tui.errors import SessionError
from tui.store.exports import ExportOptions
from tui.store.exports.outline import (
    NOT_CONTINUED,
    Outline,
    cost_words,
    figures,
    make_outline,
    speaker,
    variant_words,
    verdict_words,
)
from tui.store.scrub import Scrubber
from tui.text.clean import clean, clean_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

EMBEDDED_BYTES = 8 * 1024 * 1024
"""Pictures beyond this sum are named, not shown."""
SIDE_BY_SIDE_ON_PAPER = 3
HIGHLIGHTED_CHARS = 100_000
"""Longer code stays plain: highlighting it would take longer than reading it."""
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_LINK = re.compile(r"(?i)(?:https?://|mailto:)[^\s]+")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,30}")
WAY_BACK = "<!-- parley:markdown "
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def export_html(session: Session, scrubber: Scrubber, options: ExportOptions) -> str:
    """The session's export."""
    return _Page(session, scrubber, options).document()


def way_back(markdown: str) -> str:
    """A comment for the end of the page that holds its Markdown, packed: by it the page can be imported again.

    It tells nothing that the page does not show: who shares the page shares no other branches with it.
    """
    packed = base64.b64encode(zlib.compress(markdown.encode("utf-8", "replace"), 9)).decode("ascii")
    return f"{WAY_BACK}{packed} -->\n"


class _Page:
    def __init__(self, session: Session, scrubber: Scrubber, options: ExportOptions) -> None:
        self._session = session
        self._scrubber = scrubber
        self._options = options
        self._room_bytes = EMBEDDED_BYTES

    def document(self) -> str:
        outline = make_outline(self._session, self._scrubber.text)
        title = self._line(outline.title)
        body = [self._header(outline, title), '<section class="shared">']
        body += self._articles(outline.shared, outline)
        body += ["</section>", self._columns(outline), self._verdicts()]
        count = self._scrubber.count
        masked = f"; {count} secret{'' if count == 1 else 's'} masked" if count else ""
        footer = f"<footer><p>Exported by Parley {html.escape(__version__)}{masked}.</p></footer>"
        wide = ' class="wide"' if outline.strands else ""
        return "\n".join(
            [
                "<!DOCTYPE html>",
                '<html lang="">',
                "<head>",
                '<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="referrer" content="no-referrer">',
                f"<title>{title}</title>",
                f"<style>\n{_style()}</style>",
                "</head>",
                "<body>",
                f"<main{wide}>",
                *filter(None, body),
                footer,
                "</main>",
                "</body>",
                "</html>",
                "",
            ]
        )

    def _header(self, outline: Outline, title: str) -> str:
        session, aliases = self._session, self._options.aliases
        lines = [f"{session.at[:16].replace('T', ' ')} UTC"] if session.at else []
        lines += [", ".join(self._line(aliases.get(column.id, column.model)) for column in session.columns.values())]
        cost = "" if aliases else cost_words(outline)
        lines += [cost, " · ".join(map(self._line, session.tags))]
        return f"<header><h1>{title}</h1>" + "".join(f"<p>{line}</p>" for line in lines if line) + "</header>"

    def _columns(self, outline: Outline) -> str:
        if not outline.strands:
            return ""
        many = " many" if len(outline.strands) > SIDE_BY_SIDE_ON_PAPER else ""
        parts = [f'<div class="columns{many}" style="--count:{len(outline.strands)}">']
        for strand in outline.strands:
            name = self._line(self._options.aliases.get(strand.column.id, strand.column.model))
            parts.append(f'<section class="column"><h2>{name}</h2>')
            parts += self._articles(strand.messages, outline)
            parts.append("</section>")
        return "\n".join([*parts, "</div>"])

    def _articles(self, messages: Iterable[Message], outline: Outline) -> Iterator[str]:
        """Messages in order; the replies of several models to one prompt stand side by side."""
        for message in messages:
            rivals = outline.rivals.get(message.id, ())
            if not rivals:
                yield self._article(message)
                continue
            yield f'<div class="columns rivals" style="--count:{1 + len(rivals)}">'
            yield self._article(message)
            yield from (self._article(rival, NOT_CONTINUED) for rival in rivals)
            yield "</div>"

    def _article(self, message: Message, standing: str = "") -> str:
        aliases = self._options.aliases
        star = ' <span title="starred">★</span>' if message.is_starred else ""
        parts = [f'<article class="{message.role}">', f"<h3>{self._line(speaker(message, aliases))}{star}</h3>"]
        details = [standing, *figures(message, aliases), variant_words(self._session, message)]
        if any(details):
            bad = "" if message.is_complete else " bad"
            parts.append(f'<p class="figures{bad}">{self._line(" · ".join(filter(None, details)))}</p>')
        if message.system and message.column not in aliases:
            parts.append(self._folded("System prompt", message.system))
        if message.reasoning:
            parts.append(self._folded("Reasoning", message.reasoning))
        parts.append(self._text(message))
        parts += self._calls_and_files(message)
        if message.note:
            parts.append(f'<p class="note">{self._escaped(message.note)}</p>')
        return "\n".join([*parts, "</article>"])

    def _text(self, message: Message) -> str:
        if message.role == "user":
            return f'<div class="text plain">{self._escaped(message.text)}</div>'
        rendered: str = _markdown().render(clean(self._scrubber.text(message.text)))
        return f'<div class="text">\n{rendered}</div>'

    def _folded(self, summary: str, text: str) -> str:
        return f'<details><summary>{summary}</summary><div class="plain">{self._escaped(text)}</div></details>'

    def _calls_and_files(self, message: Message) -> list[str]:
        calls = [
            f"<li>Tool call <code>{self._line(call.name)}({self._line(call.arguments)})</code></li>"
            for call in message.tool_calls
        ]
        items = [*calls, *map(self._file, message.attachments)]
        return ['<ul class="files">', *items, "</ul>"] if items else []

    def _file(self, attachment: Attachment) -> str:
        name = f"{self._line(attachment.name)} ({attachment.size_bytes} bytes)"
        store = self._options.attachments
        if store is None or attachment.media_type not in _PICTURES or attachment.size_bytes > self._room_bytes:
            return f"<li>{name}</li>"
        try:
            content = store.read(attachment)
        except SessionError:
            return f"<li>{name}</li>"
        self._room_bytes -= len(content)
        encoded = base64.b64encode(content).decode("ascii")
        return f'<li><img alt="{name}" src="data:{attachment.media_type};base64,{encoded}"><br>{name}</li>'

    def _verdicts(self) -> str:
        if not self._session.votes or self._options.aliases:
            return ""
        items = []
        for vote in self._session.votes:
            items.append(f"<li>{self._line(verdict_words(self._session, vote, self._scrubber.text))}</li>")
        return '<section class="shared"><h2>Verdicts</h2><ul>' + "".join(items) + "</ul></section>"

    def _escaped(self, text: str) -> str:
        return html.escape(clean(self._scrubber.text(text)))

    def _line(self, text: str) -> str:
        return html.escape(clean_line(self._scrubber.text(text)))


@cache
def _style() -> str:
    """The page's style with the colours of code, for day and night."""
    from pygments.formatters.html import HtmlFormatter  # imported late: only exports need it

    def colours(name: str) -> str:
        formatter: Any = HtmlFormatter(style=name)  # its stubs leave this method untyped
        lines = formatter.get_style_defs("code").splitlines()
        return "\n".join(line for line in lines if line.startswith("code .") and not line.startswith("code .err"))

    light, dark = colours("friendly"), colours("github-dark")
    css = Path(__file__).with_name("page.css").read_text("utf-8")
    return f"{css}{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


@cache
def _markdown() -> MarkdownIt:
    """A renderer without raw HTML, whose links are checked and whose pictures are words."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "highlight": _highlighted})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = lambda url: bool(_LINK.fullmatch(url))  # type: ignore[method-assign]
    parser.add_render_rule("image", _render_picture)
    parser.add_render_rule("table_open", lambda *_: '<div class="table"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _render_picture(_renderer: Any, tokens: Any, at: int, _options: Any, _environment: Mapping[str, Any]) -> str:
    token = tokens[at]
    return html.escape(f"[picture: {token.content} {token.attrs.get('src', '')}]")


def _highlighted(code: str, language: str, _attributes: str) -> str:
    """Code in the colours of its language; empty when it is not known, so that it is just escaped."""
    if len(code) > HIGHLIGHTED_CHARS or not _LANGUAGE.fullmatch(language):
        return ""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return ""
    rendered: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return rendered
