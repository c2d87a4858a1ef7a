"""What the intents mean to a form that is waiting for an answer."""

DIGRESSIONS = frozenset({
    "chitchat", "choose_language", "faq", "fewer_reminders", "goodbye", "greet", "help", "keep_quote",
    "language_chosen", "list_exchanges", "list_new_phones", "out_of_scope", "request_human", "resume_reminders", "stop",
    "stop_reminders", "thank", "track_exchange",
})  # fmt: skip
"""Intents that a rule answers in the middle of the form; the form then asks its question again."""
ANSWERS = frozenset(
    {"accept_quote", "affirm", "agree_terms", "decline_terms", "deny", "inform", "inform_imei", "nlu_fallback"}
)
"""Intents with which people answer; where nothing can be read in one, we say so."""
YES_NO_SYMBOLS = frozenset("👍✅👌👎❌")
"""The symbols of the examples that are an answer without a word."""
LEAVING = frozenset({"change", "start_exchange", "start_over"})
"""Intents that lead back to the phone."""
