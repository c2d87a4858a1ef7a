"""What a coupon takes off a basket: pure sums over the shop's own prices, integer minor units.

Mission, lines 6 and 10: a coupon buys a smartphone, never an accessory, and one old phone goes for one new one. What
the coupon is worth beyond the phone is not paid out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import bindparam, select
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


@dataclass(frozen=True)
class BasketLine:
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


@dataclass(frozen=True)
class Basket:
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
        reduced = replace(phone, discount_minor=min(value_minor, phone.total_minor))
        return replace(self, lines=tuple(reduced if line is phone else line for line in self.lines))


@lru_cache
def _products(count: int) -> Prepared[Product]:
    """Return the statement that finds so many products."""
    return Prepared(select(Product).where(Product.sku.in_([bindparam(f"sku_{number}") for number in range(count)])))


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
    sold = {product.sku: product for (product,) in _products(len(wanted)).rows(session, **skus)}
    for sku in wanted:
        if sku not in sold or not sold[sku].listed:
            raise UnknownProduct(sku=sku)
    basket = Basket(
        tuple(
            BasketLine(sku, sold[sku].name, sold[sku].kind, quantity, sold[sku].price_minor)
            for sku, quantity in wanted.items()
        )
    )
    smartphones = sum(line.quantity for line in basket.lines if line.kind is ProductKind.SMARTPHONE)
    if smartphones == 0:
        raise NoSmartphone
    if smartphones > 1:
        raise SeveralSmartphones(count=smartphones)
    return basket
