"""Why is a photo not taken, or not to be had?"""

from data.errors import DataError
from data.reads.errors import NothingFound, RequestRefused

_HINT = "Send a photo as JPEG, PNG or WebP."
_SAID = {
    "empty": ("There is nothing in the file.", "Choose the photo again."),
    "type": ("It is no JPEG, PNG or WebP; what counts is the content, not the name.", _HINT),
    "heic": (
        "It is HEIC or AVIF, which few browsers can show.",
        "Save it as JPEG. On an iPhone: Settings, Camera, Formats, Most Compatible.",
    ),
    "moving": ("It is a moving picture.", "Send a photo that stands still."),
    "damaged": ("It is cut off or damaged.", "Take or choose the photo again."),
}


class PhotoRefused(RequestRefused):
    """The file is no photo that can be kept; `why` is the end of a locale key."""

    def __init__(self, why: str, cause: str = "", remedy: str = "") -> None:
        said = _SAID.get(why, (cause, remedy))
        super().__init__("file", *said)
        self.why = why


class PhotoTooLarge(PhotoRefused):
    """The file has too many bytes, or the picture too many pixels."""

    def __init__(self, why: str, found: int, most: int, what: str) -> None:
        super().__init__(why, f"It has {found:,} {what}.", f"Send at most {most:,}: make the photo smaller.")


class PhotosFull(RequestRefused):
    """The case has as many photos as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__("file", f"The case has {most} photos already.", "Add a note instead; no photo was lost.")


class AttachmentUnknown(NothingFound):
    """The case has no such photo, for who asks."""

    def __init__(self, attachment_id: int) -> None:
        super().__init__(
            "attachment",
            f"The case has no photo {attachment_id}.",
            "Take an id from the list of the case's attachments.",
        )


class PhotoLost(DataError):
    """The file of a photo is not where it should be."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The file {name} is missing. Bring it back from a backup; `doctor` lists all that are missing."
        )


class PhotosOff(DataError):
    """The program runs without a folder for photos."""

    def __init__(self) -> None:
        super().__init__("Photos are not kept here. Start the program with `serve`, which gives it a folder for them.")


class PhotoLimitsInvalid(DataError):
    """The file with the limits of photos has a wrong entry."""

    def __init__(self, place: str, found: object, remedy: str) -> None:
        super().__init__(f"data/catalog/attachments.yaml, {place}: {found!r} cannot be used. {remedy}")
