-- SPDX-License-Identifier: Apache-2.0
-- Rotations of domains: which two generations are there, and what the registries have declared. A
-- generation that was begun is never used again, also when its rotation was aborted. Which keys
-- exist is guarded by the manifests; a row here only says what is done with them, and the loader
-- checks that it fits.
CREATE SEQUENCE rotation_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE rotation (
    number          integer PRIMARY KEY DEFAULT nextval('rotation_number')
                    CONSTRAINT number CHECK (number >= 1),
    domain          integer NOT NULL REFERENCES domain (number),
    from_generation integer NOT NULL CHECK (from_generation >= 1),
    to_generation   integer NOT NULL CHECK (to_generation > from_generation),
    state           text NOT NULL DEFAULT 'open'
                    CONSTRAINT state CHECK (state IN ('open', 'aborting', 'finished', 'aborted')),
    reason          text NOT NULL CONSTRAINT reason CHECK (length(reason) BETWEEN 1 AND 1000),
    started         timestamptz NOT NULL DEFAULT now(),
    ended           timestamptz,
    UNIQUE (domain, to_generation)
);
-- A domain has at most one that has not ended.
CREATE UNIQUE INDEX rotation_open ON rotation (domain) WHERE state IN ('open', 'aborting');

-- What a registry declared: all its finals are of the new generation, or all are of the old one
-- again. Written by the event of the declaration alone.
CREATE TABLE rotation_registry (
    rotation integer NOT NULL REFERENCES rotation (number),
    registry integer NOT NULL REFERENCES registry (number),
    complete timestamptz,
    returned timestamptz,
    PRIMARY KEY (rotation, registry)
);

CREATE FUNCTION keep_rotation() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('finished', 'aborted') OR (OLD.state = 'aborting' AND NEW.state = 'open') THEN
        RAISE EXCEPTION 'a rotation does not go back' USING ERRCODE = 'SN001', CONSTRAINT = 'state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fixed BEFORE UPDATE ON rotation FOR EACH ROW EXECUTE FUNCTION keep_rotation();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON rotation
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();

-- The declaration takes effect in the transaction of its event, or the event is refused (SN003).
-- The condition is on the row, so other events cost nothing.
CREATE FUNCTION declare_rotation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    r rotation;
    is_back boolean;
    in_registry integer;
BEGIN
    SELECT * INTO r FROM rotation WHERE number = (NEW.detail::jsonb ->> 'rotation')::integer FOR SHARE;
    SELECT g.number INTO in_registry FROM registry g
    WHERE g.code = NEW.registry AND g.domain = r.domain;
    is_back := r.state = 'aborting';
    IF in_registry IS NULL OR r.state NOT IN ('open', 'aborting')
       OR (NEW.detail::jsonb ->> 'generation')::integer IS DISTINCT FROM
          (CASE WHEN is_back THEN r.from_generation ELSE r.to_generation END) THEN
        RAISE EXCEPTION 'no such rotation is under way' USING ERRCODE = 'SN003';
    END IF;
    INSERT INTO rotation_registry AS d (rotation, registry, complete, returned)
    VALUES (r.number, in_registry, CASE WHEN NOT is_back THEN now() END,
            CASE WHEN is_back THEN now() END)
    ON CONFLICT (rotation, registry) DO UPDATE
    SET complete = coalesce(d.complete, EXCLUDED.complete),
        returned = coalesce(d.returned, EXCLUDED.returned);
    RETURN NULL;
END $$;
CREATE TRIGGER declare_rotation AFTER INSERT ON audit_event
    FOR EACH ROW WHEN (NEW.event = 341 AND NEW.outcome = 'ok')
    EXECUTE FUNCTION declare_rotation();

-- Whether anything was made under a key, carried over finals included.
CREATE OR REPLACE FUNCTION key_is_used(key_number integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    since timestamptz;
BEGIN
    LOCK TABLE audit_event IN SHARE ROW EXCLUSIVE MODE;
    -- Clocks differ by seconds; a day is far beyond that, and lets old months be passed over.
    SELECT k.created - interval '1 day' INTO since FROM key k WHERE k.number = key_number;
    RETURN EXISTS (SELECT FROM audit_event a
                   WHERE a.time >= since AND a.event IN (200, 201, 340)
                     AND a.made IS DISTINCT FROM 0 AND a.key_numbers @> ARRAY[key_number]);
END $$;

-- Per registry of a domain: finals given since `since`. For an operator who weighs a rotation.
CREATE FUNCTION finals_given(in_domain integer, since timestamptz)
    RETURNS TABLE (registry text, requests bigint, finals bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
    SELECT g.code, count(a.made), coalesce(sum(a.made), 0)::bigint FROM registry g
    LEFT JOIN audit_event a ON a.registry = g.code AND a.event IN (201, 340) AND a.time >= since
    WHERE g.domain = in_domain GROUP BY g.code ORDER BY g.code;
$$;

GRANT SELECT ON rotation, rotation_registry TO schuilnaam_server;
GRANT INSERT ON rotation TO schuilnaam_server;
GRANT UPDATE (state, ended) ON rotation TO schuilnaam_server;
GRANT UPDATE (generation) ON domain TO schuilnaam_server;
GRANT USAGE ON SEQUENCE rotation_number TO schuilnaam_server;
GRANT EXECUTE ON FUNCTION finals_given(integer, timestamptz) TO schuilnaam_server;
