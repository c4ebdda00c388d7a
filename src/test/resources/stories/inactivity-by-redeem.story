# A redeem and the capture of a hold extend the points that are left, and those that are pending or on hold. A hold alone
# doesn't, and neither does what is undone.
program  inactivity 2 months by redeem, pending 20 days

on 2026-01-10
earn 10 as e            -> pending 10
on 2026-01-20
earn 20 as f            -> pending 30
on 2026-02-15           -> available 30, lots 10 to 2026-03-10 and 20 to 2026-03-20
earn 5 as g             -> pending 5, lots 10 to 2026-03-10 and 20 to 2026-03-20
on 2026-02-20
hold 4 for 1800s as h   -> held 4, lots 6 to 2026-03-10 and 20 to 2026-03-20
hold 3 for 1800s as i   -> held 7, lots 3 to 2026-03-10 and 20 to 2026-03-20
redeem 100              -> insufficient_points, lots 3 to 2026-03-10 and 20 to 2026-03-20
redeem 1                -> lots 22 to 2026-04-20
void i                  -> lots 25 to 2026-04-20
capture h 1             -> lots 28 to 2026-04-20, hold captured 1
on 2026-03-07           -> lots 33 to 2026-04-20, pending 0        # g has matured, too, and was extended before
on 2026-04-01
hold 1 for 60s as j     -> lots 32 to 2026-04-20
capture j               -> lots 32 to 2026-06-01
on 2026-06-01T12:00     -> available 32
on 2026-06-02           -> available 0
reverse g 2             -> available 0, debt 0        # expired unspent
