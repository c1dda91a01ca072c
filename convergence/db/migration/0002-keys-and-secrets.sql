-- migrate:up
ALTER TABLE tenants.tenant_api_keys
  ADD COLUMN scopes      text[] NOT NULL DEFAULT '{run,read,configure}'
    CHECK (scopes <@ '{run,read,configure}' AND cardinality(scopes) > 0),
  ADD COLUMN created_by  text NOT NULL DEFAULT 'admin',
  -- Hash of the key that a rotation made in place of this one.
  ADD COLUMN replaced_by text;

-- Of operators; the key in ADMIN_API_KEY is none of them.
CREATE TABLE convergence.admin_keys (
  key_hash     text PRIMARY KEY CHECK (key_hash ~ '^[0-9a-f]{64}$'),
  prefix       text NOT NULL,
  name         text NOT NULL,
  created_at   timestamptz NOT NULL,
  created_by   text NOT NULL,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  replaced_by  text
);

-- Envelope encryption, as in tenant_cloud_credentials, of what belongs to the platform: the pepper.
CREATE TABLE convergence.sealed_values (
  name                    text PRIMARY KEY,
  kms_key                 text NOT NULL,
  wrapped_data_key        bytea NOT NULL,
  wrapped_data_key_crc32c bigint NOT NULL,
  ciphertext              bytea NOT NULL,
  created_at              timestamptz NOT NULL
);

ALTER TABLE tenants.tenant_cloud_credentials
  ADD COLUMN wrapped_data_key_crc32c bigint NOT NULL,
  ADD COLUMN created_by              text NOT NULL;

-- migrate:down
ALTER TABLE tenants.tenant_cloud_credentials
  DROP COLUMN wrapped_data_key_crc32c,
  DROP COLUMN created_by;

DROP TABLE convergence.sealed_values;

DROP TABLE convergence.admin_keys;

ALTER TABLE tenants.tenant_api_keys
  DROP COLUMN scopes,
  DROP COLUMN created_by,
  DROP COLUMN replaced_by;
