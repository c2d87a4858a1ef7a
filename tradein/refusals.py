"""Why the programme says no: one class per reason, each with a code and its evidence.

There is no wording here. An edge translates: the conversation says the response ``utter_refused_<code>``, the command
line prints a sentence, the checkout answers with the code.
"""

from typing import ClassVar


class Refusal(Exception):
    """A rule of the programme forbids what was asked; the state is unchanged.

    The keyword arguments are the evidence and become attributes.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, **evidence: object) -> None:
        self.evidence = evidence
        self.__dict__.update(evidence)
        super().__init__(self.code, evidence)


# --- who and what -----------------------------------------------------------------------------------------------------
class UnknownCustomer(Refusal):
    """No customer has this conversation."""

    code = "unknown_customer"


class UnknownTicket(Refusal):
    """There is no such ticket (``id``), or it isn't this customer's."""

    code = "unknown_ticket"


class RatingUnknown(Refusal):
    """A help is rated from 1 to 5, not with ``rating``."""

    code = "rating_unknown"


class CustomerBlocked(Refusal):
    """Support has blocked this customer: nobody comes."""

    code = "customer_blocked"


class NotWaiting(Refusal):
    """The customer isn't waiting for a person: somebody came, or nobody was called."""

    code = "not_waiting"


class TakenByAnother(Refusal):
    """Another agent (``agent``) has the conversation."""

    code = "taken_by_another"


class UnknownPhone(Refusal):
    """The brand, model or variant (``slug``) is not in the programme."""

    code = "unknown_phone"


class UnknownQuestion(Refusal):
    """No condition question has this key (``question``)."""

    code = "unknown_question"


class UnknownOption(Refusal):
    """The question (``question``) has no such option (``option``)."""

    code = "unknown_option"


class ExchangeIncomplete(Refusal):
    """The phone or an answer (``missing``) is not known yet, so nothing can be promised."""

    code = "exchange_incomplete"


class ExchangeClosed(Refusal):
    """The exchange has a coupon or is over (``state``); its phone can't change any more."""

    code = "exchange_closed"


# --- worth ------------------------------------------------------------------------------------------------------------
class NotEligible(Refusal):
    """The condition (``question``, ``option``) rules the phone out for ``reason`` (a key of the condition file)."""

    code = "not_eligible"


class NoPrice(Refusal):
    """The price book has no price for the variant (``slug``)."""

    code = "no_price"


class QuoteExpired(Refusal):
    """The quote's last moment (``expires_at``, UTC) has passed."""

    code = "quote_expired"


class QuoteMissing(Refusal):
    """There is no open quote to accept."""

    code = "quote_missing"


# --- IMEI -------------------------------------------------------------------------------------------------------------
class ImeiInvalid(Refusal):
    """What was given is no IMEI: the parent of the reasons below."""

    code = "imei_invalid"


class ImeiTooShort(ImeiInvalid):
    """Only ``digits`` digits; an IMEI has 15."""

    code = "imei_too_short"


class ImeiTooLong(ImeiInvalid):
    """``digits`` digits; an IMEI has 15."""

    code = "imei_too_long"


class ImeiLacksCheckDigit(ImeiInvalid):
    """14 digits: the last one, the check digit, was left out. We don't compute it for the customer."""

    code = "imei_lacks_check_digit"


class ImeiCheckDigitWrong(ImeiInvalid):
    """15 digits whose check digit is wrong: one was mistyped."""

    code = "imei_check_digit_wrong"


class ImeiIsSoftwareVersion(ImeiInvalid):
    """16 digits: an IMEISV, which ends with a software version instead of the check digit."""

    code = "imei_is_software_version"


class ImeiAllSameDigit(ImeiInvalid):
    """The same digit throughout; such a number belongs to no phone."""

    code = "imei_all_same_digit"


class ImeiMissing(Refusal):
    """The exchange has no IMEI yet."""

    code = "imei_missing"


class UnknownClaim(Refusal):
    """The number refers to nothing this chat has sent."""

    code = "unknown_claim"


class ImeiBlocked(Refusal):
    """The phone (``masked``) is on the programme's list of blocked IMEIs."""

    code = "imei_blocked"


