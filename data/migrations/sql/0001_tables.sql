-- Tables of the first version: space, catalog, incidents, rollups.

CREATE TABLE boundary_revision (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    valid_from DATE,
    source TEXT NOT NULL,
    report JSONB,
    CONSTRAINT boundary_revision_pkey PRIMARY KEY (id)
);

CREATE TABLE dataset (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT dataset_pkey PRIMARY KEY (id),
    CONSTRAINT dataset_key_key UNIQUE (key)
);

CREATE TABLE department (
    id SMALLINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    CONSTRAINT department_pkey PRIMARY KEY (id),
    CONSTRAINT department_key_key UNIQUE (key)
);

CREATE TABLE incident (
    id BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cell_id INTEGER DEFAULT 0 NOT NULL,
    grid_id INTEGER,
    stated_unit_id INTEGER,
    class_id SMALLINT NOT NULL,
    severity SMALLINT DEFAULT 1 NOT NULL,
    status SMALLINT DEFAULT 1 NOT NULL,
    breached BOOLEAN DEFAULT false NOT NULL,
    source_id SMALLINT NOT NULL,
    department_id SMALLINT,
    dataset_id INTEGER NOT NULL,
    filed_at TIMESTAMP WITH TIME ZONE,
    dispatched_at TIMESTAMP WITH TIME ZONE,
    handled_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    close_reason TEXT,
    morton BIGINT,
    geom geometry(POINT,4326),
    external_id TEXT,
    text TEXT,
    address TEXT,
    CONSTRAINT incident_pkey PRIMARY KEY (id, reported_at),
    CONSTRAINT incident_status_check CHECK (status BETWEEN 1 AND 12),
    CONSTRAINT incident_morton_check CHECK ((geom IS NULL) = (morton IS NULL))) PARTITION BY RANGE (reported_at);
CREATE INDEX incident_cell_idx ON incident (cell_id, reported_at) INCLUDE (class_id, status, breached);
CREATE INDEX incident_due_idx ON incident (due_at) WHERE NOT breached AND status IN (1, 2, 3, 4, 10, 11);
CREATE INDEX incident_morton_idx ON incident (morton, reported_at) INCLUDE (class_id, status);
CREATE INDEX incident_reported_idx ON incident (reported_at, id);

CREATE TABLE incident_class (
    id SMALLINT GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    family TEXT NOT NULL,
    kind TEXT NOT NULL,
    group_key TEXT NOT NULL,
    group_zh TEXT NOT NULL,
    group_en TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    severity SMALLINT DEFAULT 1 NOT NULL,
    sensitive BOOLEAN DEFAULT false NOT NULL,
    limits JSONB DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT incident_class_pkey PRIMARY KEY (id),
    CONSTRAINT incident_class_family_check CHECK (family IN ('urban', 'safety')),
    CONSTRAINT incident_class_code_key UNIQUE (code)
);

CREATE TABLE incident_key (
    key UUID NOT NULL,
    digest BIGINT NOT NULL,
    incident_id BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT incident_key_pkey PRIMARY KEY (key)
);

CREATE TABLE level (
    key TEXT NOT NULL,
    rank SMALLINT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    first_id INTEGER NOT NULL,
    min_zoom DOUBLE PRECISION NOT NULL,
    max_zoom DOUBLE PRECISION NOT NULL,
    rollup_by_class BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT level_pkey PRIMARY KEY (key),
    CONSTRAINT level_rank_check CHECK (rank BETWEEN 0 AND 7),
    CONSTRAINT level_rank_key UNIQUE (rank),
    CONSTRAINT level_first_id_key UNIQUE (first_id)
);

CREATE TABLE rollup_day (
    class_id SMALLINT NOT NULL,
    day DATE NOT NULL,
    subject_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    n_open INTEGER NOT NULL,
    n_overdue INTEGER NOT NULL,
    n_closed INTEGER NOT NULL,
    n_on_time INTEGER NOT NULL,
    n_late INTEGER NOT NULL,
    CONSTRAINT rollup_day_pkey PRIMARY KEY (class_id, day, subject_id)
);
CREATE INDEX rollup_day_subject_idx ON rollup_day (subject_id, day, class_id);

CREATE TABLE rollup_delta (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    cell_id INTEGER NOT NULL,
    day DATE NOT NULL,
    class_id SMALLINT NOT NULL,
    n INTEGER NOT NULL,
    n_open INTEGER NOT NULL,
    n_overdue INTEGER NOT NULL,
    n_closed INTEGER NOT NULL,
    n_on_time INTEGER NOT NULL,
    n_late INTEGER NOT NULL,
    CONSTRAINT rollup_delta_pkey PRIMARY KEY (id)
);

CREATE TABLE rollup_state (
    id SMALLINT NOT NULL,
    version BIGINT NOT NULL,
    folded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT rollup_state_pkey PRIMARY KEY (id)
);

