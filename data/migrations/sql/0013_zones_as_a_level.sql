-- Adopted zones as a level: ids in one row, as arrays and tiles want them, below those of units; and how many units a
-- zone has, which a reader whose scope holds some of them cannot count.

CREATE SEQUENCE zone_id_seq AS integer MAXVALUE 9999999;
ALTER TABLE zone ADD COLUMN id INTEGER, ADD COLUMN members INTEGER;

CREATE FUNCTION zone_adopted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.code IS NULL THEN
        NEW.id := NULL;
        NEW.members := NULL;
    ELSIF TG_OP = 'UPDATE' AND OLD.id IS NOT NULL THEN
        NEW.id := OLD.id;
        NEW.members := OLD.members;
    ELSE
        NEW.id := nextval('zone_id_seq');
        NEW.members := (SELECT count(*) FROM zone_member AS own WHERE own.plan_id = NEW.plan_id AND own.no = NEW.no);
    END IF;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION zone_adopted() FROM PUBLIC;

CREATE TRIGGER zone_adopted BEFORE INSERT OR UPDATE OF code, id, members ON zone
    FOR EACH ROW EXECUTE FUNCTION zone_adopted();
UPDATE zone SET code = code WHERE code IS NOT NULL;

ALTER TABLE zone ADD CONSTRAINT zone_counted_check CHECK (
    (code IS NULL) = (id IS NULL) AND (id IS NULL) = (members IS NULL)
);
CREATE UNIQUE INDEX zone_id_key ON zone (id);
