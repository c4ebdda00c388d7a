# What nobody touches is written down by the sweep.
program  expiry 1 month to the day

on 2026-01-10
earn 100
on 2026-01-20
earn 20
on 2026-02-11
sweep                -> available 20
redeem 1             -> available 19, did redeem -1
sweep                -> available 19
on 2026-02-21
sweep                -> available 0, lots none
redeem 1             -> insufficient_points
earn 5               -> available 5, did earn 5