class ImeiOfAnotherBrand(Refusal):
    """The number belongs to a phone of another brand (``brand``) than the one chosen (``chosen``)."""

    code = "imei_of_another_brand"


class ImeiInExchange(Refusal):
    """The phone (``masked``) already has a live coupon; ``own`` says whether it is this customer's."""

    code = "imei_in_exchange"


class ImeiSettled(Refusal):
    """The phone (``masked``) was handed over in an earlier exchange; it is never taken again."""

    code = "imei_settled"


# --- terms and content ------------------------------------------------------------------------------------------------
class TermsMissing(Refusal):
    """No terms have been published, so nobody can agree to them."""

    code = "terms_missing"


class TermsChanged(Refusal):
    """The version agreed to (``agreed``) is not the current one (``current``): show it and ask again."""

    code = "terms_changed"


class TermsOutOfOrder(Refusal):
    """The version (``version``) is published already or older than the current one (``current``)."""

    code = "terms_out_of_order"


class ContentMissing(Refusal):
    """The programme's content (``what``) has not been imported."""

    code = "content_missing"


# --- moves ------------------------------------------------------------------------------------------------------------
class MoveNotAllowed(Refusal):
    """The state machine (``subject``) has no move from ``state`` to ``to``."""

    code = "move_not_allowed"


class MoveLost(Refusal):
    """Somebody else moved the row (``subject``, ``id``) first."""

    code = "move_lost"


# --- the shop ---------------------------------------------------------------------------------------------------------
class UnknownKey(Refusal):
    """The API key is unknown, malformed or revoked."""

    code = "unknown_key"


class IdempotencyKeyReused(Refusal):
    """The Idempotency-Key came before with something else."""

    code = "idempotency_key_reused"


class IdempotencyKeyBusy(Refusal):
    """The first call with this Idempotency-Key has not ended yet."""

    code = "idempotency_key_busy"


class UnknownAccount(Refusal):
    """No customer has linked this account of the shop."""

    code = "unknown_account"


class AccountLinkedElsewhere(Refusal):
    """Another customer has linked this account of the shop."""

    code = "account_linked_elsewhere"


class AccountNotLinked(Refusal):
    """The customer has linked no account of the shop."""

    code = "account_not_linked"


class EmptyBasket(Refusal):
    """There is nothing in the basket."""

    code = "empty_basket"


class UnknownProduct(Refusal):
    """The shop doesn't sell this (``sku``)."""

    code = "unknown_product"


class NoSmartphone(Refusal):
    """Accessories only: a coupon buys a smartphone (mission, line 6)."""

    code = "no_smartphone"


class SeveralSmartphones(Refusal):
    """More than one smartphone (``count``): one old phone goes for one new one (mission, line 10)."""

    code = "several_smartphones"


class CouponRefusal(Refusal):
    """The coupon can't be used: the parent of the reasons below."""

    code = "coupon_refused"


class CouponNotUsable(CouponRefusal):
    """The coupon can't be used, and the asker may not know why: whoever guesses codes learns nothing."""

    code = "coupon_not_usable"


class UnknownCoupon(CouponRefusal):
    """No coupon has this code, or its check character is wrong."""

    code = "unknown_coupon"


class CouponOfAnotherAccount(CouponRefusal):
    """The coupon's owner has linked another account of the shop."""

    code = "coupon_of_another_account"


class CouponExpired(CouponRefusal):
    """The coupon's last moment (``expires_at``, UTC) has passed."""

    code = "coupon_expired"


class CouponNotYetUsable(CouponRefusal):
    """The coupon is usable only from ``usable_from`` (UTC) on."""

    code = "coupon_not_yet_usable"


class CouponReserved(CouponRefusal):
    """Another checkout holds the coupon."""

    code = "coupon_reserved"


class CouponUsed(CouponRefusal):
    """An order was placed with the coupon."""

    code = "coupon_used"


class CouponClosed(CouponRefusal):
    """The coupon was withdrawn or is void (``state``)."""

    code = "coupon_closed"


class UnknownReservation(Refusal):
    """No reservation has this id."""

    code = "unknown_reservation"


