"""What do the words around a number say that it is?"""

import re
from dataclasses import dataclass

_REACH = 16
_FILLER = r"[号码是为:,(\[ ]{0,6}\+?$"
_PHONE_BEFORE = re.compile(
    rf"(?:电话|手机|座机|固话|联系方式|致电|拨打|传真|(?<![a-z])(?:tel|phone|mobile|fax)){_FILLER}", re.I
)
_ID_BEFORE = re.compile(rf"(?:身份证|公民身份|证件|(?<![a-z])id ?card){_FILLER}", re.I)
_CARD_BEFORE = re.compile(
    rf"(?:卡号|银行卡|储蓄卡|信用卡|借记卡|账号|帐号|账户|帐户|(?<![a-z])card(?: no\.?)?){_FILLER}", re.I
)
_SERIAL_BEFORE = re.compile(
    rf"(?:编号|编码|代码|单号|案号|文号|流水|流水号|订单|工单|运单|合同|网格|单元|区划|批次|批号|信用代码){_FILLER}"
)
_FILLERS = "号码是为:,([ +"
_WORD_ENDS = frozenset("话机式电打真证份件卡账帐户编代单案文水同格元划次批lexdoLEXDO.")
"""Last letters of the words above, without what may be filler itself."""
_NEXT_PHONE = re.compile(r" ?[/、,;或和及] ?")
_LONGEST_JOINT = 3
_AMOUNT_BEFORE = re.compile(r"[¥￥$€] ?$")
_AMOUNT_AFTER = re.compile(r" ?(?:[元万亿%㎡吨]|平方|立方|千瓦|公里)")
_EXTENSION = re.compile(r" ?(?:转|分机号?|ext\.?|#|-|x) ?:? ?[0-9]{1,5}(?![0-9])", re.I)


@dataclass(frozen=True, slots=True)
class Announced:
    """What the words right before a number say that it is; several may be true."""

    phone: bool = False
    id_card: bool = False
    bank_card: bool = False
    serial: bool = False


NOTHING = Announced()


def announced(text: str, start: int) -> Announced:
    """What the words right before a place announce: a phone, an ID number, a card, the number of a case or a unit."""
    before = _before(text, start)
    # One look at the last letter spares most numbers the four searches.
    if before.rstrip(_FILLERS)[-1:] not in _WORD_ENDS:
        return NOTHING
    patterns = (_PHONE_BEFORE, _ID_BEFORE, _CARD_BEFORE, _SERIAL_BEFORE)
    return Announced(*(bool(pattern.search(before)) for pattern in patterns))


def says_amount(text: str, start: int, end: int) -> bool:
    """Whether a number is money, an area or a count by what stands beside it."""
    return bool(_AMOUNT_AFTER.match(text, end) or _AMOUNT_BEFORE.search(_before(text, start)))


def may_go_on_from(end: int, start: int) -> bool:
    """Whether a number stands near enough to the end of another (-1: there is none) to go on from it."""
    return end >= 0 and start - end <= _LONGEST_JOINT


def goes_on_from(text: str, end: int, start: int) -> bool:
    """Whether nothing but a slash, a comma or an "or" stands between two numbers."""
    return bool(_NEXT_PHONE.fullmatch(text, end, start))


def with_extension(text: str, end: int) -> int:
    """End of a fixed phone with its extension, if it has one."""
    match = _EXTENSION.match(text, end)
    return match.end() if match else end


def _before(text: str, start: int) -> str:
    return text[max(0, start - _REACH) : start]
