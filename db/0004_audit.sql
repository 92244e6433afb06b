-- SPDX-License-Identifier: Apache-2.0
-- Audit events and usage counts, by month. The columns up to `detail` are the body of an event, in
-- documented order (include/schuilnaam/audit_columns.def); the four after it make the chain.
-- No event holds an attribute value or a pseudonym.
CREATE TABLE audit_event (
    time         timestamptz NOT NULL,
    event        integer NOT NULL,
    name         text NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    status       integer,
    organisation text,
    credential   integer,
    behalf       text,
    role         text NOT NULL CHECK (role IN ('provider', 'registry', 'operator', 'system')),
    access       text NOT NULL,
    source       text,
    registry     text,
    types        text[],
    asked        bigint,
    made         bigint,
    failed       bigint,
    key_numbers  integer[],
    request      text,
    compartment  text NOT NULL CHECK (compartment IN ('issue', 'translate', 'operate')),
    process      text NOT NULL,
    reason       text,
    detail       text,
    chain        bytea NOT NULL CHECK (octet_length(chain) = 16),
    i            bigint NOT NULL CHECK (i >= 1),
    link         bytea NOT NULL CHECK (octet_length(link) = 32),
    signature    bytea CHECK (octet_length(signature) = 64),
    UNIQUE (chain, i, time)
) PARTITION BY RANGE (time);
CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;

-- Records reserved of a connection's quota, by UTC day.
CREATE TABLE usage (
    connection integer NOT NULL REFERENCES connection (number),
    day        date NOT NULL,
    reserved   bigint NOT NULL CHECK (reserved >= 0),
    PRIMARY KEY (connection, day)
) PARTITION BY RANGE (day);
CREATE TABLE usage_default PARTITION OF usage DEFAULT;

-- Make the partitions of this month and the next `months`. A month whose rows lie in the default
-- partition already is left there: they are found all the same.
CREATE FUNCTION make_partitions(months integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    start timestamptz;
    part text;
    made integer := 0;
BEGIN
    FOREACH parent IN ARRAY ARRAY['audit_event', 'usage'] LOOP
        FOR n IN 0 .. months LOOP
            start := date_trunc('month', now(), 'UTC') + make_interval(months => n);
            part := parent || '_' || to_char(start AT TIME ZONE 'UTC', 'YYYYMM');
            CONTINUE WHEN to_regclass('schuilnaam.' || part) IS NOT NULL;
            BEGIN
                EXECUTE format('CREATE TABLE schuilnaam.%I PARTITION OF schuilnaam.%I '
                               'FOR VALUES FROM (%L) TO (%L)', part, parent,
                               start, start + interval '1 month');
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                RAISE NOTICE 'rows of % lie in the default partition', part;
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- No answer leaves under a key that an import has just replaced: the audit event that would let it
-- go is refused, and with it the whole turn.
CREATE FUNCTION refuse_destroyed_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    SELECT k.number INTO gone FROM new_events e CROSS JOIN unnest(e.key_numbers) AS u (number)
    JOIN key k ON k.number = u.number WHERE k.state = 'destroyed' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'key % is destroyed', gone USING ERRCODE = 'SN002';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_destroyed_keys AFTER INSERT ON audit_event
    REFERENCING NEW TABLE AS new_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_destroyed_keys();

-- The last event of every chain. Steps from chain to chain by the unique indexes, so it costs as
-- much as there are chains, not events.
CREATE FUNCTION audit_heads() RETURNS TABLE (chain bytea, i bigint, link bytea, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
    WITH RECURSIVE c (chain) AS (
        (SELECT a.chain FROM audit_event a ORDER BY a.chain LIMIT 1)
        UNION ALL
        SELECT (SELECT a.chain FROM audit_event a WHERE a.chain > c.chain ORDER BY a.chain LIMIT 1)
        FROM c WHERE c.chain IS NOT NULL
    )
    SELECT h.chain, h.i, h.link, h.time FROM c
    CROSS JOIN LATERAL (SELECT a.chain, a.i, a.link, a.time FROM audit_event a
                        WHERE a.chain = c.chain ORDER BY a.chain, a.i DESC LIMIT 1) h
    WHERE c.chain IS NOT NULL;
$$;

-- Whether anything was made under a key: a root by issuing, a domain's keys by translating. Until
-- the transaction ends no other event can be written, so the answer stays true.
CREATE FUNCTION key_is_used(key_number integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    since timestamptz;
BEGIN
    LOCK TABLE audit_event IN SHARE ROW EXCLUSIVE MODE;
    -- Clocks differ by seconds; a day is far beyond that, and lets old months be passed over.
    SELECT k.created - interval '1 day' INTO since FROM key k WHERE k.number = key_number;
    RETURN EXISTS (SELECT FROM audit_event a
                   WHERE a.time >= since AND a.event IN (200, 201)
                     AND a.made IS DISTINCT FROM 0 AND a.key_numbers @> ARRAY[key_number]);
END $$;

-- Reserve up to `want` records (at least `least`) of a connection's day within `quota`, or within the
-- connection's own if that is lower by now. 0: nothing was reserved.
CREATE FUNCTION reserve(in_connection integer, in_day integer, quota bigint, least_count bigint,
                        want bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    on_day date := date '1970-01-01' + in_day;
    room bigint;
    got bigint;
BEGIN
    IF least_count < 1 OR want < least_count THEN
        RAISE EXCEPTION 'a reservation has 1 <= least <= want' USING ERRCODE = '22023';
    END IF;
    INSERT INTO usage (connection, day, reserved) VALUES (in_connection, on_day, 0)
    ON CONFLICT (connection, day) DO NOTHING;
    SELECT LEAST(quota, c.quota_day) - u.reserved INTO room
    FROM usage u JOIN connection c ON c.number = u.connection
    WHERE u.connection = in_connection AND u.day = on_day FOR UPDATE OF u;
    IF room IS NULL OR room < least_count THEN
        RETURN 0;
    END IF;
    got := LEAST(room, want);
    UPDATE usage SET reserved = reserved + got WHERE connection = in_connection AND day = on_day;
    RETURN got;
END $$;
