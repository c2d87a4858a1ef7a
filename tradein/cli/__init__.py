"""The command line of the programme: ``tradein …`` (``tradein.cli.app``)."""
