"""Telegram's HTML: a dozen tags, strictly closed, refused with the byte offset at which reading stopped."""

import re
from dataclasses import dataclass
from typing import Final

from sandbox.errors import ApiError, bad_request

TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER: Final = re.compile(r"&(?:(lt|gt|amp|quot)|#x([0-9a-fA-F]{1,6})|#([0-9]{1,7}));?")
_PLAIN: Final = re.compile(r"[^<&]+")
_NAME: Final = re.compile(r"[^\s>]*")
_ATTRIBUTE_NAME: Final = re.compile(r"[^\s=>]*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9.-]*")
_SPACE: Final = re.compile(r"\s*")
_URL: Final = re.compile(r"(?:https?://|tg://|mailto:|tel:)\S+|[\w-]+(?:\.[\w-]+)+\S*", re.IGNORECASE)
_HIGHEST: Final = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Span:
    """An entity in the making: `start` and `end` are indexes of the text, not UTF-16 units yet."""

    kind: str
    start: int
    end: int
    url: str | None = None
    language: str | None = None


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    argument: str


def parse_html(source: str) -> tuple[str, list[Span]]:
    """Return the text without its tags and the spans they marked. Refuses what Telegram refuses, in its words."""
    return _Reader(source).read()


class _Reader:
    """One pass over the source; `at` is where it reads, `text` what came out so far."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.parts: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.spans: list[Span] = []

    def read(self) -> tuple[str, list[Span]]:
        while self.at < len(self.source):
            character = self.source[self.at]
            if character == "<":
                if self.source.startswith("</", self.at):
                    self._end_tag()
                else:
                    self._start_tag()
            elif character == "&":
                self._emit(self._character())
            else:
                plain = self._match(_PLAIN)
                self._emit(plain)
        if self.open:
            raise _unparsable(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.parts), self.spans

    def _emit(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.at)
        found = match.group() if match else ""
        self.at += len(found)
        return found

    def _character(self) -> str:
        """Return the character referred to, or the ampersand itself where there is none."""
        match = _CHARACTER.match(self.source, self.at)
        if match:
            code = int(match[2], 16) if match[2] else int(match[3] or 0)
            if match[1] or 0 < code <= _HIGHEST:
                self.at = match.end()
                return _NAMED[match[1]] if match[1] else chr(code)
        self.at += 1
        return "&"

    def _place(self, index: int) -> str:
        return f"at byte offset {len(self.source[:index].encode())}"

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._match(_NAME).lower()
        if not self._peek():
            raise _unparsable(f"Unclosed start tag {self._place(begin)}")
        if tag not in TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}" {self._place(begin)}')
        argument = self._attributes(tag, begin)
        if tag == "span" and argument != "spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" {self._place(begin)}')
        self.open.append(_Open(tag, self.length, argument))

    def _attributes(self, tag: str, begin: int) -> str:
        """Read up to the closing bracket; return the one attribute value that means something for this tag."""
        argument = ""
        while True:
            self._match(_SPACE)
            if self._peek() == ">":
                self.at += 1
                return argument
            name = self._match(_ATTRIBUTE_NAME).lower()
            if not name:
                raise _unparsable(
                    f'Empty attribute name in the tag "{tag}" {self._place(begin)}'
                    if self._peek()
                    else f"Unclosed start tag {self._place(begin)}"
                )
            self._match(_SPACE)
            if self._peek() != "=":
                if (tag, name) == ("blockquote", "expandable"):
                    argument = "expandable"
                    continue
                raise _unparsable(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" {self._place(begin)}'
                )
            self.at += 1
            self._match(_SPACE)
            value = self._value(tag, begin)
            argument = _meaning(tag, name, value) or argument

    def _value(self, tag: str, begin: int) -> str:
        quote = self._peek()
        if not quote:
            raise _unparsable(f'Unclosed start tag "{tag}" {self._place(begin)}')
        if quote not in {'"', "'"}:
            start = self.at
            token = self._match(_TOKEN).lower()
            if self._peek() not in {" ", "\n", ">"}:
                raise _unparsable(f"Unexpected end of name token {self._place(start)}")
            return token
        self.at += 1
        value: list[str] = []
        while (character := self._peek()) != quote:
            if not character:
                raise _unparsable(f"Unclosed start tag {self._place(begin)}")
            if character == "&":
                value.append(self._character())
            else:
                value.append(character)
                self.at += 1
        self.at += 1
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise _unparsable(f"Unexpected end tag {self._place(begin)}")
        self.at += 2
        tag = self._match(_NAME).lower()
        self._match(_SPACE)
        if self._peek() != ">":
            raise _unparsable(f"Unclosed end tag {self._place(begin)}")
        self.at += 1
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise _unparsable(f'Unmatched end tag {self._place(begin)}, expected "</{opened.tag}>", found "</{tag}>"')
        if opened.start < self.length:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        start, end, kind = opened.start, self.length, TAGS[opened.tag]
        match opened.tag:
            case "a":
                url = opened.argument or "".join(self.parts)[start:end]
                if _URL.fullmatch(url):
                    # Telegram normalises what it is given: a bare domain becomes http, a bare host ends with a slash.
                    url = url if re.match(r"[a-z]+:", url, re.IGNORECASE) else f"http://{url}"
                    url = f"{url}/" if re.fullmatch(r"https?://[^/?#]+", url) else url
                    self.spans.append(Span(kind, start, end, url=url))
            case "pre":
                inner = next(
                    (span for span in self.spans if (span.kind, span.start, span.end) == ("code", start, end)), None
                )
                if inner:
                    self.spans.remove(inner)
                self.spans.append(Span(kind, start, end, language=inner.language if inner else None))
            case "code":
                language = opened.argument if self.open and self.open[-1].tag == "pre" else None
                self.spans.append(Span(kind, start, end, language=language or None))
            case "blockquote" if opened.argument:
                self.spans.append(Span("expandable_blockquote", start, end))
            case _:
                self.spans.append(Span(kind, start, end))


def _meaning(tag: str, name: str, value: str) -> str:
    match tag, name:
        case "a", "href":
            return value
        case "code", "class" if value.startswith("language-"):
            return value.removeprefix("language-")
        case "span", "class" if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case "blockquote", "expandable":
            return "expandable"
        case _:
            return ""


def _unparsable(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")
