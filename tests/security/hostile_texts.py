"""Texts that have broken programs before; sent to every parameter that takes text."""

SQL = (
    "'", "''", '"', "\\", "' OR 1=1 --", "') OR ('1'='1", "1; DROP TABLE unit; --", "' UNION SELECT null,null --",
    "%", "_", "%%", "\\%", "$$", "$1", ":x", "%(x)s", "{0}", "{unit}", "';SELECT pg_sleep(9)--", "||pg_sleep(9)--",
    "1/*", "*/", "E'\\x27'", "U&'\\0027'", "0x27", "CHR(39)", "COPY x TO PROGRAM 'true'", "SET ROLE minqing",
)  # fmt: skip
MARKUP = (
    "<script>window.__hit=1</script>", "<img src=x onerror=window.__hit=1>", "\"><svg onload=window.__hit=1>",
    "javascript:window.__hit=1", "</script><script>window.__hit=1</script>", "{{7*7}}", "${7*7}", "<!--", "]]>",
    "&lt;script&gt;", "\u003cscript\u003e", "<a href=javascript:window.__hit=1>x</a>", "';window.__hit=1;'",
)  # fmt: skip
NUMBERS = (
    "NaN", "nan", "Infinity", "-Infinity", "inf", "1e309", "-1", "-0", "0", "99999999999999999999999", "1e400", "0x10",
    "1_000", "٣", "１２", "½", "1,5", "--1", "9223372036854775808", "-9223372036854775809", "2147483648", "1.7e308",
    "0.0000000000000000001", "true", "null", "None", "[]", "{}", "[1,2]",
)  # fmt: skip
LETTERS = (
    "\u202eabc", "\u200b", "\ufeff", "a\u0301" * 100, "İ", "ß", "ﬀ", "𝕏", "\U0001f468\u200d\U0001f469", "\uffff",
    "\ud7ff", "a" * 5_000, " ", "\t", "\r\n", "\x01", "\x7f", "\x1b[31m", "..", "../..", "/", "//", ",", ",,,,", ";",
    "&", "=", "#", "?", "+", "%00", "%25", "%zz", "\u2028", "٪",
)  # fmt: skip
DAYS = (
    "0000-00-00", "9999-12-31", "10000-01-01", "-0001-01-01", "2026-02-30", "2026-13-01", "2026-W10", "20260301",
    "2026-03-01T00:00:00", "2026-03-01Z", "now", "today", "infinity", "epoch", "1-1-1", "0001-01-01",
)  # fmt: skip
PATTERNS = (
    "a" * 3_000 + "!", "(" * 500, "(a+)+$", ".*" * 200, "1" * 3_000 + "x", "2026-" * 500, "," * 3_000,
    "1 " * 1_500, "@" * 2_000, "()-·. " * 400, "川A" * 800, "一二三四五六七八九〇" * 250,
)  # fmt: skip
"""Long texts for which a pattern with a wrong repetition would think for hours."""

ALL = SQL + MARKUP + NUMBERS + LETTERS + DAYS + PATTERNS