CREATE TABLE scenario (
    key TEXT NOT NULL,
    position SMALLINT NOT NULL,
    kind_key TEXT NOT NULL,
    kind_zh TEXT NOT NULL,
    kind_en TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    place_kinds TEXT[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT scenario_pkey PRIMARY KEY (key)
);

CREATE TABLE setting (
    key TEXT NOT NULL,
    value JSONB NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT setting_pkey PRIMARY KEY (key)
);

CREATE TABLE source (
    id SMALLINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    CONSTRAINT source_pkey PRIMARY KEY (id),
    CONSTRAINT source_key_key UNIQUE (key)
);

CREATE TABLE import_run (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    dataset_id INTEGER,
    file_name TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    report JSONB,
    CONSTRAINT import_run_pkey PRIMARY KEY (id),
    CONSTRAINT import_run_kind_check CHECK (kind IN ('units', 'incidents', 'places', 'demo')),
    CONSTRAINT import_run_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES dataset (id)
);

CREATE TABLE scenario_class (
    scenario_key TEXT NOT NULL,
    class_id SMALLINT NOT NULL,
    CONSTRAINT scenario_class_pkey PRIMARY KEY (scenario_key, class_id),
    CONSTRAINT scenario_class_scenario_key_fkey FOREIGN KEY(scenario_key) REFERENCES scenario (key) ON DELETE CASCADE,
    CONSTRAINT scenario_class_class_id_fkey FOREIGN KEY(class_id) REFERENCES incident_class (id)
);

CREATE TABLE unit (
    id INTEGER NOT NULL,
    level_key TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT DEFAULT '' NOT NULL,
    pinyin TEXT DEFAULT '' NOT NULL,
    parent_id INTEGER,
    path INTEGER[] NOT NULL,
    population INTEGER,
    households INTEGER,
    area_m2 DOUBLE PRECISION NOT NULL,
    geom geometry(MULTIPOLYGON,4326) NOT NULL,
    geom_3857 geometry(MULTIPOLYGON,3857) NOT NULL,
    label_point geometry(POINT,4326) NOT NULL,
    valid_from DATE,
    valid_to DATE,
    revision_id INTEGER NOT NULL,
    ended_revision_id INTEGER,
    CONSTRAINT unit_pkey PRIMARY KEY (id),
    CONSTRAINT unit_path_ends_in_self_check CHECK (path[array_upper(path, 1)] = id),
    CONSTRAINT unit_validity_check CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from),
    CONSTRAINT unit_level_key_fkey FOREIGN KEY(level_key) REFERENCES level (key),
    CONSTRAINT unit_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES unit (id),
    CONSTRAINT unit_revision_id_fkey FOREIGN KEY(revision_id) REFERENCES boundary_revision (id),
    CONSTRAINT unit_ended_revision_id_fkey FOREIGN KEY(ended_revision_id) REFERENCES boundary_revision (id)
);
CREATE INDEX unit_code_idx ON unit (code);
CREATE UNIQUE INDEX unit_current_code_key ON unit (level_key, code) WHERE ended_revision_id IS NULL;
CREATE INDEX unit_geom_3857_idx ON unit USING gist (geom_3857);
CREATE INDEX unit_parent_id_idx ON unit (parent_id);
CREATE INDEX unit_path_idx ON unit USING gin (path);

CREATE TABLE cell (
    id INTEGER NOT NULL,
    grid_id INTEGER,
    unit_ids INTEGER[] NOT NULL,
    subjects INTEGER[] NOT NULL,
    CONSTRAINT cell_pkey PRIMARY KEY (id),
    CONSTRAINT cell_grid_id_fkey FOREIGN KEY(grid_id) REFERENCES unit (id)
);
CREATE INDEX cell_subjects_idx ON cell USING gin (subjects);

CREATE TABLE planted_truth (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    group_key TEXT NOT NULL,
    unit_id INTEGER,
    incident_id BIGINT,
    payload JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT planted_truth_pkey PRIMARY KEY (id),
    CONSTRAINT planted_truth_kind_check CHECK (kind IN ('profile', 'outbreak', 'duplicate')),
    CONSTRAINT planted_truth_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES unit (id)
);
CREATE INDEX planted_truth_kind_group_key_idx ON planted_truth (kind, group_key);

CREATE TABLE straddle (
    id INTEGER NOT NULL,
    parent_id INTEGER NOT NULL,
    child_id INTEGER NOT NULL,
    CONSTRAINT straddle_pkey PRIMARY KEY (id),
    CONSTRAINT straddle_negative_id_check CHECK (id < 0),
    CONSTRAINT straddle_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES unit (id),
    CONSTRAINT straddle_child_id_fkey FOREIGN KEY(child_id) REFERENCES unit (id)
);
CREATE UNIQUE INDEX straddle_parent_id_child_id_key ON straddle (parent_id, child_id);

CREATE TABLE place (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT DEFAULT '' NOT NULL,
    cell_id INTEGER NOT NULL,
    service_radius_m DOUBLE PRECISION,
    geom geometry(POINT,4326) NOT NULL,
    geom_3857 geometry(POINT,3857) NOT NULL,
    CONSTRAINT place_pkey PRIMARY KEY (id),
    CONSTRAINT place_code_key UNIQUE (code),
    CONSTRAINT place_cell_id_fkey FOREIGN KEY(cell_id) REFERENCES cell (id)
);
CREATE INDEX place_geom_3857_idx ON place USING gist (geom_3857);
CREATE INDEX place_kind_idx ON place (kind);

