# Points are pending until the start of a day; until then they can't be spent.
program  pending 14 days, expiry 1 month to the day

on 2026-01-01
earn 100                -> available 0, pending 100, moved 0, did earn 100, lifetime 100, lots none
redeem 1                -> insufficient_points, pending 100
hold 1                  -> insufficient_points
on 2026-01-10T18:00
earn 10                 -> available 0, pending 110
on 2026-01-14T23:59:30  -> available 0, pending 110
on 2026-01-15           -> available 100, pending 10, lots 100 to 2026-02-01
redeem 40               -> available 60, pending 10, moved -40, did mature 100 and redeem -40
on 2026-01-24
sweep                   -> available 70, pending 0, lots 60 to 2026-02-01 and 10 to 2026-02-10
redeem 65               -> did redeem -65, lots 5 to 2026-02-10
on 2026-02-11           -> available 0
