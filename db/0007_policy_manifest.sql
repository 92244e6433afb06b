-- SPDX-License-Identifier: Apache-2.0
-- Policy under a signature of operate. `signature` covers counter and all rows of the policy tables;
-- `rows` holds a hash of each, unsigned, so that the one that differs can be named.
CREATE TABLE policy_manifest (
    single    boolean PRIMARY KEY DEFAULT true CHECK (single),
    counter   bigint NOT NULL CHECK (counter >= 1),
    signature bytea NOT NULL CHECK (octet_length(signature) = 64),
    rows      bytea NOT NULL
);
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON policy_manifest
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();

GRANT SELECT, INSERT ON policy_manifest TO schuilnaam_server;
GRANT UPDATE (counter, signature, rows) ON policy_manifest TO schuilnaam_server;
