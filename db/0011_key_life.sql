-- SPDX-License-Identifier: Apache-2.0
-- The life of keys: changes that take several steps, and destruction while requests are under way.

-- Until when an audit event may name a key that is destroyed. A key that a refresh or its time destroys
-- may still be in the hands of a request that began before: under a snapshot that was in its lease (60
-- seconds), and for as long as a request takes (60 at most). Null: no event may name it, as nothing may
-- leave under a key that an import replaced.
ALTER TABLE key ADD COLUMN in_flight_until timestamptz;

CREATE OR REPLACE FUNCTION refuse_destroyed_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    SELECT k.number INTO gone FROM new_events e CROSS JOIN unnest(e.key_numbers) AS u (number)
    JOIN key k ON k.number = u.number
    WHERE k.state = 'destroyed' AND (k.in_flight_until IS NULL OR k.in_flight_until < clock_timestamp())
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'key % is destroyed', gone USING ERRCODE = 'SN002';
    END IF;
    RETURN NULL;
END $$;

-- A change of keys in steps: asked -> prepared (its keys are there, pre-active, and every live
-- translating process is to load them) -> done, or failed (its keys are destroyed). Any process with the
-- keys it takes can make the next step, so a process that dies holds nothing up. What a step does is
-- decided on the key rows, which the manifests guard; a row here only says that it is time.
CREATE TABLE key_operation (
    number            integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    kind              text NOT NULL CHECK (kind IN ('transport', 'refresh')),
    state             text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'prepared', 'done', 'failed')),
    epoch             integer NOT NULL DEFAULT 0, -- refresh: the new one, once prepared
    translate_counter bigint NOT NULL DEFAULT 0,  -- of the manifest that holds its pre-active keys
    reason            text,                       -- why it was asked
    outcome           text,                       -- why it failed
    asked             timestamptz NOT NULL DEFAULT clock_timestamp(),
    prepared          timestamptz,
    ended             timestamptz
);
CREATE UNIQUE INDEX key_operation_open ON key_operation (kind) WHERE state IN ('asked', 'prepared');

-- Whether a destroyed key's bytes can still be had from old pages or backups with a wrapping key that
-- exists: a rewrap is due after each refresh, and a month after any other destruction.
CREATE FUNCTION rewrap_is_due() RETURNS boolean
LANGUAGE sql STABLE SET search_path = schuilnaam, pg_temp AS $$
    SELECT EXISTS (SELECT FROM key k JOIN key_copy c ON c.key = k.number
                   JOIN wrapping w ON w.name = c.wrapping
                   WHERE c.wrapped IS NULL AND w.state = 'active'
                     AND (k.purpose = 'root' OR k.destroyed < now() - interval '1 month'));
$$;
REVOKE ALL ON FUNCTION rewrap_is_due() FROM PUBLIC;

GRANT UPDATE (in_flight_until) ON key TO schuilnaam_server;
GRANT SELECT, INSERT ON key_operation TO schuilnaam_server;
GRANT UPDATE (state, epoch, translate_counter, outcome, prepared, ended) ON key_operation
    TO schuilnaam_server;
GRANT EXECUTE ON FUNCTION rewrap_is_due() TO schuilnaam_server;
GRANT SELECT ON key_operation TO schuilnaam_auditor;
