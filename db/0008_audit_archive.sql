-- SPDX-License-Identifier: Apache-2.0
-- What stands in for the events of a month that was archived: the archive's signed statement, which
-- names the runs of chains that went with it, so that the chains still verify. Events and partitions
-- are taken away by the owner only (`schuilnaamd audit archive`).
CREATE TABLE audit_archive (
    month     date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    events    bigint NOT NULL CHECK (events >= 0),
    statement text NOT NULL,
    made      timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON audit_archive TO schuilnaam_auditor;

-- Partitions of this month and the next three, for a server that runs for years without `migrate`.
-- Making one locks the events against writers, so it gives up soon: the server tries again.
CREATE FUNCTION make_partitions_ahead() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = schuilnaam, pg_temp SET lock_timeout = '500ms' SET client_min_messages = error AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7309440316741124719);
    RETURN make_partitions(3);
END $$;
REVOKE ALL ON FUNCTION make_partitions_ahead() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_partitions_ahead() TO schuilnaam_server;
