-- What walls are told to show, and which walls stand.
--
-- A group is the walls of one area that name it in their address. What it is told counts from starts_at on, by the
-- server's clock, so all of them change together; scenes then follow one another by that clock alone.

CREATE TABLE wall_group (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    within_id INTEGER NOT NULL,
    within_path INTEGER[] NOT NULL,
    name TEXT NOT NULL,
    -- Grows with each change.
    revision INTEGER DEFAULT 1 NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    -- Key of the scene that stands from then on; the first one of the book where there is none.
    scene TEXT,
    held BOOLEAN DEFAULT false NOT NULL,
    -- Address of the unit that scenes are about; empty for the area of the walls themselves.
    area TEXT DEFAULT '' NOT NULL,
    -- The past moment that is shown from starts_at on, and how fast it goes by: 0 stands still.
    as_of TIMESTAMP WITH TIME ZONE,
    speed SMALLINT DEFAULT 0 NOT NULL,
    -- The case that the map looks at.
    incident_id BIGINT,
    -- Whether walls go where the one who gave the order goes.
    follows BOOLEAN DEFAULT false NOT NULL,
    account_id INTEGER,
    account_name TEXT NOT NULL,
    CONSTRAINT wall_group_pkey PRIMARY KEY (id),
    CONSTRAINT wall_group_name_check CHECK (length(name) BETWEEN 1 AND 40),
    CONSTRAINT wall_group_scene_check CHECK (length(scene) BETWEEN 1 AND 120),
    CONSTRAINT wall_group_area_check CHECK (length(area) <= 120),
    CONSTRAINT wall_group_speed_check CHECK (speed BETWEEN 0 AND 600 AND (as_of IS NOT NULL OR speed = 0)),
    CONSTRAINT wall_group_within_id_fkey FOREIGN KEY(within_id) REFERENCES unit (id)
);
CREATE UNIQUE INDEX wall_group_within_id_name_key ON wall_group (within_id, name);

-- A page that stands somewhere and says so itself, about twice a minute.
CREATE TABLE wall_display (
    account_id INTEGER NOT NULL,
    page TEXT NOT NULL,
    account_name TEXT NOT NULL,
    within_id INTEGER NOT NULL,
    within_path INTEGER[] NOT NULL,
    group_name TEXT NOT NULL,
    scene TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Of its picture, in pixels.
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    software_rendered BOOLEAN NOT NULL,
    came_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT wall_display_pkey PRIMARY KEY (account_id, page),
    CONSTRAINT wall_display_page_check CHECK (page ~ '^[0-9a-f]{32}$'),
    CONSTRAINT wall_display_group_name_check CHECK (length(group_name) BETWEEN 1 AND 40),
    CONSTRAINT wall_display_scene_check CHECK (length(scene) <= 120),
    CONSTRAINT wall_display_state_check CHECK (state IN ('live', 'late', 'lost')),
    CONSTRAINT wall_display_size_check CHECK (width BETWEEN 1 AND 32768 AND height BETWEEN 1 AND 32768),
    CONSTRAINT wall_display_within_id_fkey FOREIGN KEY(within_id) REFERENCES unit (id)
);
CREATE INDEX wall_display_seen_at_idx ON wall_display (seen_at);

CREATE TRIGGER wall_group_within BEFORE INSERT OR UPDATE OF within_id, within_path ON wall_group
    FOR EACH ROW EXECUTE FUNCTION zone_within_set();
CREATE TRIGGER wall_display_within BEFORE INSERT OR UPDATE OF within_id, within_path ON wall_display
    FOR EACH ROW EXECUTE FUNCTION zone_within_set();

CREATE FUNCTION feed_directed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO feed_change (kind, act, detail)
    VALUES ('walls', 'direct', jsonb_build_object('group', NEW.id, 'revision', NEW.revision));
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION feed_directed() FROM PUBLIC;
CREATE TRIGGER wall_group_feed AFTER INSERT OR UPDATE ON wall_group
    FOR EACH ROW EXECUTE FUNCTION feed_directed();

GRANT SELECT, INSERT, UPDATE ON wall_group TO minqing_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON wall_display TO minqing_web;

ALTER TABLE wall_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE wall_group FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON wall_group TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY scope ON wall_group TO minqing_web
    USING ((SELECT scope_is_city()) OR within_path && (SELECT scope_unit_ids()));

ALTER TABLE wall_display ENABLE ROW LEVEL SECURITY;
ALTER TABLE wall_display FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON wall_display TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY scope ON wall_display TO minqing_web
    USING ((SELECT scope_is_city()) OR within_path && (SELECT scope_unit_ids()));

ALTER TABLE feed_change DROP CONSTRAINT feed_change_kind_check;
ALTER TABLE feed_change
    ADD CONSTRAINT feed_change_kind_check CHECK (kind IN ('cases', 'zones', 'alerts', 'walls', 'reset'));
ALTER TABLE feed_entry DROP CONSTRAINT feed_entry_kind_check;
ALTER TABLE feed_entry
    ADD CONSTRAINT feed_entry_kind_check CHECK (kind IN ('cases', 'figures', 'zones', 'alerts', 'walls', 'reset'));

-- What a group of walls is told is known to whoever sees the group.
CREATE POLICY walls ON feed_entry FOR SELECT TO minqing_web
    USING (
        (SELECT scope_unit()) IS NOT NULL
        AND kind = 'walls'
        AND EXISTS (SELECT FROM wall_group WHERE wall_group.id = (feed_entry.detail ->> 'group')::integer)
    );
