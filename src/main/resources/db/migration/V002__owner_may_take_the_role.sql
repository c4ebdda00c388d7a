-- Since Postgres 16 whoever creates a role is its administrator, and a member, but may not take it: an owner of the
-- schema who is no superuser grants that to himself. Whoever may take it already needs no right to grant it.
DO $$
BEGIN
  SET LOCAL ROLE stampede_gateway;
  RESET ROLE;
EXCEPTION WHEN insufficient_privilege THEN
  EXECUTE format('GRANT stampede_gateway TO %I', current_user);
END $$;
