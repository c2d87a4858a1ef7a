"""The checkout API: what the shop's server asks for a coupon's sake, over HTTP; the core's rules, no more."""
