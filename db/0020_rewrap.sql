-- SPDX-License-Identifier: Apache-2.0
-- Whether a rewrap away from one wrapping key is due: after each refresh, and a month after any other
-- destruction, of a key whose bytes can still be had with it from old pages or backups. A root that an
-- import replaced had never been used, and waits for the month.
DROP FUNCTION rewrap_is_due();
CREATE FUNCTION rewrap_is_due(wrapping_name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = schuilnaam, pg_temp AS $$
    SELECT EXISTS (SELECT FROM key k JOIN key_copy c ON c.key = k.number
                   JOIN wrapping w ON w.name = c.wrapping
                   WHERE c.wrapped IS NULL AND w.state = 'active' AND w.name = wrapping_name
                     AND (k.purpose = 'root' AND k.in_flight_until IS NOT NULL
                          OR k.destroyed < now() - interval '1 month'));
$$;
REVOKE ALL ON FUNCTION rewrap_is_due(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rewrap_is_due(text) TO schuilnaam_server;
