"""What does an attribute of a unit say as a code, a text or a count?"""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def code_text(value: object) -> str | None:
    """A code as text: whole numbers without a fraction, text without blanks around; None where nothing is there."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def spec_fields(spec: str) -> tuple[str, ...]:
    """Attributes that a field spec uses: `NAME`, or the ones in braces in a template such as `District {BoroCD}`."""
    return tuple(_PLACEHOLDER.findall(spec)) or (spec,)


def spec_text(spec: str | None, attributes: Mapping[str, object]) -> str | None:
    """Text of a field spec for one feature; None where an attribute that it needs is missing.

    Example:
        >>> spec_text("District {BoroCD}", {"BoroCD": 311})
        'District 311'
    """
    if spec is None:
        return None
    values = {name: code_text(attributes.get(name)) for name in spec_fields(spec)}
    if any(value is None for value in values.values()):
        return None
    if not _PLACEHOLDER.search(spec):
        return values[spec]
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)] or "", spec)


def count_value(value: object) -> int | None:
    """A whole number of people or households, 0 or more.

    Raises:
        ValueError: The value is neither empty nor such a number.
    """
    text = code_text(value)
    if text is None:
        return None
    number = float(text.replace(",", ""))
    if number < 0 or number != int(number):
        raise ValueError(text)
    return int(number)
