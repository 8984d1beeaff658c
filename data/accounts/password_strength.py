"""Is a password strong enough?

An estimate of the guesses needed, not a list of required characters: a run of keys, a repeat, a year or a common word
counts as little as one symbol.
Source: NIST SP 800-63B 5.1.1.2 (length, common values, context words); the idea of zxcvbn (Wheeler, USENIX Security
2016).
"""

import math
import re
import unicodedata
from pathlib import Path

from data.accounts.errors import PasswordWeak
from data.accounts.password_hash import MAX_CHARACTERS

MIN_CHARACTERS = 12
MIN_BITS = 40.0
"""2^40 guesses at 10 a second by way of the sign-in page are 3,000 years."""

COMMON = frozenset((Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").split())
_WORD_BITS = math.log2(len(COMMON) * 8)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz")
_LEET = str.maketrans("@4301$5!7", "aaeoissit")
_YEAR = re.compile(r"(?:19|20)\d\d")
_REPEAT = re.compile(r"(.{1,4}?)\1{2,}")


def check_password(password: str, login_name: str) -> None:
    """Accept a password or say why not.

    Raises:
        PasswordWeak: It is too short, too long, holds the login name, or would be guessed too easily.
    """
    text = unicodedata.normalize("NFKC", password)
    if len(text) < MIN_CHARACTERS:
        raise PasswordWeak("short", f"The password has {len(text)} characters; {MIN_CHARACTERS} are the least.")
    if len(text) > MAX_CHARACTERS:
        raise PasswordWeak("long", f"The password has more than {MAX_CHARACTERS} characters.")
    if login_name.casefold() in text.casefold():
        raise PasswordWeak("name", "The password contains the login name.")
    if estimated_bits(text) < MIN_BITS:
        raise PasswordWeak("common", "The password is made of common words, runs or repeats and would be guessed.")


def estimated_bits(text: str) -> float:
    """Binary logarithm of the guesses that an informed attacker needs, estimated from below.

    >>> estimated_bits("123456789012") < 20 < 60 < estimated_bits("vuk7 orze plym tadi")
    True
    """
    folded, words = _without_words(text.casefold())
    folded, years = _YEAR.subn("", folded)
    folded, repeats = _REPEAT.subn(r"\1", folded)
    runs, rest = _runs(folded)
    symbols = len(set(rest))
    return words * _WORD_BITS + years * 7 + repeats * 4 + runs * 8 + _free_bits(rest, symbols, text)


def _without_words(text: str) -> tuple[str, int]:
    count = 0
    for word in sorted(COMMON, key=len, reverse=True):
        for form in (text, text.translate(_LEET)):
            if word in form:
                text = form.replace(word, "")
                count += 1
                break
    return text, count


def _runs(text: str) -> tuple[int, str]:
    """Number of runs along a row of keys or the alphabet, and what is left of the text without them."""
    count, rest, place = 0, "", 0
    while place < len(text):
        length = _run_length(text, place)
        count += length >= 3
        rest += "" if length >= 3 else text[place]
        place += length if length >= 3 else 1
    return count, rest


def _run_length(text: str, place: int) -> int:
    longest = 1
    for row in _ROWS:
        for line in (row * 2, row[::-1] * 2):
            length = 1
            while place + length < len(text) and text[place : place + length + 1] in line:
                length += 1
            longest = max(longest, length)
    return longest


def _free_bits(rest: str, symbols: int, text: str) -> float:
    if not rest:
        return 0.0
    alphabet = sum(
        size
        for size, found in (
            (26, re.search(r"[a-z]", rest)),
            (10, re.search(r"\d", rest)),
            (26, re.search(r"[A-Z]", text)),
            (20, re.search(r"[^\w]|_", rest)),
            (1500, re.search(r"[^\x00-\x7f]", rest)),
        )
        if found
    )
    # Few different characters say little, however often they come.
    return min(len(rest), symbols * 2) * math.log2(max(alphabet, 2))
