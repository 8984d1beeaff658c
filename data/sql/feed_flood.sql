-- Makes one entry of all waiting changes: viewers read everything anew.
WITH moved AS (
    UPDATE feed_state SET head = head + 1 WHERE id = 1 RETURNING head
),
written AS (
    INSERT INTO feed_entry (id, kind, at) SELECT head, 'reset', clock_timestamp() FROM moved
)
DELETE FROM feed_change
