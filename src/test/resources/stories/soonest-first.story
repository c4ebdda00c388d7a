# Points that expire first are spent first.
program  expiry 1 month to the day

on 2026-01-10
earn 100             -> created, available 100, moved 100, did earn 100, lots 100 to 2026-02-10
on 2026-01-20
earn 50              -> available 150, lots 100 to 2026-02-10 and 50 to 2026-02-20
earn 5               -> lots 100 to 2026-02-10 and 55 to 2026-02-20    # one lot a day
on 2026-01-31
earn 7               -> lots 100 to 2026-02-10 and 55 to 2026-02-20 and 7 to 2026-02-28

redeem 30 as r       -> available 132, moved -30, lots 70 to 2026-02-10 and 55 to 2026-02-20 and 7 to 2026-02-28
redeem 100           -> available 32, did redeem -100, lots 25 to 2026-02-20 and 7 to 2026-02-28
redeem 33            -> insufficient_points, available 32, lots 25 to 2026-02-20 and 7 to 2026-02-28
redeem 32            -> available 0, lots none, lifetime 162
redeem 1             -> insufficient_points
again r              -> replayed, moved -30, available 0
