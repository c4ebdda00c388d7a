# A day of 25 hours: what counts to it counts an hour longer than a day in UTC.
program  expiry 1 month to the day, zone America/Los_Angeles

on 2026-10-01T16:59       # still that day, though the next has begun in UTC a minute later
earn 30                   -> lots 30 to 2026-11-01
on 2026-10-01T23:59
earn 70                   -> lots 100 to 2026-11-01
hold 40 for 60s as h
on 2026-11-01T01:30       -> available 100
hold 60 for 1800s as i    -> did release 40 and hold -60
void i                    -> available 100
on 2026-11-01T23:59:30    -> available 100
sweep
redeem 1                  -> did redeem -1
on 2026-11-02             -> available 0
sweep
earn 1                    -> available 1, did earn 1    # the sweep has recorded it
