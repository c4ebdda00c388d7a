# What comes back pays the debt before it expires, so that no order of reversals is worse than another.
program  expiry 1 month to the day

on 2026-01-10
earn 100 as a
redeem 100 as r
earn 100 as b
redeem 90 as s
on 2026-02-11
reverse a            -> debt 90, did expire -10 and reverse 90    # of the two earns of that day 10 expired
reverse r            -> available 0, debt 0, moved 0, did reverse 100 and payoff -90 and expire -10
reverse s            -> available 0, debt 0, moved 0, did reverse 90 and expire -90
reverse b            -> available 0, debt 0, did reverse 0, lifetime 0
