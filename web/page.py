"""The description of the API as a page to read: made from the OpenAPI document, without a script from anywhere."""

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.problems import MEDIA_TYPE

router = APIRouter()
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.2rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .4rem; }
summary { cursor: pointer; padding: .2rem 0; }
.method { display: inline-block; min-width: 3.5rem; font-weight: 600; }
nav a { display: block; text-decoration: none; }
@media (max-width: 30rem) { .method { min-width: 0; margin-right: .5rem; } }
"""


@router.get("/docs", include_in_schema=False)
async def page(request: Request) -> HTMLResponse:
    """Show every call with an example of what it takes, gives and refuses."""
    return HTMLResponse(_page(request.app.openapi()), headers=_HEADERS)


def _page(schema: dict[str, Any]) -> str:
    calls = [
        (f"{method.upper()} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    title, about = escape(schema["info"]["title"]), escape(schema["info"]["description"])
    contents = "".join(
        f'<a href="#{call["operationId"]}">{_named(name)} — {escape(call["summary"])}</a>' for name, call in calls
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>{_prose(about)}"
        f'<p>The whole of it for machines: <a href="/openapi.json">/openapi.json</a>.</p><nav>{contents}</nav>'
        + "".join(_call(name, call, schema) for name, call in calls)
    )


def _named(name: str) -> str:
    method, path = name.split(" ", 1)
    return f'<code><span class="method">{method}</span>{escape(path)}</code>'


def _call(name: str, call: dict[str, Any], schema: dict[str, Any]) -> str:
    parts = [
        f'<h2 id="{call["operationId"]}">{escape(call["summary"])}</h2>',
        f"<p>{_named(name)}</p>",
        _prose(escape(call["description"])),
    ]
    for parameter in call.get("parameters", ()):
        needed = "" if parameter["required"] else ", optional"
        about = escape(parameter.get("description", ""))
        parts.append(f"<p><code>{escape(parameter['name'])}</code> ({parameter['in']}{needed}) {about}</p>")
    if "requestBody" in call:
        parts.append("<p>Body</p>" + _example(call["requestBody"]["content"]["application/json"], schema))
    refusals = []
    for status, response in call["responses"].items():
        if status.startswith("2"):
            parts.append(f"<p>Answer {status}</p>" + _example(response["content"]["application/json"], schema))
            continue
        for code, example in response["content"][MEDIA_TYPE]["examples"].items():
            title = f"{status} <code>{code}</code> {escape(example['summary'])}"
            refusals.append(f"<details><summary>{title}</summary>{_json(example['value'])}</details>")
    if refusals:
        parts.append(f"<details><summary>{len(refusals)} refusals</summary>{''.join(refusals)}</details>")
    return "".join(parts)


def _example(content: dict[str, Any], schema: dict[str, Any]) -> str:
    found = next((kind for kind in content["schema"].get("anyOf", ()) if "$ref" in kind), content["schema"])
    model = schema["components"]["schemas"][found["$ref"].rsplit("/", 1)[1]]
    return _json(model["examples"][0]) if "examples" in model else ""


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _prose(text: str) -> str:
    """Return escaped text with its paragraphs and `names` set."""
    marked = "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(text.split("`")))
    return "".join(f"<p>{paragraph}</p>" for paragraph in marked.split("\n\n"))
