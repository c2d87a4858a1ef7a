"""The calls of the API, a module for each thing they are about; each translates one verb of the core."""

PREFIX = "/v1"
