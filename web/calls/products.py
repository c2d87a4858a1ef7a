"""What the shop sells: the new phones that a coupon buys, and what may join them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic.json_schema import SkipJsonSchema

from tradein import catalogue
from tradein.catalogue import ProductKind
from web.authentication import Looking
from web.calls import PREFIX
from web.documented import documented
from web.models import ProductOut, Products
from web.parts import parts_of

router = APIRouter(prefix=PREFIX, tags=["Products"])


@router.get("/products", summary="List what is on sale", **documented())
async def list_products(
    request: Request,
    _key: Looking,
    kind: Annotated[ProductKind | SkipJsonSchema[None], Query(description="Only this kind.")] = None,
) -> Products:
    """List the products a basket may hold, the cheapest first."""
    parts = parts_of(request)
    found = await parts.store.read(lambda session: catalogue.products(session, kind))
    return Products(currency=parts.settings.currency, products=[ProductOut.of(product) for product in found])
