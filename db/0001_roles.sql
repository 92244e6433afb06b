-- SPDX-License-Identifier: Apache-2.0
-- The roles, the schema, and who may enter the database. Run by whoever migrates (the owner, or a
-- superuser); every later migration runs as schuilnaam_owner. Roles belong to the whole cluster, so
-- this file takes them as they are when they exist already.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['schuilnaam_owner', 'schuilnaam_server', 'schuilnaam_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOINHERIT', wanted);
        END IF;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO schuilnaam_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO schuilnaam_server, schuilnaam_auditor',
                   current_database());
    EXECUTE format('ALTER DATABASE %I SET search_path = schuilnaam', current_database());
    EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database());
END $$;

CREATE SCHEMA IF NOT EXISTS schuilnaam AUTHORIZATION schuilnaam_owner;
REVOKE ALL ON SCHEMA schuilnaam FROM PUBLIC;
GRANT USAGE ON SCHEMA schuilnaam TO schuilnaam_server, schuilnaam_auditor;
