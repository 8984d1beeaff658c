-- At which zooms a unit's shape goes onto the grid of map tiles as it is: rounded, it stays valid and keeps an area.
-- A unit without a row, or without the bit, is repaired for each tile; that is right too, and several times slower.
CREATE TABLE unit_plain_zooms (
    unit_id INTEGER NOT NULL,
    zooms INTEGER NOT NULL,
    CONSTRAINT unit_plain_zooms_pkey PRIMARY KEY (unit_id),
    CONSTRAINT unit_plain_zooms_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES unit (id) ON DELETE CASCADE
);

CREATE FUNCTION unit_shape_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM unit_plain_zooms WHERE unit_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER unit_shape_changed AFTER UPDATE OF geom_3857 ON unit
    FOR EACH ROW EXECUTE FUNCTION unit_shape_changed();
