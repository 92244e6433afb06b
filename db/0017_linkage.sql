-- SPDX-License-Identifier: Apache-2.0
-- Linkages: which finals may be carried into which research registry, until when, and how many.
CREATE SEQUENCE linkage_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE linkage (
    number      integer PRIMARY KEY DEFAULT nextval('linkage_number')
                CONSTRAINT number CHECK (number >= 1),
    source      integer NOT NULL REFERENCES registry (number),
    research    integer NOT NULL REFERENCES registry (number)
                CONSTRAINT research CHECK (research <> source),
    types       integer[] NOT NULL CONSTRAINT types CHECK (cardinality(types) BETWEEN 1 AND 16),
    valid_from  timestamptz NOT NULL DEFAULT now() - interval '5 seconds',
    valid_until timestamptz NOT NULL CONSTRAINT "validUntil" CHECK (valid_until > valid_from),
    count_limit bigint NOT NULL CONSTRAINT "countLimit" CHECK (count_limit BETWEEN 1 AND 1000000000),
    life_hours  integer NOT NULL DEFAULT 168 CONSTRAINT "lifeHours" CHECK (life_hours BETWEEN 1 AND 2160),
    state       text NOT NULL DEFAULT 'active' CONSTRAINT state CHECK (state IN ('active', 'suspended', 'ended'))
);
-- At most one linkage of a source and a research registry is not ended.
CREATE UNIQUE INDEX linkage_open ON linkage (source, research) WHERE state <> 'ended';
CREATE TRIGGER fixed BEFORE UPDATE ON linkage
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'source', 'research');
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON linkage
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
ALTER TABLE quota ADD CONSTRAINT quota_linkage_fkey FOREIGN KEY (linkage) REFERENCES linkage (number);

-- Values asked so far. Not policy: it changes with each call.
CREATE TABLE linkage_use (
    linkage integer PRIMARY KEY REFERENCES linkage (number),
    asked   bigint NOT NULL CHECK (asked >= 0)
);

-- The research registry's row is locked, so that a linkage and a connection cannot come in at once.
-- The constraints that are raised bear the names of the fields at fault.
CREATE FUNCTION check_linkage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    s record;
    r record;
BEGIN
    IF NEW.state = 'ended' THEN
        RETURN NEW;
    END IF;
    SELECT g.organisation, g.domain, d.kind INTO s FROM registry g JOIN domain d ON d.number = g.domain
    WHERE g.number = NEW.source;
    SELECT g.domain, d.kind INTO r FROM registry g JOIN domain d ON d.number = g.domain
    WHERE g.number = NEW.research FOR UPDATE OF g;
    IF s.kind <> 'plain' THEN
        RAISE EXCEPTION 'linkage exists for plain domains only'
        USING ERRCODE = '23514', CONSTRAINT = 'source';
    END IF;
    IF r.kind <> 'plain' OR r.domain = s.domain THEN
        RAISE EXCEPTION 'linkage exists between plain domains only'
        USING ERRCODE = '23514', CONSTRAINT = 'research';
    END IF;
    IF EXISTS (SELECT FROM connection c WHERE c.provider = s.organisation
               AND c.registry = NEW.research AND c.state <> 'ended') THEN
        RAISE EXCEPTION 'the pair has a connection' USING ERRCODE = 'SN001', CONSTRAINT = 'research';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_linkage BEFORE INSERT OR UPDATE ON linkage
    FOR EACH ROW EXECUTE FUNCTION check_linkage();

CREATE FUNCTION check_no_linkage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
BEGIN
    IF NEW.state = 'ended' THEN
        RETURN NEW;
    END IF;
    PERFORM FROM registry g WHERE g.number = NEW.registry FOR UPDATE;
    IF EXISTS (SELECT FROM linkage l JOIN registry s ON s.number = l.source
               WHERE l.research = NEW.registry AND s.organisation = NEW.provider
               AND l.state <> 'ended') THEN
        RAISE EXCEPTION 'the pair has a linkage' USING ERRCODE = 'SN001', CONSTRAINT = 'provider';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_no_linkage BEFORE INSERT OR UPDATE ON connection
    FOR EACH ROW EXECUTE FUNCTION check_no_linkage();

-- The count limit counts values asked, in the transaction of the event: one that would pass it is
-- refused (SN005), and with it the answer. The condition is on the row, so other events cost nothing.
CREATE FUNCTION count_linkage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    in_linkage integer := (NEW.detail::jsonb ->> 'linkage')::integer;
    most bigint;
BEGIN
    SELECT count_limit INTO most FROM linkage WHERE number = in_linkage;
    INSERT INTO linkage_use AS u (linkage, asked)
    SELECT in_linkage, NEW.asked WHERE NEW.asked BETWEEN 0 AND most
    ON CONFLICT (linkage) DO UPDATE SET asked = u.asked + EXCLUDED.asked
    WHERE u.asked + EXCLUDED.asked <= most;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the count limit of the linkage would be passed' USING ERRCODE = 'SN005';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_linkage AFTER INSERT ON audit_event
    FOR EACH ROW WHEN (NEW.event = 342 AND NEW.outcome = 'ok') EXECUTE FUNCTION count_linkage();

GRANT SELECT ON linkage, linkage_use TO schuilnaam_server;
GRANT INSERT ON linkage TO schuilnaam_server;
GRANT UPDATE (types, valid_from, valid_until, count_limit, life_hours, state) ON linkage
    TO schuilnaam_server;
GRANT USAGE ON SEQUENCE linkage_number TO schuilnaam_server;
