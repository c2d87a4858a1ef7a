"""Secrets and names that leave the programme: random, and kept only as a digest where knowing one opens something."""

import base64
import hashlib
import hmac
import secrets

TOKEN_BYTES = 24
PUBLIC_ID_BYTES = 12


def new() -> str:
    """Return a one-time token of 192 random bits, in characters that a ``t.me`` link may hold (Bot API, deep links)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def derived(secret: str, nonce: str) -> str:
    """Return the token that only who holds ``secret`` can make of ``nonce``, the same each time; shaped like a new one.

    So a secret need not be kept to be told again to the one who may know it.
    """
    made = hmac.digest(secret.encode(), nonce.encode(), "sha256")[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def digest(token: str) -> str:
    """Return what is stored of a token: SHA-256, enough for a secret that nobody chose."""
    return hashlib.sha256(token.encode()).hexdigest()


def public_id(kind: str) -> str:
    """Return a name for a row as the outside knows it, such as ``ord_…``: it tells nothing and can't be guessed."""
    return f"{kind}_{secrets.token_urlsafe(PUBLIC_ID_BYTES)}"
