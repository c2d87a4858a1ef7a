"""What a customer has, in words: prices and coupons with the days left."""

from actions.turn import Turn
from tradein.coupons import CouponState
from tradein.overview import Standing


def line(turn: Turn, standing: Standing) -> str:
    """Return one price or coupon; codes never pass through Rasa, so a coupon shows its last four characters."""
    facts = turn.presented(
        {
            "phone": standing.phone,
            "value_minor": standing.value_minor,
            "expires_at": standing.expires_at,
            "ending": standing.ending,
        }
    )
    if standing.kind == "quote":
        return turn.word("utter_standing_quote", **facts, left=_left(turn, standing))
    if standing.state == CouponState.ISSUED:
        return turn.word("utter_standing_coupon", **facts, left=_left(turn, standing))
    return turn.word("utter_standing_coupon_over", **facts, state=turn.word(f"utter_coupon_state_{standing.state}"))


def _left(turn: Turn, standing: Standing) -> str:
    counted = {0: "0", 1: "1"}.get(standing.days_left, "many")
    return turn.word(f"utter_days_left_{counted}", days=str(standing.days_left))
