"""The command line of the programme: ``tradein …``."""
