-- SPDX-License-Identifier: Apache-2.0
-- Quotas by kind of call. The quota of issue stays a column of its connection; the other kinds have
-- rows here. A row without a subject is what holds for every subject that has no row of its own.
CREATE SEQUENCE quota_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE quota (
    number     integer PRIMARY KEY DEFAULT nextval('quota_number')
               CONSTRAINT number CHECK (number >= 1),
    kind       text NOT NULL
               CONSTRAINT kind CHECK (kind IN ('blind', 'reverse', 'rotate', 'link', 'evaluate')),
    connection integer REFERENCES connection (number)
               CONSTRAINT connection CHECK (connection IS NULL OR kind IN ('blind', 'reverse')),
    registry   integer REFERENCES registry (number)
               CONSTRAINT registry CHECK (registry IS NULL OR kind IN ('rotate', 'evaluate')),
    linkage    integer CONSTRAINT linkage CHECK (linkage IS NULL OR (kind = 'link' AND linkage >= 1)),
    per_day    bigint NOT NULL CONSTRAINT "quotaPerDay" CHECK (per_day BETWEEN 0 AND 1000000000),
    subject    integer NOT NULL GENERATED ALWAYS AS (coalesce(connection, registry, linkage, 0)) STORED,
    UNIQUE (kind, subject)
);
INSERT INTO quota (kind, per_day) VALUES
    ('blind', 1000), ('reverse', 1000), ('rotate', 1000000), ('link', 100000), ('evaluate', 1000);
CREATE TRIGGER fixed BEFORE UPDATE ON quota
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'kind', 'connection', 'registry', 'linkage');
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON quota
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();

-- What was reserved, by kind and subject: a connection (issue, blind, reverse), a registry (rotate,
-- evaluate) or a linkage (link). The alarm at half is told by one process, which claims it and says
-- when its event stands; one that dies in between loses its claim after a minute.
ALTER TABLE usage DROP CONSTRAINT usage_connection_fkey;
ALTER TABLE usage DROP CONSTRAINT usage_pkey;
ALTER TABLE usage RENAME COLUMN connection TO subject;
ALTER TABLE usage ADD COLUMN kind text NOT NULL DEFAULT 'issue'
    CHECK (kind IN ('issue', 'blind', 'reverse', 'rotate', 'link', 'evaluate'));
ALTER TABLE usage ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE usage ADD COLUMN alarm_claimed timestamptz;
ALTER TABLE usage ADD COLUMN alarm_told boolean NOT NULL DEFAULT false;
ALTER TABLE usage ADD PRIMARY KEY (kind, subject, day);

-- The quota that holds now; null: there is no such subject.
CREATE FUNCTION quota_of(in_kind text, in_subject integer) RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE WHEN in_kind = 'issue'
                THEN (SELECT quota_day FROM connection WHERE number = in_subject)
                ELSE (SELECT per_day FROM quota WHERE kind = in_kind AND subject IN (in_subject, 0)
                      ORDER BY subject DESC LIMIT 1) END;
END;

-- Reserve up to `want` records (at least `least_count`) of a subject's day within `most`, or within
-- its quota of now if that is lower. got 0: nothing was reserved. alarm: half of the quota has been
-- reserved and the caller is to tell it.
DROP FUNCTION reserve(integer, integer, bigint, bigint, bigint);
CREATE FUNCTION reserve(in_kind text, in_subject integer, in_day integer, most bigint,
                        least_count bigint, want bigint, OUT got bigint, OUT alarm boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    on_day date := date '1970-01-01' + in_day;
    limit_now bigint := LEAST(most, quota_of(in_kind, in_subject));
    u record;
BEGIN
    IF least_count < 1 OR want < least_count OR in_subject < 1 THEN
        RAISE EXCEPTION 'a reservation has 1 <= least <= want' USING ERRCODE = '22023';
    END IF;
    IF quota_of(in_kind, in_subject) IS NULL THEN
        RAISE EXCEPTION 'no such subject of a quota' USING ERRCODE = '23503';
    END IF;
    INSERT INTO usage (kind, subject, day, reserved) VALUES (in_kind, in_subject, on_day, 0)
    ON CONFLICT (kind, subject, day) DO NOTHING;
    SELECT * INTO STRICT u FROM usage
    WHERE kind = in_kind AND subject = in_subject AND day = on_day FOR UPDATE;
    got := CASE WHEN limit_now - u.reserved < least_count THEN 0
                ELSE LEAST(limit_now - u.reserved, want) END;
    alarm := limit_now > 0 AND (u.reserved + got) * 2 >= limit_now AND NOT u.alarm_told
             AND coalesce(u.alarm_claimed < clock_timestamp() - interval '1 minute', true);
    UPDATE usage SET reserved = reserved + got,
                     alarm_claimed = CASE WHEN alarm THEN clock_timestamp() ELSE u.alarm_claimed END
    WHERE kind = in_kind AND subject = in_subject AND day = on_day;
END $$;

-- The event of an alarm is committed.
CREATE FUNCTION alarm_told(in_kind text, in_subject integer, in_day integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
    UPDATE usage SET alarm_told = true
    WHERE kind = in_kind AND subject = in_subject AND day = date '1970-01-01' + in_day;
$$;

GRANT SELECT, INSERT ON quota TO schuilnaam_server;
GRANT UPDATE (per_day) ON quota TO schuilnaam_server;
GRANT USAGE ON SEQUENCE quota_number TO schuilnaam_server;
GRANT EXECUTE ON FUNCTION reserve(text, integer, integer, bigint, bigint, bigint),
    alarm_told(text, integer, integer) TO schuilnaam_server;
