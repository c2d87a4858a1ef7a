"""The operator's console: pages beside the checkout API, made of starlette-admin (docs/decisions/0014)."""
