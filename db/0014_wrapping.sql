-- SPDX-License-Identifier: Apache-2.0
-- Moving to another wrapping key. An old one is retiring from the moment at which no row is wrapped
-- under it any more until nothing of it is left outside: old versions of rows, the WAL and backups can be
-- opened until then. The lineage says which keys followed each other in one place.
ALTER TABLE wrapping DROP CONSTRAINT wrapping_state_check;
ALTER TABLE wrapping ADD CONSTRAINT state CHECK (state IN ('active', 'retiring', 'ended'));
ALTER TABLE wrapping ADD COLUMN lineage text, ADD COLUMN ended timestamptz,
    ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY UNIQUE;
UPDATE wrapping SET lineage = name;
ALTER TABLE wrapping ALTER COLUMN lineage SET NOT NULL;

CREATE FUNCTION wrapping_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT ((OLD.state = 'active' AND NEW.state = 'retiring') OR (OLD.state = 'retiring' AND NEW.state = 'ended')) THEN
        RAISE EXCEPTION 'a wrapping key in use cannot end, and an ended one cannot come back'
            USING ERRCODE = 'SN001', CONSTRAINT = 'state';
    END IF;
    IF NEW.state = 'ended' THEN
        NEW.ended := now();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moves_on BEFORE UPDATE OF state ON wrapping FOR EACH ROW EXECUTE FUNCTION wrapping_moves_on();

-- Whether the destruction of a key is complete: every wrapping key that it was ever wrapped under, in
-- any compartment, has ended.
CREATE FUNCTION is_unwrappable(key_number integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
    SELECT EXISTS (SELECT FROM key k JOIN key_copy c ON c.key = k.number JOIN wrapping last ON last.name = c.wrapping
                   JOIN wrapping w ON w.lineage = last.lineage
                   WHERE k.number = key_number AND w.state <> 'ended' AND w.created <= k.destroyed);
$$;
REVOKE ALL ON FUNCTION is_unwrappable(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_unwrappable(integer) TO schuilnaam_server;
