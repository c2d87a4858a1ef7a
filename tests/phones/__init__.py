"""Which phone people mean: what they write, apart from the resolver's rules, and the gates it has to pass."""
