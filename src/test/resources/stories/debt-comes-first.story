# Nobody has points available and a debt at once: whatever becomes available pays the debt first.
on 2026-01-10
earn 1000 as e
hold 1000 for 60s as h
reverse e            -> available 0, held 1000, debt 1000
after 61s            -> available 0, held 0, debt 0
redeem 1000          -> insufficient_points
earn 5               -> available 5, moved 5, did release 1000 and payoff -1000 and earn 5
redeem 5

earn 100 as f        # a hold that is voided, or captured in part
hold 60 as i
hold 40 as j
reverse f            -> available 0, held 100, debt 100
void i               -> available 0, held 40, debt 40, moved 0, did release 60 and payoff -60
capture j 10         -> available 0, held 0, debt 10, moved 0, did capture -10 and release 30 and payoff -30
earn 30              -> available 20, debt 0, moved 20, did earn 30 and payoff -10
redeem 20

earn 100 as a        # both orders end the same
redeem 100 as b
reverse a            -> available 0, debt 100
reverse b 30         -> available 0, debt 70, moved 0, did reverse 30 and payoff -30
reverse b            -> available 0, debt 0, moved 0, did reverse 70 and payoff -70
earn 100 as c
redeem 100 as d
reverse d            -> available 100, debt 0
reverse c            -> available 0, debt 0

earn 50 as g         # so does a void by key
redeem 50 as r
reverse g            -> debt 50
void key of r        -> available 0, debt 0, did reverse 50 and payoff -50
