"""What a coupon takes off a basket: pure sums over the shop's own prices, integer minor units.

Mission, lines 6 and 10: a coupon buys a smartphone, never an accessory, and one old phone goes for one new one. What
the coupon is worth beyond the phone is not paid out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from tradein.catalogue import Product, ProductKind
from tradein.policy import CURRENCY
from tradein.prepared import Prepared
from tradein.refusals import EmptyBasket, NoSmartphone, SeveralSmartphones, UnknownProduct


@dataclass(frozen=True)
class Line:
    """What a shop asks for: so many (1 or more) of one thing it sells."""

    sku: str
    quantity: int = 1


class BasketLine(NamedTuple):
    """One line with its price; amounts in minor units."""

    sku: str
    name: str
    kind: ProductKind
    quantity: int
    unit_price_minor: int
    discount_minor: int = 0

    @property
    def total_minor(self) -> int:
        """The line before the discount."""
        return self.unit_price_minor * self.quantity


class Basket(NamedTuple):
    """The lines of an order-to-be; amounts in minor units of ``currency``."""

    lines: tuple[BasketLine, ...]
    currency: str = CURRENCY

    @property
    def total_minor(self) -> int:
        """Everything, before the discount."""
        return sum(line.total_minor for line in self.lines)

    @property
    def smartphone(self) -> BasketLine:
        """The one smartphone."""
        return next(line for line in self.lines if line.kind is ProductKind.SMARTPHONE)

    @property
    def discount_minor(self) -> int:
        """What a coupon takes off."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def to_pay_minor(self) -> int:
        """What is left to pay."""
        return self.total_minor - self.discount_minor

    def discounted(self, value_minor: int) -> "Basket":
        """Return the basket with a coupon of ``value_minor`` on its smartphone: never more than the phone costs."""
        phone = self.smartphone
        reduced = phone._replace(discount_minor=min(value_minor, phone.total_minor))
        return self._replace(lines=tuple(reduced if line is phone else line for line in self.lines))


@lru_cache
def _products(count: int) -> Prepared[str, str, ProductKind, int]:
    """Return the statement that finds so many products, of those that are sold."""
    skus: list[BindParameter[str]] = [bindparam(f"sku_{number}") for number in range(count)]
    return Prepared(
        select(Product.sku, Product.name, Product.kind, Product.price_minor).where(
            Product.sku.in_(skus), Product.listed.is_(True)
        )
    )


def assess(session: Session, lines: Sequence[Line]) -> Basket:
    """Price a basket that a coupon may be used on; lines of one thing are put together.

    Raises EmptyBasket, UnknownProduct, NoSmartphone, SeveralSmartphones.
    """
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    if not wanted:
        raise EmptyBasket
    skus = {f"sku_{number}": sku for number, sku in enumerate(wanted)}
    sold = _products(len(wanted)).rows(session, **skus)
    priced = {sku: BasketLine(sku, name, kind, wanted[sku], price_minor) for sku, name, kind, price_minor in sold}
    for sku in wanted:
        if sku not in priced:
            raise UnknownProduct(sku=sku)
    basket = Basket(tuple(priced[sku] for sku in wanted))
    smartphones = sum(line.quantity for line in basket.lines if line.kind is ProductKind.SMARTPHONE)
    if smartphones == 0:
        raise NoSmartphone
    if smartphones > 1:
        raise SeveralSmartphones(count=smartphones)
    return basket
