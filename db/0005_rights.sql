-- SPDX-License-Identifier: Apache-2.0
-- Who may do what. Nobody but the owner may delete or truncate anything, and events cannot even be
-- read back by the server that writes them.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA schuilnaam FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA schuilnaam REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- The server with roles issue, translate and operate: it reads policy and keys, and changes of them
-- what an operator may change. Columns that never change are not among those it may update.
GRANT SELECT ON schema_version, state, organisation, operator, credential, domain, registry,
    catalogue, type, connection, wrapping, key, key_copy, manifest, usage TO schuilnaam_server;
GRANT INSERT ON organisation, operator, credential, domain, registry, catalogue, type, connection,
    wrapping, key, key_copy, manifest, audit_event TO schuilnaam_server;
GRANT UPDATE (name, kind, state) ON organisation TO schuilnaam_server;
GRANT UPDATE (name, state) ON operator TO schuilnaam_server;
GRANT UPDATE (valid_from, valid_until, state) ON credential TO schuilnaam_server;
GRANT UPDATE (name, state, test_persons) ON registry TO schuilnaam_server;
GRANT UPDATE (types, valid_from, valid_until, quota_day, life_hours, state) ON connection
    TO schuilnaam_server;
GRANT UPDATE (state) ON wrapping TO schuilnaam_server;
GRANT UPDATE (state, destruction, activated, destroyed, reason) ON key TO schuilnaam_server;
GRANT UPDATE (wrapping, wrapped) ON key_copy TO schuilnaam_server;
GRANT UPDATE (counter, body, mac) ON manifest TO schuilnaam_server;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA schuilnaam TO schuilnaam_server;
GRANT EXECUTE ON FUNCTION audit_heads(), key_is_used(integer), tref(text, integer),
    reserve(integer, integer, bigint, bigint, bigint), type_numbers(text), type_names(integer[])
    TO schuilnaam_server;

-- The auditor: events, and what verifies them. No wrapped copy.
GRANT SELECT ON schema_version, audit_event TO schuilnaam_auditor;
GRANT SELECT (number, purpose, scope, epoch, generation, state, public_part, created, activated,
              destroyed, reason) ON key TO schuilnaam_auditor;
GRANT SELECT (key, compartment) ON key_copy TO schuilnaam_auditor;
GRANT EXECUTE ON FUNCTION audit_heads() TO schuilnaam_auditor;
