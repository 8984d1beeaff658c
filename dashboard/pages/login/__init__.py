"""The sign-in page: rendered on the server, no script needed."""
