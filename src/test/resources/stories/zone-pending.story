# Points mature with the local day, over both changes of the clocks.
program  expiry 12 months, pending 3 days, zone Pacific/Auckland

on 2026-04-03T23:59
earn 10                   -> available 0, pending 10
on 2026-04-04T00:00:30
earn 20                   -> available 0, pending 30
on 2026-04-05T23:59:30    -> available 0, pending 30
on 2026-04-06             -> available 10, pending 20
redeem 11                 -> insufficient_points, available 10
redeem 4                  -> available 6, did mature 10 and redeem -4
on 2026-04-06T23:59:30    -> available 6
on 2026-04-07             -> available 26, pending 0
sweep
redeem 1                  -> did redeem -1

on 2026-09-25T12:00
earn 5 as e               -> pending 5
on 2026-09-27T23:59:30    -> pending 5
on 2026-09-28             -> available 30, pending 0
reverse e                 -> available 25, did mature 5 and reverse -5
