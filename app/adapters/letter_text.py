"""The words of messages to parties: locked blocks from this package's templates, free blocks from the operator."""

from collections.abc import Mapping
from importlib.resources import files

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.domain.contact import Letter, Side
from app.domain.errors import Misconfigured


def _source(name: str) -> str | None:
    file = files("app.adapters").joinpath("letters", f"{name}.txt")
    return file.read_text(encoding="utf-8") if file.is_file() else None


_TEMPLATES = ImmutableSandboxedEnvironment(
    loader=FunctionLoader(_source),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)


def letter_text(side: Side, letter: Letter, fields: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body. A template that names an unknown field is a defect of ours and told as one; values are text
    and never templates. Line breaks of a value cannot reach a header."""
    template = _TEMPLATES.get_template(f"{letter}_{side}")
    try:
        text = template.render({name: _plain(value) for name, value in fields.items()})
    except Exception as error:
        raise Misconfigured(f"The template {letter}_{side} cannot be filled.") from error
    subject, _, body = text.partition("\n")
    return " ".join(subject.split()), body


def _plain(value: str) -> str:
    return "".join(one for one in value if one in "\n\t" or one.isprintable())
