"""The only door: what the gateway posts, read strictly, and an answer that is either the whole turn or a refusal.

A text typed by a customer is only ever text. A choice made with a button arrives as an intent with entities, built here
into what Rasa would have parsed, without its payload syntax.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from rasa.shared.core.domain import Domain
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from sealed.quiet import LOGGER, where
from sealed.remote import ActionServerFailed

logger = logging.getLogger(LOGGER)

LONGEST_TEXT = 4096  # characters; Telegram's own limit for a message
IDENTIFIER = re.compile(r"[!-~]{1,255}")  # 255 is the width of the tracker store's column
LANGUAGE = re.compile(r"[a-z]{2,3}")
LONGEST_VALUE = 1024  # characters of one entity

# Shown as nothing although Unicode files them under letters and symbols.
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"


class Unacceptable(Exception):  # noqa: N818 - a refusal
    """A request that is refused with 422; the message says why and quotes nothing of it."""


@dataclass(frozen=True)
class Turn:
    """One request, read: either a text, or an intent with entities; and the language to answer in, where it says so."""

    sender: str
    message_id: str
    text: str
    parse_data: dict[str, Any] | None
    language: str | None = None


def looks_like_payload(text: str) -> bool:
    """Tell whether `text` begins with a slash once everything that does not show is taken away.

    Rasa would take it for an intent with entities, chosen by whoever typed it.
    """
    for character in unicodedata.normalize("NFKC", text):
        if character in _BLANKS or unicodedata.category(character)[0] in "CZM":
            continue
        return character == "/"
    return False


def read(body: Any, domain: Domain) -> Turn:
    """Read a request's JSON; raises Unacceptable unless it has exactly the keys and the types of the contract."""
    if not isinstance(body, dict):
        raise Unacceptable("the body must be a JSON object")
    keys = set(body) - {"language"}
    if keys not in ({"sender", "message_id", "text"}, {"sender", "message_id", "intent", "entities"}):
        raise Unacceptable("the keys must be sender, message_id and either text or intent and entities")
    language = body.get("language")
    if "language" in body and not (isinstance(language, str) and LANGUAGE.fullmatch(language)):
        raise Unacceptable("language must be a code of two or three letters")
    for key in ("sender", "message_id"):
        if not isinstance(body[key], str) or not IDENTIFIER.fullmatch(body[key]):
            raise Unacceptable(f"{key} must be 1 to 255 ASCII characters without white space")
    if "text" in keys:
        return Turn(body["sender"], body["message_id"], _typed(body["text"]), None, language)
    text, parse_data = _chosen(body["intent"], body["entities"], domain)
    return Turn(body["sender"], body["message_id"], text, parse_data, language)


def _typed(text: Any) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT or not _storable(text):
        raise Unacceptable(f"text must be a string of 1 to {LONGEST_TEXT} characters, not only white space")
    if looks_like_payload(text):
        raise Unacceptable("text must not begin with a slash")
    return text


def _storable(text: str) -> bool:
    # PostgreSQL reads neither out of the JSON the tracker store writes; Telegram sends neither.
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _no_constant(_: str) -> Any:
    raise ValueError  # NaN and Infinity, which are not JSON


def _chosen(name: Any, entities: Any, domain: Domain) -> tuple[str, dict[str, Any]]:
    if not isinstance(name, str):
        raise Unacceptable("intent must be a string")
    # "faq/delivery" names an answer of a retrieval intent; Rasa's own payload syntax can't.
    intent, _, key = name.partition("/")
    if intent not in domain.intents:
        raise Unacceptable("intent is not one of the assistant's")
    is_retrieval = intent in domain.retrieval_intents
    if is_retrieval is not bool(key) or (key and f"utter_{name}" not in domain.responses):
        raise Unacceptable("intent must name an answer if, and only if, it has several")
    if not isinstance(entities, dict):
        raise Unacceptable("entities must be an object")
    for entity, value in entities.items():
        if entity not in domain.entities:
            raise Unacceptable("an entity is not one of the assistant's")
        if not isinstance(value, (str, int, float)):
            raise Unacceptable("an entity's value must be a string or a number")
        if isinstance(value, str) and (len(value) > LONGEST_VALUE or not _storable(value)):
            raise Unacceptable(f"an entity's value must be at most {LONGEST_VALUE} characters")
    text = f"/{name}{json.dumps(entities, ensure_ascii=False) if entities else ''}"
    ranked = {"name": intent, "confidence": 1.0}
    parse_data: dict[str, Any] = {
        "text": text,
        "intent": dict(ranked),
        "intent_ranking": [ranked],
        "entities": [{"entity": entity, "value": value} for entity, value in entities.items()],
    }
    if key:
        parse_data["intent"]["full_retrieval_intent_name"] = name
        parse_data["response_selector"] = {
            "all_retrieval_intents": list(domain.retrieval_intents),
            intent: {
                "response": {"confidence": 1.0, "intent_response_key": name, "utter_action": f"utter_{name}"},
                "ranking": [],
            },
        }
    return text, parse_data


class GatewayInput(RestInput):
    """Rasa's REST channel at its usual address, with a stricter request and an honest answer.

    POST /webhooks/rest/webhook: 200 the messages; 422 nothing ran; 503 the action server failed, nothing was saved;
    500 anything else, nothing was saved. GET /webhooks/rest/: 200 {"status": "ok"}.
    """

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Define the two routes; what the request says of metadata, channel or streaming has no effect."""
        gateway = Blueprint("gateway", url_prefix=None)

        @gateway.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @gateway.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                turn = read(json.loads(request.body, parse_constant=_no_constant), request.app.ctx.agent.domain)
            except ValueError:
                return response.json({"error": "the body must be JSON"}, status=422)
            except Unacceptable as refusal:
                return response.json({"error": str(refusal)}, status=422)
            # In a task of its own, shielded: a caller that hangs up must not cut a turn in half after its actions ran.
            return await asyncio.shield(asyncio.ensure_future(_answer(turn)))

        async def _answer(turn: Turn) -> HTTPResponse:
            collector = CollectingOutputChannel()
            try:
                await on_new_message(
                    UserMessage(
                        turn.text,
                        collector,
                        turn.sender,
                        parse_data=turn.parse_data,
                        input_channel=self.name(),
                        message_id=turn.message_id,
                        metadata={"language": turn.language} if turn.language else None,
                    )
                )
            except asyncio.CancelledError:
                raise
            except ActionServerFailed as failure:
                logger.error("turn not saved, action %s failed: %s", failure, where(failure))
                return response.json({"error": "action_server"}, status=503)
            except BaseException as failure:  # noqa: BLE001 - TurnFailed is one on purpose, see sealed.remote
                logger.error("turn not saved: %s", where(failure))
                return response.json({"error": "engine"}, status=500)
            return response.json(collector.messages)

        return gateway
