"""What counts as a clear yes where a yes is a consent: plain words without a condition, a doubt or a sum in them.

The model only says which intent a message is most like. "I agree if you pay 6000" is most like an agreement, and so is
a line of code with ``agree_terms`` in it; neither is one. Whoever is not clear is asked again, with two buttons.
"""

import re
import unicodedata

LONGEST = 80
"""Characters: a consent that needs more says something else as well."""
_PUNCTUATION = frozenset(" .,!&'\N{RIGHT SINGLE QUOTATION MARK}\N{DEVANAGARI DANDA}\n")
_KINDS = ("L", "M", "So", "Cf", "Sk")
"""Unicode categories of letters, of the marks on them, and of emoji with their joiners and shades."""
_HEDGES = frozenset({
    "but", "if", "unless", "only", "except", "not", "no", "dont", "don't", "cant", "can't", "won't", "never",
    "maybe", "perhaps", "later", "wait", "have", "must", "should", "when", "why", "what", "how", "lekin", "agar",
    "magar", "nahi", "nahin", "nai", "mat", "shayad", "baad", "kyun", "kyu", "kaise", "kab", "kya", "tab", "toh",
    "wont", "dnt", "doesnt", "cannot", "nope", "nah", "nhi", "disagree", "decline", "declined", "refuse", "refused",
    "reject", "rejected", "against", "wrong", "galat", "stop", "cancel", "quit", "leave", "forget", "think", "ask",
    "decide", "discuss", "tomorrow", "first", "soch", "sochna", "sochunga", "sochke", "puch", "puchke", "kal",
    "band", "rehne", "असहमत", "अस्वीकार", "नामंजूर", "रद्द", "बंद", "सोच", "कल", "लेकिन", "अगर", "मगर", "नहीं",
    "नही", "मत", "शायद", "बाद", "क्यों", "कैसे", "कब", "क्या", "तब",
})  # fmt: skip
_REFUSALS = frozenset({
    "isnt", "isn't", "arent", "aren't", "doesn't", "didnt", "didn't", "havent", "haven't", "couldnt", "couldn't",
    "wouldnt", "wouldn't", "none", "nothing", "neither", "without", "nt", "non", "na", "naa", "bad", "unfair",
    "harsh", "strict", "terrible", "unacceptable", "unreasonable", "object", "objection", "objections", "oppose",
    "opposed", "problem", "problems", "issue", "issues", "doubt", "deny", "denied", "disapprove", "disagreed",
    "disagreeing", "disagre", "disagee", "unagreed", "remove", "change", "declining", "refusing", "rejecting",
    "rejects", "turn", "turning", "withdraw", "withdrawn", "withdrawing", "revoke", "back", "mana", "inkaar", "inkar",
    "asahmat", "asehmat", "asahmati", "asehmati", "namanzoor", "namanjoor", "dikkat", "pareshani", "gadbad",
    "aapatti", "apatti", "aitraaz", "aitraz", "etraz", "wapas", "ना", "मना", "गलत", "इनकार", "इंकार", "असहमति",
    "नामंज़ूर", "दिक्कत", "परेशानी", "आपत्ति", "एतराज़", "एतराज", "वापस",
})  # fmt: skip
"""Words of refusals. "No objection" holds one too and is asked about again: without "no" it would be one."""
# "par" is "but" after a yes, and "on" after what one agrees to: "sharton par sehmat".
_YES_BUT = re.compile(r"\b(?:haan?|ji|yes|ok|okay|hai|हाँ|हां|जी|है)[ ,]+(?:par|पर)\b")


def clear(text: str) -> bool:
    """Say whether a text that reads like a yes is nothing but a yes."""
    if len(text) > LONGEST or not any(char.isalpha() for char in text):  # a thumb or a dot is no consent
        return False
    if not all(char in _PUNCTUATION or unicodedata.category(char).startswith(_KINDS) for char in text):
        return False
    folded = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = re.split(r"[ .,!\N{DEVANAGARI DANDA}\n]+", folded)
    return (_HEDGES | _REFUSALS).isdisjoint(words) and not _YES_BUT.search(folded)
