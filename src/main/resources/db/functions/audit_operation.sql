-- Adds an operation of administration to the audit. It runs at the commit, for each row that operation_audit selects:
-- everything else is locked before, and the audit is locked for no longer than the commit takes.
CREATE OR REPLACE FUNCTION audit_operation() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
BEGIN
  PERFORM record_audit(coalesce(new.detail::json -> 'by' ->> 'id', 'unknown'), new.program,
    CASE new.type WHEN 'adjust' THEN 'points.adjust' WHEN 'grant' THEN 'tier.grant' ELSE 'account.' || new.type END,
    new.account, NULL,
    json_build_object('operation', new.id, 'points', new.points, 'detail', new.detail::json)::text, NULL);
  RETURN NULL;
END $$;
