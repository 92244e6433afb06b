-- SPDX-License-Identifier: Apache-2.0
-- Whether anything was made under a key, also when events that may name it were archived: an archive
-- that reaches into the key's life counts as use. Until the transaction ends no other event can be
-- written, so the answer stays true.
CREATE OR REPLACE FUNCTION key_is_used(key_number integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
DECLARE
    since timestamptz;
BEGIN
    LOCK TABLE audit_event IN SHARE ROW EXCLUSIVE MODE;
    -- Clocks differ by seconds; a day is far beyond that, and lets old months be passed over.
    SELECT k.created - interval '1 day' INTO since FROM key k WHERE k.number = key_number;
    RETURN EXISTS (SELECT FROM audit_archive h
                   WHERE (h.month + interval '1 month') AT TIME ZONE 'UTC' > since)
        OR EXISTS (SELECT FROM audit_event a
                   WHERE a.time >= since AND a.event IN (200, 201, 340)
                     AND a.made IS DISTINCT FROM 0 AND a.key_numbers @> ARRAY[key_number]);
END $$;
