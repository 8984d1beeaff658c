-- What tells without a look at the rows which deadlines are near.

-- With the moment from which a case without a log counts, and whether it has one.
DROP INDEX incident_open_idx;
CREATE INDEX incident_open_idx ON incident (reported_at, id)
    INCLUDE (status, class_id, department_id, cell_id, due_at, dispatched_at, handled_at, closed_at, marks)
    WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12);
DROP INDEX incident_open_due_idx;
CREATE INDEX incident_open_due_idx ON incident (due_at, id)
    INCLUDE (reported_at, status, class_id, department_id, cell_id, dispatched_at, handled_at, closed_at, marks)
    WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12);
DROP INDEX incident_department_idx;
CREATE INDEX incident_department_idx ON incident (department_id, reported_at, id)
    INCLUDE (status, class_id, cell_id, due_at, dispatched_at, handled_at, closed_at, marks)
    WHERE department_id IS NOT NULL AND status IN (1, 2, 3, 4, 5, 10, 11, 12);

-- With the moment from which a limit is near.
DROP INDEX case_timer_running_idx;
CREATE INDEX case_timer_running_idx ON case_timer (stage, due_at, incident_id) INCLUDE (reported_at, warn_at)
    WHERE done_at IS NULL;
