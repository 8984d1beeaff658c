"""Routes of joint-defence zones: plans, proposals, reasons, files."""
