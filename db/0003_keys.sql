-- SPDX-License-Identifier: Apache-2.0
-- Keys at rest. A copy is wrapped under a key that never enters the database; rows and copies are
-- bound together by the manifests. So nothing here is guarded by constraints that only an honest
-- writer would meet: whoever can edit rows is found out by the mac.
CREATE TABLE wrapping (
    name    text PRIMARY KEY,
    state   text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
    created timestamptz NOT NULL DEFAULT now()
);

CREATE SEQUENCE key_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE key (
    number      integer PRIMARY KEY DEFAULT nextval('key_number'),
    purpose     text NOT NULL CHECK (purpose IN ('root', 'domain', 'domain-seal', 'source', 'transport',
                                                 'pair', 'manifest', 'audit', 'policy')),
    scope       integer NOT NULL DEFAULT 0 CHECK (scope >= 0),
    epoch       integer NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    generation  integer NOT NULL DEFAULT 0 CHECK (generation >= 0),
    state       text NOT NULL CHECK (state IN ('pre-active', 'active', 'translate-only', 'suspended',
                                               'compromised', 'destroyed')),
    destruction timestamptz, -- planned
    public_part bytea,
    created     timestamptz NOT NULL DEFAULT now(),
    activated   timestamptz,
    destroyed   timestamptz,
    reason      text
);

-- A row here says that the compartment has, or had, a copy. wrapped null: destroyed.
CREATE TABLE key_copy (
    key         integer NOT NULL REFERENCES key (number) ON DELETE CASCADE ON UPDATE CASCADE,
    compartment text NOT NULL CHECK (compartment IN ('issue', 'translate', 'operate')),
    wrapping    text NOT NULL,
    wrapped     bytea,
    PRIMARY KEY (key, compartment)
);

CREATE TABLE manifest (
    compartment text PRIMARY KEY CHECK (compartment IN ('issue', 'translate')),
    counter     bigint NOT NULL CHECK (counter >= 1),
    body        bytea NOT NULL,
    mac         bytea NOT NULL
);

CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON key
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON key_copy
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON manifest
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();
