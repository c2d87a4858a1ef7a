"""The support group: the gateway between customers and agents, all over the sandbox's Bot API."""
