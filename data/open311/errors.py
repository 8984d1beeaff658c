"""What can go wrong with a pull from another city's endpoint?"""

from data.errors import DataError


class EndpointRefused(DataError):
    """The address cannot be an Open311 endpoint."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"endpoint: {cause} Use an address such as https://city.example/open311/v2.")


class EndpointUnusable(DataError):
    """The endpoint does not answer, or not as the standard says; what was pulled before is kept."""

    def __init__(self, cause: str, remedy: str = "Run the command again later: it goes on.") -> None:
        super().__init__(f"The endpoint gives no usable answer: {cause}. {remedy}")
