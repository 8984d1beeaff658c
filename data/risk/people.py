"""How many people does a report speak of, at least? A number that never says who."""

import re
from collections.abc import Mapping

_DIGITS = {"一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_COUNTED = r"(?:余|多)?\s*(?:个|名|位)?(?:人|工人|群众|村民|居民|业主|家长|职工|员工|学生|乘客|住户|投资人)"
_ARABIC = re.compile(r"(?<![\d.\-/:：])(\d{1,5})" + _COUNTED)
_CHINESE = re.compile(r"([一二两俩三四五六七八九十百千]{1,7})" + _COUNTED)
MOST = 10_000


def people_in(text: str | None, words: Mapping[str, int]) -> int:
    """The highest number of people that a text names, 0 where it names none.

    Args:
        words: Least number that a word stands for, such as 多人: 3.

    Example:
        >>> people_in("约30余人聚集，多名工人讨薪", {"多名": 3})
        30
        >>> people_in("二十多名村民到场", {})
        20
    """
    if not text:
        return 0
    counts = [int(found) for found in _ARABIC.findall(text)]
    counts += [_number(found) for found in _CHINESE.findall(text)]
    counts += [least for word, least in words.items() if word in text]
    return min(MOST, max(counts, default=0))


def _number(text: str) -> int:
    total, digit = 0, 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += max(1, digit) * _TENS[sign]
            digit = 0
    return total + digit
