# What was spent is forgiven; what is on hold is not spent: it becomes debt, which its return pays.
program  clawback forgive

on 2026-01-10
earn 100 as a
hold 100 as h
reverse a            -> available 0, held 100, debt 100
void h               -> available 0, held 0, debt 0, did release 100 and payoff -100

earn 100 as b
redeem 30
hold 50 for 60s as i
reverse b            -> available 0, held 50, debt 50, did reverse -20    # 30 were spent
earn 40 as c         -> available 0, held 50, debt 10
reverse c            -> available 0, held 50, debt 50    # it paid for what is on hold, which owes again
earn 20 as d
redeem 1             -> insufficient_points, debt 30
after 61s            -> available 20, held 0, debt 0
reverse d            -> available 0, debt 0

earn 80 as e         # a captured hold is spent, but its debt was there before
hold 80 as j
reverse e            -> debt 80
capture j 50         -> available 0, held 0, debt 50, did capture -50 and release 30 and payoff -30
