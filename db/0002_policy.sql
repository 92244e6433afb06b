-- SPDX-License-Identifier: Apache-2.0
-- Policy: who may do what. Numbers come from sequences that never go back, codes are unique for
-- ever, and no role but the owner may delete a row. A CHECK constraint bears the name of the field
-- of /admin/v1 that it guards, so that a refusal can name the field. What is valid from now on is so
-- from 5 seconds ago: a server's clock may be that much behind the database's.
CREATE TABLE schema_version (
    version integer PRIMARY KEY,
    name    text NOT NULL,
    applied timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO schema_version (version, name) VALUES (1, '0001_roles.sql');

-- One row. `policy_counter` rises by 1 in each transaction that changes policy or keys; `changed_by`
-- is the transaction that raised it last, so that several statements of one count once.
CREATE TABLE state (
    single         boolean PRIMARY KEY DEFAULT true CHECK (single),
    policy_counter bigint NOT NULL DEFAULT 0,
    changed_by     xid8
);
INSERT INTO state DEFAULT VALUES;

CREATE SEQUENCE organisation_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE organisation (
    number integer PRIMARY KEY DEFAULT nextval('organisation_number')
           CONSTRAINT number CHECK (number >= 1),
    code   text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code CHECK (code ~ '^[A-Z][A-Z0-9]{0,15}$'),
    name   text NOT NULL CONSTRAINT name CHECK (length(name) BETWEEN 1 AND 200),
    kind   text CONSTRAINT kind CHECK (kind IN ('provider', 'registry', 'processor')),
    state  text NOT NULL DEFAULT 'active' CONSTRAINT state CHECK (state IN ('active', 'suspended', 'ended'))
);

CREATE SEQUENCE operator_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE operator (
    number integer PRIMARY KEY DEFAULT nextval('operator_number')
           CONSTRAINT number CHECK (number >= 1),
    name   text NOT NULL UNIQUE CONSTRAINT name CHECK (length(name) BETWEEN 1 AND 200),
    state  text NOT NULL DEFAULT 'active' CONSTRAINT state CHECK (state IN ('active', 'suspended', 'ended'))
);

CREATE SEQUENCE credential_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE credential (
    number       integer PRIMARY KEY DEFAULT nextval('credential_number')
                 CONSTRAINT number CHECK (number >= 1),
    organisation integer REFERENCES organisation (number),
    operator     integer REFERENCES operator (number),
    fingerprint  bytea NOT NULL UNIQUE CONSTRAINT fingerprint CHECK (octet_length(fingerprint) = 32),
    valid_from   timestamptz NOT NULL DEFAULT now() - interval '5 seconds',
    valid_until  timestamptz CONSTRAINT "validUntil" CHECK (valid_until > valid_from),
    state        text NOT NULL DEFAULT 'active' CONSTRAINT state CHECK (state IN ('active', 'suspended', 'revoked')),
    -- One holder: a certificate of both would carry an operator's rights into other hands.
    CONSTRAINT organisation CHECK ((organisation IS NULL) <> (operator IS NULL))
);

CREATE SEQUENCE domain_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE domain (
    number     integer PRIMARY KEY DEFAULT nextval('domain_number')
               CONSTRAINT number CHECK (number >= 1),
    code       text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code CHECK (code ~ '^[A-Z][A-Z0-9]{0,15}$'),
    kind       text NOT NULL DEFAULT 'plain' CONSTRAINT kind CHECK (kind IN ('plain', 'bound')),
    generation integer NOT NULL DEFAULT 1 CONSTRAINT generation CHECK (generation >= 1)
);

CREATE SEQUENCE registry_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE registry (
    number       integer PRIMARY KEY DEFAULT nextval('registry_number')
                 CONSTRAINT number CHECK (number >= 1),
    code         text COLLATE "C" NOT NULL UNIQUE CONSTRAINT code CHECK (code ~ '^[A-Z][A-Z0-9]{0,15}$'),
    name         text CONSTRAINT name CHECK (length(name) BETWEEN 1 AND 200),
    organisation integer NOT NULL REFERENCES organisation (number),
    domain       integer NOT NULL REFERENCES domain (number),
    state        text NOT NULL DEFAULT 'announced' CONSTRAINT state CHECK (state IN ('announced', 'listed', 'ended')),
    test_persons text NOT NULL DEFAULT 'refuse' CONSTRAINT "testPersons" CHECK (test_persons IN ('refuse', 'allow'))
);

CREATE TABLE catalogue (
    code    text COLLATE "C" PRIMARY KEY CONSTRAINT code CHECK (code ~ '^[A-Z][A-Z0-9]{0,7}$'),
    kind    text NOT NULL CONSTRAINT kind
            CHECK (kind IN ('bsn', 'date', 'sex', 'postcode', 'number', 'name', 'text')),
    dutch   text NOT NULL,
    english text NOT NULL,
    version integer NOT NULL DEFAULT 1 CONSTRAINT version CHECK (version BETWEEN 1 AND 65535)
);

CREATE SEQUENCE type_number AS integer MAXVALUE 65535 NO CYCLE;
CREATE TABLE type (
    number     integer PRIMARY KEY DEFAULT nextval('type_number')
               CONSTRAINT number CHECK (number BETWEEN 1 AND 65535),
    code       text COLLATE "C" NOT NULL CONSTRAINT code CHECK (code ~ '^[A-Z][A-Z0-9]{0,7}$'),
    version    integer NOT NULL DEFAULT 1 CONSTRAINT version CHECK (version BETWEEN 1 AND 65535),
    kind       text NOT NULL DEFAULT 'irreversible' CONSTRAINT kind CHECK (kind IN ('irreversible', 'reversible')),
    normaliser integer NOT NULL DEFAULT 1 CONSTRAINT normaliser CHECK (normaliser BETWEEN 1 AND 65535),
    recipe     text NOT NULL CONSTRAINT recipe CHECK (length(recipe) BETWEEN 1 AND 400),
    uniqueness text NOT NULL CONSTRAINT uniqueness CHECK (uniqueness IN ('identifying', 'quasi')),
    UNIQUE (code, version)
);

CREATE SEQUENCE connection_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE connection (
    number      integer PRIMARY KEY DEFAULT nextval('connection_number')
                CONSTRAINT number CHECK (number >= 1),
    provider    integer NOT NULL REFERENCES organisation (number),
    registry    integer NOT NULL REFERENCES registry (number),
    types       integer[] NOT NULL CONSTRAINT types CHECK (cardinality(types) BETWEEN 1 AND 16),
    valid_from  timestamptz NOT NULL DEFAULT now() - interval '5 seconds',
    valid_until timestamptz CONSTRAINT "validUntil" CHECK (valid_until > valid_from),
    quota_day   bigint NOT NULL DEFAULT 100000 CONSTRAINT "quotaPerDay" CHECK (quota_day BETWEEN 0 AND 1000000000),
    blind       boolean NOT NULL DEFAULT false CONSTRAINT blind CHECK (NOT blind),
    life_hours  integer NOT NULL DEFAULT 168 CONSTRAINT "lifeHours" CHECK (life_hours BETWEEN 1 AND 2160),
    state       text NOT NULL DEFAULT 'active' CONSTRAINT state CHECK (state IN ('active', 'suspended', 'ended'))
);
-- At most one connection of a provider and a registry is not ended.
CREATE UNIQUE INDEX connection_open ON connection (provider, registry) WHERE state <> 'ended';

-- The name of a type in every text form.
CREATE FUNCTION tref(code text, version integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN code || CASE WHEN version > 1 THEN '.' || version::text ELSE '' END;

-- The numbers of the types named, in their order; null when one does not exist or is named twice.
CREATE FUNCTION type_numbers(names text) RETURNS integer[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE WHEN count(t.number) = count(*) AND count(DISTINCT t.number) = count(*)
                THEN array_agg(t.number ORDER BY n.place) END
    FROM unnest(string_to_array(names, ',')) WITH ORDINALITY AS n (name, place)
    LEFT JOIN type t ON tref(t.code, t.version) = n.name;
END;

-- The reverse, joined by commas.
CREATE FUNCTION type_names(numbers integer[]) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT string_agg(tref(t.code, t.version), ',' ORDER BY n.place)
    FROM unnest(numbers) WITH ORDINALITY AS n (number, place)
    JOIN type t ON t.number = n.number;
END;

-- What has ended or was revoked stays so; numbers, codes and a registry's domain never change.
CREATE FUNCTION keep_what_is_fixed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
    fixed text;
BEGIN
    IF was ->> 'state' IN ('ended', 'revoked') THEN
        RAISE EXCEPTION 'what has ended cannot change' USING ERRCODE = 'SN001', CONSTRAINT = 'state';
    END IF;
    FOREACH fixed IN ARRAY TG_ARGV LOOP
        IF was -> fixed IS DISTINCT FROM becomes -> fixed THEN
            RAISE EXCEPTION '% never changes', fixed USING ERRCODE = 'SN001', CONSTRAINT = fixed;
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER fixed BEFORE UPDATE ON organisation
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'code');
CREATE TRIGGER fixed BEFORE UPDATE ON operator
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number');
CREATE TRIGGER fixed BEFORE UPDATE ON credential
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'organisation', 'operator', 'fingerprint');
CREATE TRIGGER fixed BEFORE UPDATE ON domain
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'code', 'kind');
CREATE TRIGGER fixed BEFORE UPDATE ON registry
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'code', 'organisation', 'domain');
CREATE TRIGGER fixed BEFORE UPDATE ON type
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'code', 'version', 'kind', 'normaliser', 'recipe');
CREATE TRIGGER fixed BEFORE UPDATE ON connection
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'provider', 'registry');

-- Each transaction that touches policy or keys raises the counter by exactly 1 and wakes the servers.
-- Runs with the owner's rights: nobody else can set the counter.
CREATE FUNCTION raise_policy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
BEGIN
    UPDATE state SET policy_counter = policy_counter + 1, changed_by = pg_current_xact_id()
    WHERE changed_by IS DISTINCT FROM pg_current_xact_id();
    IF FOUND THEN
        PERFORM pg_notify('schuilnaam', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON organisation
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON operator
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON credential
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON domain
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON registry
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON catalogue
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON type
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON connection
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
