"""Every refusal that a call can give is described for it, and worded."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, cast

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.web.conftest import House, Shop, basket, refused
from tradein import refusals
from tradein.refusals import Refusal
from web.calls import accounts, coupons, orders, products
from web.problems import WORDINGS

ROUTES = [
    route
    for module in (products, coupons, orders, accounts)
    for route in module.router.routes
    if isinstance(route, APIRoute)
]
NOT_MET = {
    "move_not_allowed",  # the moves that these verbs make are in the tables; a lost race is move_lost
    "invitation_expired",  # told in the chat, where links are opened
    "unknown_customer",  # a courier is told in the chat in which they opened their invitation: it is known
    "unknown_account",  # an account without a chat is an answer, not a refusal
}


def kinds() -> Iterator[type[Refusal]]:
    """Return all refusals of the core."""
    for value in vars(refusals).values():
        if inspect.isclass(value) and issubclass(value, Refusal):
            yield value


def raised_by(function: object, seen: set[str]) -> set[str]:
    """Return the codes of the refusals that a function raises, or a function of ours that it calls."""
    module = inspect.getmodule(function)
    name = f"{getattr(module, '__name__', '')}.{getattr(function, '__qualname__', '')}"
    if module is None or name in seen or not module.__name__.startswith(("tradein.", "web.calls", "web.once")):
        return set()
    seen.add(name)
    tree = ast.parse(textwrap.dedent(inspect.getsource(cast("FunctionType", function))))
    codes: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            target = _named(node.func, module)
            if inspect.isclass(target) and issubclass(target, Refusal):
                codes.add(target.code)
            elif inspect.isfunction(target):
                codes |= raised_by(target, seen)
        elif isinstance(node, ast.Raise) and node.exc is not None:
            target = _named(node.exc, module)
            if inspect.isclass(target) and issubclass(target, Refusal):
                codes.add(target.code)
    return codes


def _named(node: ast.expr, module: ModuleType) -> object:
    """Return what ``name`` or ``module.name`` stands for, None for anything else."""
    match node:
        case ast.Name(id=name):
            return getattr(module, name, None)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            found = getattr(module, owner, None)
            return getattr(found, name, None) if isinstance(found, ModuleType) else None
    return None


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_refusal_that_a_call_can_raise_is_described(route: APIRoute) -> None:
    """Found by reading the code that the call runs, down into the core."""
    declared = set((route.openapi_extra or {})["x-problems"])
    assert raised_by(route.endpoint, set()) - NOT_MET <= declared


def test_the_reader_of_the_code_sees_into_the_core() -> None:
    """The test above would pass if it saw nothing."""
    by_name = {route.name: raised_by(route.endpoint, set()) for route in ROUTES}
    assert {"coupon_expired", "no_smartphone", "move_lost"} <= by_name["reserve_coupon"]
    assert {"payment_differs", "reservation_over", "visit_day_past"} <= by_name["place_order"]


def test_every_problem_is_worded_with_examples_of_its_evidence() -> None:
    """The detail names no evidence that isn't there, and every code of the table is one that somebody can meet."""
    described = {code for route in ROUTES for code in (route.openapi_extra or {})["x-problems"]}
    assert described - set(WORDINGS) == set()
    assert set(WORDINGS) - described == {"not_found", "method_not_allowed"}
    for wording in WORDINGS.values():
        named = set(re.findall(r"{(\w+)}", wording.detail))
        assert named <= set(wording.evidence)
        assert wording.example["detail"].endswith((".", "…")), wording.code
        assert 400 <= wording.status < 600


def test_evidence_named_in_the_table_is_evidence_the_refusal_has() -> None:
    """A refusal's docstring names its evidence; the table promises no other."""
    for kind in kinds():
        if kind.code in WORDINGS:
            given = set(re.findall(r"``(\w+)``", kind.__doc__ or ""))
            assert set(WORDINGS[kind.code].evidence) <= given, kind


def test_the_documents_table_of_refusals_is_the_table() -> None:
    """docs/checkout.md lists every code with its status and title."""
    text = Path("docs/checkout.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \| (\d{3}) \| (.+?) \|$", text, flags=re.MULTILINE))
    assert rows == {(wording.code, str(wording.status), wording.title) for wording in WORDINGS.values()}


async def test_every_type_leads_to_its_explanation(shop: Shop) -> None:
    """Without a key: the address is in the problem."""
    for code, wording in WORDINGS.items():
        explained = await shop.http.get(f"/problems/{code}", headers={"Authorization": ""})
        assert explained.json() == wording.example
    refused(await shop.get("/problems/none"), 404, "not_found")


async def test_http_itself_speaks_in_problems(shop: Shop) -> None:
    """No such address, no such method, another content type, no JSON."""
    refused(await shop.get("/v1/nothing"), 404, "not_found")
    wrong = await shop.http.delete("/v1/orders")
    refused(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"
    look = "/v1/coupons/lookup"
    form = await shop.http.post(look, content=b"code=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
    refused(form, 415, "unsupported_media_type")
    for body in (b"{", b"\xff\xfe", b"[" * 60_000, b'{"code": ' + b"9" * 5000 + b"}"):
        answer = await shop.http.post(look, content=body, headers={"Content-Type": "application/json"})
        refused(answer, 400, "malformed_request")


async def test_what_does_not_fit_is_pointed_to_and_not_repeated(shop: Shop) -> None:
    """A code is money: it isn't sent back in an error."""
    code = shop.house.code()
    body = basket(code) | {"lines": [{"sku": "UPPER", "quantity": "2"}, {"sku": "a", "quantity": 0}], "more": code}
    problem = refused(await shop.http.post("/v1/coupons/lookup", json=body), 422, "invalid_request")
    assert {error["pointer"] for error in problem["errors"]} == {
        "/lines/0/sku",
        "/lines/0/quantity",
        "/lines/1/quantity",
        "/more",
    }
    assert code not in str(problem)
    query = refused(await shop.get("/v1/products", kind="tablet"), 422, "invalid_request")
    assert query["errors"][0]["pointer"] == "query/kind"


async def test_a_refusal_that_is_not_described_is_an_error_of_ours(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not leak; a test or a log finds it."""

    def odd(*_: object, **__: object) -> None:
        raise refusals.ImeiBlocked(masked="***")

    monkeypatch.setattr("tradein.checkout.lookup", odd)
    answer = await _quietly(house, basket("x"))
    assert "masked" not in refused(answer, 500, "internal")


async def test_a_database_that_is_away_is_away_for_the_moment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time after which to come again."""

    def away(_session: Session, *_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("locked"))

    monkeypatch.setattr("tradein.checkout.lookup", away)
    answer = await _quietly(house, basket("x"))
    refused(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"


async def _quietly(house: House, body: dict[str, Any]) -> httpx.Response:
    """Look up as over the wire, where an error of ours is an answer and not an exception."""
    transport = httpx.ASGITransport(house.app(), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {house.key()}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test", headers=headers) as http:
        return await http.post("/v1/coupons/lookup", json=body)
