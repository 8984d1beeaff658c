"""How do log lines stay without personal data, whoever writes them and wherever they go?

The place is the making of the record: every logger, also one that is made later or belongs to a library, and every
handler gets the record with its message, arguments and traceback masked.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any
from urllib.parse import unquote_plus

from data.privacy.masking import mask
from data.privacy.secret_marks import without_secrets


class MaskedRecord(logging.LogRecord):
    """A log record that holds no personal data."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.msg = masked_line(self.msg) if isinstance(self.msg, str) else self.msg
        if isinstance(self.args, tuple):
            self.args = tuple(_masked_argument(one) for one in self.args)
        self._settle()
        if self.exc_info and self.exc_info[1]:
            self.exc_text = masked_line("".join(traceback.format_exception(*self.exc_info)).rstrip())

    def _settle(self) -> None:
        """Write message and arguments as one text where only together they tell something."""
        try:
            whole = self.getMessage()
        except Exception:  # a message that does not fit its arguments: logging itself reports it
            return
        masked = masked_line(whole)
        if masked != whole:
            self.msg, self.args = masked, ()


def mask_all_logging() -> None:
    """Mask all log records and uncaught errors of this process from now on; calling it again changes nothing."""
    logging.setLogRecordFactory(MaskedRecord)
    sys.excepthook = _tell_masked


def masked_line(text: str) -> str:
    """A line of a log, masked and without secrets; what addresses of pages write as %XX or + is read first."""
    masked = mask(without_secrets(text))
    if "%" not in masked.text and "+" not in masked.text:
        return masked.text
    read = mask(unquote_plus(masked.text))
    return " ".join(read.text.splitlines()) if read.counts else masked.text


def _masked_argument(argument: object) -> object:
    if isinstance(argument, str):
        return masked_line(argument)
    if argument is None or isinstance(argument, bool | int | float):
        return argument
    text = str(argument)
    masked = masked_line(text)
    return argument if masked == text else masked


def _tell_masked(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    told = without_secrets("".join(traceback.format_exception(kind, error, trace)))
    print(mask(told).text, end="", file=sys.stderr)  # noqa: T201  # the place of last resort
