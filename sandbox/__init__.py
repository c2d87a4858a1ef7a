"""A local Telegram for development, tests and the demo: Bot API server, control API and a messenger page."""
