\set account random(1, :accounts)
\set key random(1, 9000000000000000000)
SELECT redeem('a-' || :account::text, 'run-' || :key::text, 25);
