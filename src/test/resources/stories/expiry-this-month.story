program  expiry 0 months

on 2026-03-31
earn 10              -> lots 10 to 2026-03-31
on 2026-03-31T23:59:30  -> available 10
on 2026-04-01        -> available 0
earn 1               -> available 1, did expire -10 and earn 1, lots 1 to 2026-04-30
