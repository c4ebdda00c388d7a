# Points count to the end of their last day in the program's time zone; that day may have 23 hours.
program  expiry 1 month to the day, zone Europe/Berlin

on 2026-02-28T00:00:30
earn 100                  -> lots 100 to 2026-03-28
on 2026-02-28T23:59
earn 10                   -> lots 110 to 2026-03-28
on 2026-03-01T00:00:30
earn 20                   -> lots 110 to 2026-03-28 and 20 to 2026-04-01
on 2026-03-28T23:59:30    -> available 130
redeem 1                  -> available 129, did redeem -1
on 2026-03-29             -> available 20, lots 20 to 2026-04-01
redeem 1                  -> available 19, did expire -109 and redeem -1

earn 5                    -> lots 19 to 2026-04-01 and 5 to 2026-04-29    # on the day of the change itself
on 2026-03-29T23:59
earn 6                    -> lots 19 to 2026-04-01 and 11 to 2026-04-29
