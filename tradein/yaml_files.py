"""A YAML file of the catalogue, read into a shape; what is wrong with it is told as of a table."""

from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from tradein.tables import ContentError, Problem, Reason


def read[Shape](file: Path, shape: TypeAdapter[Shape]) -> Shape:
    """Read a file; raises ContentError."""
    try:
        return shape.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(file.name, 0, Reason.NOT_FOUND)]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", error))
        raise ContentError([Problem(file.name, mark.line + 1 if mark else 0, Reason.NOT_YAML, (what,))]) from error
    except ValidationError as error:
        raise ContentError(
            Problem(file.name, 0, Reason.BAD_FIELD, (".".join(map(str, mistake["loc"])) or "file", mistake["msg"]))
            for mistake in error.errors()
        ) from error
