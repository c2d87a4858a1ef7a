"""One stack for the whole run, whichever folder of tests asks for it first."""

pytest_plugins = ["tests.stackrunner"]
