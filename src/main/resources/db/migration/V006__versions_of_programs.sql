-- Programs are documents now: each version is one document, and stays for ever. Only publish_program writes them. The
-- table `program` is what the previous release reads; this one does not look at it any more. See docs/decisions.md.

CREATE TABLE program_version (
  program text COLLATE "C" NOT NULL CHECK (program ~ '^[A-Za-z0-9._-]{1,64}$'),
  version int NOT NULL CHECK (version > 0),
  -- as it was published, to the letter
  document text NOT NULL,
  effective_from timestamptz NOT NULL,
  -- the version that this one replaces also for the past
  corrects int,
  reason text,
  published_at timestamptz NOT NULL,
  published_by text,
  PRIMARY KEY (program, version),
  FOREIGN KEY (program, corrects) REFERENCES program_version,
  CHECK (corrects < version)
);

DO $$
DECLARE
  unfit text;
BEGIN
  SELECT string_agg(id, ', ' ORDER BY id) INTO unfit
  FROM program
  WHERE expiry_months > 120
    OR earn_rate * 1000000 / gcd(earn_rate * 1000000, 1000000) > 1000000000000
    OR redeem_rate * 1000000 / gcd(redeem_rate * 1000000, 1000000) > 1000000000;
  IF unfit IS NOT NULL THEN
    RAISE EXCEPTION 'These programs cannot become documents: %. A document has 0 to 120 months of expiry, and rates of '
      'at most 1000000000000 (earn) or 1000000000 (redeem) points per so many whole units of money. Change their rows '
      'in the table program, and start again. Nothing was changed.', unfit;
  END IF;
END $$;

-- Rates become fractions in lowest terms: 0.015 points per unit of money are 3 points per 200.
INSERT INTO program_version (program, version, document, effective_from, reason, published_at)
SELECT id, 1, format('{
  "format": "stampede.program/1",
  "program": "%1$s",
  "name": "%1$s",
  "basedOn": 0,
  "effectiveFrom": "1970-01-01T00:00:00Z",
  "timeZone": "UTC",
  "currency": "%2$s",
  "points": {
    "names": {"one": "point", "other": "points"},
    "expiry": {"type": "months", "months": %3$s, "end": "%4$s"},
    "pendingDays": %5$s,
    "clawback": "%6$s",
    "graceDays": %7$s,
    "autoEnrol": %8$s,
    "backdateDays": 31
  },
  "rounding": {"scope": "basket"},
  "attributes": [],
  "measures": [],
  "earn": [
    {"id": "base", "rate": {"by": "amount", "points": %9$s, "per": "%10$s", "units": "exact"}}
  ],
  "redeem": [
    {"id": "money", "points": %11$s, "value": "%12$s"}
  ],
  "stacking": {"groups": []},
  "budgets": [],
  "promotions": [],
  "rewards": [],
  "limits": []
}
', id, currency, expiry_months, CASE WHEN expiry_at_month_end THEN 'month' ELSE 'none' END, pending_days, clawback,
    grace_days, auto_enrol::text,
    trunc(earn_rate * 1000000 / gcd(earn_rate * 1000000, 1000000)),
    trunc(1000000 / gcd(earn_rate * 1000000, 1000000)),
    trunc(redeem_rate * 1000000 / gcd(redeem_rate * 1000000, 1000000)),
    trunc(1000000 / gcd(redeem_rate * 1000000, 1000000))),
  timestamptz '1970-01-01 00:00:00+00', 'It was a row of the table program', clock_timestamp()
FROM program;

-- Publishes the next version of a program, at least five seconds before it takes effect. Answers in `outcome`:
--   ok                as version at_version, which takes effect at takes_effect
--   version_conflict  the newest version is at_version, and not p_based_on
--   too_early         it could take effect at takes_effect, not before
--   no_such_version   there is no version p_corrects
-- Publications wait for each other, and for whoever reads the list (program_versions); why: dev.stampede.program.
-- ProgramBook. The wait is short, because whoever comes after a publication that waits, waits for it.
CREATE FUNCTION publish_program(p_program text, p_document text, p_based_on int, p_effective_from timestamptz,
  p_corrects int, p_reason text, p_by text)
RETURNS TABLE (outcome text, at_version int, takes_effect timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  earliest timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(6, 1);
  outcome := 'ok';
  SELECT coalesce(max(v.version), 0) INTO at_version FROM program_version v WHERE v.program = p_program;
  IF p_based_on IS DISTINCT FROM at_version THEN
    outcome := 'version_conflict';
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_corrects IS NOT NULL AND p_corrects NOT BETWEEN 1 AND at_version THEN
    outcome := 'no_such_version';
    RETURN NEXT;
    RETURN;
  END IF;
  earliest := timestamptz '1970-01-01 00:00:00+00' + (now_ms() + 5000) * interval '1 ms';
  takes_effect := coalesce(p_effective_from, earliest);
  IF takes_effect < earliest THEN
    outcome := 'too_early';
    takes_effect := earliest;
    RETURN NEXT;
    RETURN;
  END IF;
  at_version := at_version + 1;
  INSERT INTO program_version
  VALUES (p_program, at_version, p_document, takes_effect, p_corrects, p_reason, clock_timestamp(), p_by);
  RETURN NEXT;
END $$;

-- The versions that can be in force now, later, or at a time in the last p_back_ms ms. It waits for publications that
-- are being committed, and reads after that, in a statement of its own. The message makes the answer wait for the
-- synchronous standby: a primary that was left behind does not hear of new versions, and must not say so.
CREATE FUNCTION program_versions(p_back_ms bigint)
RETURNS TABLE (program text, version int, effective_from bigint, corrects int, published_at bigint, now_ms bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1500ms'
AS $$
DECLARE
  present bigint;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(6, 1);
  PERFORM pg_logical_emit_message(true, 'stampede', '');
  present := now_ms();
  RETURN QUERY
  SELECT v.program, v.version, floor(extract(epoch FROM v.effective_from) * 1000)::bigint, v.corrects,
    (extract(epoch FROM v.published_at) * 1000000)::bigint, present
  FROM program_version v
  WHERE v.version >= (
    SELECT coalesce(max(b.version), 0) FROM program_version b
    WHERE b.program = v.program
      AND b.effective_from <= timestamptz '1970-01-01 00:00:00+00' + (present - p_back_ms) * interval '1 ms');
END $$;

GRANT SELECT ON program_version TO stampede_gateway;
REVOKE EXECUTE ON FUNCTION publish_program, program_versions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION publish_program, program_versions TO stampede_gateway;
