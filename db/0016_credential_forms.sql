-- SPDX-License-Identifier: Apache-2.0
-- A credential is one certificate (its fingerprint), or every certificate of one issuer that names
-- one organisation: by OIN (subject serialNumber) or by URA (the UZI register's otherName).
ALTER TABLE credential ALTER COLUMN fingerprint DROP NOT NULL;
ALTER TABLE credential ADD COLUMN issuer bytea CONSTRAINT issuer CHECK (octet_length(issuer) = 32);
ALTER TABLE credential ADD COLUMN oin text CONSTRAINT oin CHECK (oin ~ '^[0-9]{20}$');
ALTER TABLE credential ADD COLUMN ura text CONSTRAINT ura CHECK (ura ~ '^[0-9]{8}$');
ALTER TABLE credential ADD CONSTRAINT certificate CHECK (
    num_nonnulls(fingerprint, oin, ura) = 1 AND (issuer IS NULL) = (fingerprint IS NOT NULL));
-- What was revoked makes room, as the certificate itself may be another by then.
CREATE UNIQUE INDEX credential_oin ON credential (issuer, oin) WHERE oin IS NOT NULL AND state <> 'revoked';
CREATE UNIQUE INDEX credential_ura ON credential (issuer, ura) WHERE ura IS NOT NULL AND state <> 'revoked';

DROP TRIGGER fixed ON credential;
CREATE TRIGGER fixed BEFORE UPDATE ON credential
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_fixed('number', 'organisation', 'operator', 'fingerprint',
                                                     'issuer', 'oin', 'ura');
