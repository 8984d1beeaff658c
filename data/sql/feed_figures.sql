-- An entry where figures have moved since the last one.
WITH moved AS (
    UPDATE feed_state SET head = head + 1, rollup_version = rollup_state.version
    FROM rollup_state
    WHERE feed_state.id = 1 AND rollup_state.id = 1 AND rollup_state.version <> feed_state.rollup_version
    RETURNING feed_state.head, rollup_state.version, rollup_state.folded_at
)
INSERT INTO feed_entry (id, kind, at, detail)
SELECT head, 'figures', folded_at, jsonb_build_object('version', version) FROM moved
