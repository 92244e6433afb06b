-- SPDX-License-Identifier: Apache-2.0
-- Two persons. What an operator asked for that another has to approve, as it was shown. The program
-- decides what needs an approval (include/schuilnaam/approvals.def); the database holds it to the
-- rules that matter most, whatever the program does: nobody approves his own, an approval is used
-- once and in time, and no quota is raised without one.
CREATE SEQUENCE approval_number AS integer MAXVALUE 2147483647 NO CYCLE;
CREATE TABLE approval (
    number    integer PRIMARY KEY DEFAULT nextval('approval_number')
              CONSTRAINT number CHECK (number >= 1),
    name      text NOT NULL, -- of approvals.def
    noun      text NOT NULL,
    verb      text NOT NULL,
    target    text,          -- the id in the path; null: none
    request   text NOT NULL, -- lines `field=value`, `field` alone for null; values have no line ends
    plan      text NOT NULL, -- what will happen, as it was shown
    reason    text NOT NULL CONSTRAINT reason CHECK (length(reason) BETWEEN 1 AND 1000),
    requester integer NOT NULL REFERENCES operator (number),
    requested timestamptz NOT NULL DEFAULT now(),
    expires   timestamptz NOT NULL,
    state     text NOT NULL DEFAULT 'waiting'
              CONSTRAINT state CHECK (state IN ('waiting', 'executed', 'refused', 'failed')),
    decider   integer REFERENCES operator (number)
              CONSTRAINT decider CHECK ((decider IS NULL) = (state = 'waiting')),
    decided   timestamptz,
    outcome   text,          -- why it was refused or failed
    CONSTRAINT "two persons" CHECK (state <> 'executed' OR decider <> requester)
);
CREATE INDEX approval_waiting ON approval (number) WHERE state = 'waiting';

CREATE FUNCTION keep_approvals() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' OR NEW.decided IS NOT NULL OR NEW.expires <= now() THEN
            RAISE EXCEPTION 'an approval begins waiting' USING ERRCODE = 'SN001', CONSTRAINT = 'state';
        END IF;
    ELSIF OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'an approval is used once' USING ERRCODE = 'SN001', CONSTRAINT = 'state';
    ELSIF NEW.state = 'executed' AND OLD.expires <= now() THEN
        RAISE EXCEPTION 'an approval that has expired is not used' USING ERRCODE = 'SN001', CONSTRAINT = 'expires';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_approvals BEFORE INSERT OR UPDATE ON approval
    FOR EACH ROW EXECUTE FUNCTION keep_approvals();
CREATE TRIGGER fixed AFTER UPDATE ON approval
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'name', 'noun', 'verb', 'target', 'request',
        'plan', 'reason', 'requester', 'requested', 'expires');
CREATE TRIGGER raise_policy AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON approval
    FOR EACH STATEMENT EXECUTE FUNCTION raise_policy();

-- Whether this transaction used an approval of that name. The owner may act without.
CREATE FUNCTION is_approved(in_name text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = schuilnaam, pg_temp AS $$
    SELECT pg_has_role(session_user, 'schuilnaam_owner', 'MEMBER')
        OR EXISTS (SELECT FROM approval WHERE state = 'executed' AND name = in_name
                   AND xmin::text = (pg_current_xact_id()::text::numeric % 4294967296)::text);
$$;

CREATE FUNCTION quota_needs_two() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    was bigint := (to_jsonb(OLD) ->> TG_ARGV[1])::bigint;
    becomes bigint := (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
BEGIN
    IF becomes > was AND NOT is_approved(TG_ARGV[0]) THEN
        RAISE EXCEPTION 'a quota is raised by two persons' USING ERRCODE = 'SN006', CONSTRAINT = TG_ARGV[1];
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER two_persons BEFORE UPDATE ON connection
    FOR EACH ROW EXECUTE FUNCTION quota_needs_two('connection_quota', 'quota_day');
CREATE TRIGGER two_persons BEFORE UPDATE ON quota
    FOR EACH ROW EXECUTE FUNCTION quota_needs_two('quota', 'per_day');

GRANT SELECT, INSERT ON approval TO schuilnaam_server;
GRANT UPDATE (state, decider, decided, outcome) ON approval TO schuilnaam_server;
GRANT USAGE ON SEQUENCE approval_number TO schuilnaam_server;
GRANT EXECUTE ON FUNCTION is_approved(text) TO schuilnaam_server;
