-- SPDX-License-Identifier: Apache-2.0
-- Database roles for processes that serve one role each. What such a role may not see of the others, it
-- cannot give away: of copies and manifests each has its own compartment's alone, only operate writes
-- policy, and none of the three makes, changes or destroys a key. schuilnaam_server, which serves all
-- roles in one process, may do what it could.

-- As whoever migrates, like 0001: the owner may lack CREATEROLE where the roles were made by hand.
RESET ROLE;
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['schuilnaam_issue', 'schuilnaam_translate', 'schuilnaam_operate'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOINHERIT', wanted);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
    END LOOP;
END $$;
SET LOCAL ROLE schuilnaam_owner;
GRANT USAGE ON SCHEMA schuilnaam TO schuilnaam_issue, schuilnaam_translate, schuilnaam_operate;

-- A new function may be called by all the world unless this is taken away for the whole database: doing
-- so for the schema alone, as 0005 did, has no effect on what came after it.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA schuilnaam FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- Which compartment's rows a role may see. Functions that run with the owner's rights see all.
ALTER TABLE key_copy ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_compartments ON key_copy TO schuilnaam_server USING (true);
CREATE POLICY to_verify ON key_copy FOR SELECT TO schuilnaam_auditor USING (true);
CREATE POLICY of_issue ON key_copy TO schuilnaam_issue USING (compartment = 'issue');
CREATE POLICY of_translate ON key_copy TO schuilnaam_translate USING (compartment = 'translate');
CREATE POLICY of_operate ON key_copy TO schuilnaam_operate USING (compartment = 'operate');

ALTER TABLE manifest ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_compartments ON manifest TO schuilnaam_server USING (true);
CREATE POLICY of_issue ON manifest TO schuilnaam_issue USING (compartment = 'issue');
CREATE POLICY of_translate ON manifest TO schuilnaam_translate USING (compartment = 'translate');

-- A process speaks for itself: none may say that another's has loaded what it has not.
ALTER TABLE process ENABLE ROW LEVEL SECURITY;
CREATE POLICY to_wait_for ON process FOR SELECT USING (true);
CREATE POLICY all_roles ON process TO schuilnaam_server USING (true);
CREATE POLICY of_issue ON process TO schuilnaam_issue USING (roles = ARRAY['issue']);
CREATE POLICY of_translate ON process TO schuilnaam_translate USING (roles = ARRAY['translate']);
CREATE POLICY of_operate ON process TO schuilnaam_operate USING (roles = ARRAY['operate']);

-- And events are of its own compartment.
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_compartments ON audit_event FOR INSERT TO schuilnaam_server WITH CHECK (true);
CREATE POLICY to_read ON audit_event FOR SELECT TO schuilnaam_auditor USING (true);
CREATE POLICY of_issue ON audit_event FOR INSERT TO schuilnaam_issue WITH CHECK (compartment = 'issue');
CREATE POLICY of_translate ON audit_event FOR INSERT TO schuilnaam_translate
    WITH CHECK (compartment = 'translate');
CREATE POLICY of_operate ON audit_event FOR INSERT TO schuilnaam_operate WITH CHECK (compartment = 'operate');

-- What each needs to verify policy and to load its keys, to write events, and to take from quotas.
GRANT SELECT ON schema_version, state, organisation, operator, credential, domain, registry, catalogue,
    type, connection, quota, mandate, linkage, linkage_use, rotation, rotation_registry, approval,
    policy_manifest, wrapping, key, key_copy, process, usage
    TO schuilnaam_issue, schuilnaam_translate, schuilnaam_operate;
GRANT SELECT ON manifest TO schuilnaam_issue, schuilnaam_translate, schuilnaam_operate;
GRANT INSERT ON audit_event, process TO schuilnaam_issue, schuilnaam_translate, schuilnaam_operate;
GRANT UPDATE (confirmed, ended, policy_counter, issue_counter, translate_counter) ON process
    TO schuilnaam_issue, schuilnaam_translate, schuilnaam_operate;
GRANT EXECUTE ON FUNCTION audit_heads(), forget_processes(), make_partitions_ahead(), tref(text, integer),
    type_numbers(text), type_names(integer[])
    TO schuilnaam_issue, schuilnaam_translate, schuilnaam_operate;
GRANT EXECUTE ON FUNCTION reserve(text, integer, integer, bigint, bigint, bigint),
    alarm_told(text, integer, integer) TO schuilnaam_issue, schuilnaam_translate;

-- Policy is operate's alone, as far as an operator may change it.
GRANT INSERT ON organisation, operator, credential, domain, registry, catalogue, type, connection, quota,
    mandate, linkage, rotation, approval, policy_manifest TO schuilnaam_operate;
GRANT UPDATE (name, kind, state) ON organisation TO schuilnaam_operate;
GRANT UPDATE (name, state) ON operator TO schuilnaam_operate;
GRANT UPDATE (valid_from, valid_until, state) ON credential TO schuilnaam_operate;
GRANT UPDATE (generation) ON domain TO schuilnaam_operate;
GRANT UPDATE (name, state, test_persons) ON registry TO schuilnaam_operate;
GRANT UPDATE (types, valid_from, valid_until, quota_day, life_hours, salted, both_ends, state) ON connection
    TO schuilnaam_operate;
GRANT UPDATE (per_day) ON quota TO schuilnaam_operate;
GRANT UPDATE (valid_from, valid_until, both_ends, state) ON mandate TO schuilnaam_operate;
GRANT UPDATE (types, valid_from, valid_until, count_limit, life_hours, state) ON linkage TO schuilnaam_operate;
GRANT UPDATE (state, ended) ON rotation TO schuilnaam_operate;
GRANT UPDATE (state, decider, decided, outcome) ON approval TO schuilnaam_operate;
GRANT UPDATE (counter, signature, rows) ON policy_manifest TO schuilnaam_operate;
GRANT USAGE ON SEQUENCE organisation_number, operator_number, credential_number, domain_number, registry_number,
    type_number, connection_number, quota_number, mandate_number, linkage_number, rotation_number,
    approval_number TO schuilnaam_operate;
GRANT EXECUTE ON FUNCTION is_approved(text), is_unwrappable(integer), finals_given(integer, timestamptz)
    TO schuilnaam_operate;
