"""The HTTP interface for other programs: parse the address, ask a reader, answer in JSON."""
