-- SPDX-License-Identifier: Apache-2.0
-- Whether reversible pseudonyms of a connection are salted: each one differs. The type R comes with
-- bootstrap; an installation that was made before it is given one by an operator, for rows of policy
-- are signed and no migration may add any.
ALTER TABLE connection ADD COLUMN salted boolean NOT NULL DEFAULT false;
GRANT UPDATE (salted) ON connection TO schuilnaam_server;
