"""Which kinds of personal data are masked, and what stands in their place?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """A kind of personal data that people write into free text."""

    ID_CARD = "id_card"
    PHONE = "phone"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    EMAIL = "email"
    PASSPORT = "passport"


MARKS: Mapping[Kind, str] = {
    Kind.ID_CARD: "［身份证］",
    Kind.PHONE: "［电话］",
    Kind.BANK_CARD: "［银行卡］",
    Kind.PLATE: "［车牌］",
    Kind.EMAIL: "［邮箱］",
    Kind.PASSPORT: "［证件］",
}
"""What the reader sees instead; no mark tells how long the masked text was."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, from `start` up to but without `end`."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data, and how many of each kind were taken out."""

    text: str
    counts: Mapping[Kind, int] = field(default_factory=dict)
