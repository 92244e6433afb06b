-- SPDX-License-Identifier: Apache-2.0
-- Epochs and generations that a database restored from a backup gives must not be those that were given
-- after the backup was made: a temporary pseudonym of the lost epoch would be translated with a key of
-- another one, to a wrong final. The rows tell only what they know of. So a new epoch or generation is
-- never lower than this, which `manifest accept` moves beyond all that may have been given.
ALTER TABLE state ADD COLUMN numbers_from integer NOT NULL DEFAULT 1 CHECK (numbers_from > 0);
