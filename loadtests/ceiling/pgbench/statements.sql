\set account random(1, :accounts)
\set key random(1, 9000000000000000000)
BEGIN;
UPDATE account SET available = available - 25, version = version + 1 WHERE program = 'demo' AND account = 'a-' || :account::text AND available >= 25 RETURNING available, version \gset
INSERT INTO entry (program, account, key, id, type, points, fingerprint, reference, available_after, version, created_at) VALUES ('demo', 'a-' || :account::text, 'run-' || :key::text, gen_random_uuid(), 'redeem', -25, 'yT0sN4mVq3kJ8dB2xZ1aLw', '20261121-0042-03-0199', :available, :version, now());
COMMIT;