class ReservationOver(Refusal):
    """The reservation is not held any more (``state``)."""

    code = "reservation_over"


class UnknownOrder(Refusal):
    """No order has this id."""

    code = "unknown_order"


class OrderReferenceUsed(Refusal):
    """An order has this reference (``reference``) already."""

    code = "order_reference_used"


class OrderBeingChecked(Refusal):
    """The courier is checking the old phone: the order can't be cancelled any more, only refused at the door."""

    code = "order_being_checked"


class OrderClosed(Refusal):
    """The order is over (``state``)."""

    code = "order_closed"


class UnknownPayment(Refusal):
    """The payment provider doesn't know this payment."""

    code = "unknown_payment"


class PaymentMissing(Refusal):
    """Something is left to pay (``to_pay_minor``) and no payment was named."""

    code = "payment_missing"


class PaymentNotCaptured(Refusal):
    """The payment is not complete: the money is not the shop's yet."""

    code = "payment_not_captured"


class PaymentDiffers(Refusal):
    """What was paid (``paid_minor`` of ``currency``) is not what is to pay (``to_pay_minor``)."""

    code = "payment_differs"


class PaymentUsed(Refusal):
    """The payment belongs to another order."""

    code = "payment_used"


class UnknownRefund(Refusal):
    """No refund has this id."""

    code = "unknown_refund"


# --- staff and the door -----------------------------------------------------------------------------------------------
class UnknownInvitation(Refusal):
    """The link is none of ours, or is for something else."""

    code = "unknown_invitation"


class InvitationUsed(Refusal):
    """The link was opened already."""

    code = "invitation_used"


class InvitationExpired(Refusal):
    """The link's time is over."""

    code = "invitation_expired"


class UnknownStaff(Refusal):
    """No member of staff has this number (``id``)."""

    code = "unknown_staff"


class AlreadyStaff(Refusal):
    """The Telegram account is another member's (``name``)."""

    code = "already_staff"


class NotStaff(Refusal):
    """Who asks doesn't have the role (``role``), or not any more."""

    code = "not_staff"


class VisitNotThere(Refusal):
    """There is no such visit."""

    code = "visit_not_there"


class NotYourVisit(Refusal):
    """Another courier has the visit."""

    code = "not_your_visit"


class VisitOver(Refusal):
    """The visit is elsewhere by now (``state``): the step can't be done."""

    code = "visit_over"


class VisitDayPast(Refusal):
    """The day (``day``, ISO) has passed."""

    code = "visit_day_past"


class VisitDayTooFar(Refusal):
    """The day (``day``, ISO) is later than any for which visits are planned yet (``last``, ISO)."""

    code = "visit_day_too_far"


class CodeWrong(Refusal):
    """Not the customer's code; ``left`` tries remain."""

    code = "code_wrong"


class CodeLocked(Refusal):
    """Too many wrong codes: the customer has been sent another."""

    code = "code_locked"


class CodesUsedUp(Refusal):
    """Too many codes were typed wrongly at this door: an operator has to give the customer another."""

    code = "codes_used_up"


class ImeiDiffers(Refusal):
    """The number at the door (``masked``) is not the coupon's (``expected``, masked)."""

    code = "imei_differs"


class InspectionIncomplete(Refusal):
    """Something has not been looked at yet."""

    code = "inspection_incomplete"


class OutcomeChanged(Refusal):
    """Something else (``kind``) follows from what was found than what was confirmed."""

    code = "outcome_changed"


class OfferOver(Refusal):
    """There is no offer to answer, or its time is over."""

    code = "offer_over"


class OfferNotAgreed(Refusal):
    """The customer has not agreed to the lower value yet."""

    code = "offer_not_agreed"


class LeaseLost(Refusal):
    """Another worker has the row by now; what this one did counts no more."""

    code = "lease_lost"


# --- what people who help may do --------------------------------------------------------------------------------------
class NothingToHelpWith(Refusal):
    """The customer has no coupon that can be used, or nothing that could be cancelled."""

    code = "nothing_to_help_with"


class ExtendedAlready(Refusal):
    """The coupon (``ending``, its code's last four) was given more days before, and once is all."""

    code = "extended_already"
