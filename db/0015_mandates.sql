-- SPDX-License-Identifier: Apache-2.0
-- For whom a processor may act. One that acts for both ends of a connection sees both sides of the
-- translation: refused, unless a reason stands with the mandate or the connection.
CREATE SEQUENCE mandate_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE mandate (
    number      integer PRIMARY KEY DEFAULT nextval('mandate_number')
                CONSTRAINT number CHECK (number >= 1),
    processor   integer NOT NULL REFERENCES organisation (number),
    principal   integer NOT NULL REFERENCES organisation (number)
                CONSTRAINT principal CHECK (principal <> processor),
    valid_from  timestamptz NOT NULL DEFAULT now() - interval '5 seconds',
    valid_until timestamptz CONSTRAINT "validUntil" CHECK (valid_until > valid_from),
    both_ends   text CONSTRAINT "bothEndsReason" CHECK (length(both_ends) BETWEEN 1 AND 400),
    state       text NOT NULL DEFAULT 'active' CONSTRAINT state CHECK (state IN ('active', 'suspended', 'ended'))
);
-- At most one mandate of a processor and a principal is not ended.
CREATE UNIQUE INDEX mandate_open ON mandate (processor, principal) WHERE state <> 'ended';
ALTER TABLE connection ADD COLUMN both_ends text
    CONSTRAINT "bothEndsReason" CHECK (length(both_ends) BETWEEN 1 AND 400);

CREATE TRIGGER fixed BEFORE UPDATE ON mandate
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'processor', 'principal');
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mandate
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();

-- Everybody acts for himself, and a processor for its principals. Suspended and future mandates
-- count: what may come into force must not be a surprise then.
CREATE VIEW acting AS
    SELECT processor, principal, both_ends IS NOT NULL AS is_overridden, false AS is_self FROM mandate
    WHERE state <> 'ended' AND coalesce(valid_until > now(), true)
    UNION ALL
    SELECT number, number, false, true FROM organisation;

-- One lock, so that a mandate and a connection made at once do not miss each other.
CREATE FUNCTION refuse_both_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7309440316741124719);
    IF EXISTS (SELECT FROM connection c JOIN registry r ON r.number = c.registry
               JOIN acting p ON p.principal = c.provider
               JOIN acting q ON q.principal = r.organisation AND q.processor = p.processor
               WHERE c.state <> 'ended' AND c.both_ends IS NULL AND NOT (p.is_self AND q.is_self)
                     AND NOT p.is_overridden AND NOT q.is_overridden) THEN
        RAISE EXCEPTION 'one organisation would act for both ends of a connection'
            USING ERRCODE = 'SN004', CONSTRAINT = 'bothEndsReason';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_both_ends AFTER INSERT OR UPDATE ON mandate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_both_ends();
CREATE TRIGGER refuse_both_ends AFTER INSERT OR UPDATE ON connection
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_both_ends();

GRANT SELECT, INSERT ON mandate TO schuilnaam_server;
GRANT UPDATE (valid_from, valid_until, both_ends, state) ON mandate TO schuilnaam_server;
GRANT UPDATE (both_ends) ON connection TO schuilnaam_server;
GRANT USAGE ON SEQUENCE mandate_number TO schuilnaam_server;
