# Points count to the end of their last day. Reads leave lapsed ones out at once; the next operation writes them down.
program  expiry 1 month to the day

on 2026-01-10
earn 100
on 2026-01-20
earn 20
on 2026-02-10T23:59:30  -> available 120
on 2026-02-11           -> available 20, lots 20 to 2026-02-20
redeem 5                -> available 15, moved -5, did expire -100 and redeem -5
on 2026-02-21           -> available 0
earn 3                  -> available 3, moved 3, did expire -15 and earn 3, lifetime 123
