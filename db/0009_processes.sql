-- SPDX-License-Identifier: Apache-2.0
-- The processes that serve, each with the counters it has loaded. A process renews its own row whenever
-- it confirms its snapshot, and is live while the row is less than 60 seconds old: no key becomes active
-- for issue before every live translating process has loaded it.
CREATE TABLE process (
    id                bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    label             text NOT NULL, -- host and process number, for people
    roles             text[] NOT NULL CHECK (roles <@ ARRAY['issue', 'translate', 'operate']),
    started           timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed         timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended             timestamptz, -- by a clean stop
    policy_counter    bigint NOT NULL,
    issue_counter     bigint NOT NULL, -- of the manifests
    translate_counter bigint NOT NULL
) WITH (fillfactor = 50);

-- Rows of processes that are long gone, dropped when another begins.
CREATE FUNCTION forget_processes() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
    DELETE FROM process WHERE confirmed < now() - interval '1 day';
$$;
REVOKE ALL ON FUNCTION forget_processes() FROM PUBLIC;

GRANT SELECT, INSERT ON process TO schuilnaam_server;
GRANT UPDATE (confirmed, ended, policy_counter, issue_counter, translate_counter) ON process
    TO schuilnaam_server;
GRANT EXECUTE ON FUNCTION forget_processes() TO schuilnaam_server;
GRANT SELECT ON process TO schuilnaam_auditor;
