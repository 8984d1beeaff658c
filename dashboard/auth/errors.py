"""What can be wrong with a request that is about signing in?"""

from dashboard.errors import DashboardError


class FormUnusable(DashboardError):
    """The body cannot be read."""

    def __init__(self, cause: str) -> None:
        self.field = "body"
        self.cause = cause
        self.remedy = "Send username and password as a form or as a JSON object."
        super().__init__(f"{cause} {self.remedy}")
