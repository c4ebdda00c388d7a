# What is still pending of an earn is taken back first.
program  pending 14 days, expiry 1 month to the day

on 2026-01-01
earn 100 as a
reverse a 40         -> available 0, pending 60, moved 0, did reverse -40, lifetime 60
on 2026-01-15        -> available 60, pending 0
redeem 50
earn 20              -> available 10, pending 20, lifetime 80
reverse a 15         -> available 0, pending 20, debt 5    # what others earned and is pending is not taken
on 2026-01-29        -> available 15, pending 0, debt 0
redeem 15            -> did mature 20 and payoff -5 and redeem -15
