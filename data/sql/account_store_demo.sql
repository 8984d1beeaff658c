-- Make a demo account or give the one that is there the new password; a real account of that name is left alone.
-- Parameters: name, role, password_hash, department_id, now
-- Columns: name (no row where a real account has it)
INSERT INTO account (name, role, password_hash, department_id, demo, created_at)
VALUES (%(name)s, %(role)s, %(password_hash)s, %(department_id)s, true, %(now)s)
ON CONFLICT (name) DO UPDATE SET
    role = EXCLUDED.role,
    password_hash = EXCLUDED.password_hash,
    department_id = EXCLUDED.department_id,
    level_key = NULL,
    unit_code = NULL,
    failed_attempts = 0,
    locked_until = NULL,
    must_change = false,
    disabled_at = NULL
WHERE account.demo
RETURNING name
