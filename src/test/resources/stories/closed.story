# An account without points is closed for ever; what is left is forfeited only if somebody says so.
program  expiry 1 month to the day, pending 3 days

on 2026-01-10
earn 100 as e
on 2026-01-13
earn 10                      -> available 100, pending 10
redeem 20 as r
hold 30 for 60s as h         -> available 50, held 30, pending 10
close as c                   -> points_left, available 50
close forfeit                -> points_left, held 30              # somebody is at a till
void h                       -> available 80
freeze as f                  -> available 80
again c                      -> points_left                       # its key has been answered
close                        -> points_left
close forfeit as end         -> available 0, pending 0, lifetime 110, did forfeit -80
redeem 1                     -> account_closed
earn 1 as late               -> account_closed
hold 1                       -> account_closed
capture h                    -> account_closed
reverse r                    -> account_closed
void key of r                -> account_closed
void key of nobody           -> account_closed
adjust 5                     -> account_closed
enrol                        -> account_closed
freeze                       -> account_closed
unfreeze                     -> account_closed
close                        -> account_closed
reverse nothing              -> operation_not_found
again end                    -> replayed, available 0
again f                      -> replayed
again e                      -> replayed
again r                      -> replayed, available 0
on 2026-03-11
sweep                        -> available 0, pending 0
