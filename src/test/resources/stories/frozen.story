# Nothing moves on a frozen account but what time does.
program  expiry 1 month to the day, pending 3 days

on 2026-01-10
earn 100 as e
on 2026-01-13
hold 30 for 1800s as h  -> available 70, held 30
earn 10              -> pending 10
freeze               -> available 70, held 30, pending 10
freeze
redeem 1 as r        -> account_frozen, available 70
earn 1               -> account_frozen
hold 1               -> account_frozen
capture h            -> account_frozen
void h               -> account_frozen
reverse e 1          -> account_frozen
void key of late     -> account_frozen
enrol
again e              -> replayed
on 2026-01-16        -> available 110, held 0, pending 0
sweep                -> available 110
on 2026-02-11
sweep                -> available 10
unfreeze             -> available 10
again r              -> account_frozen, available 10    # its key has been answered
redeem 2 as late     -> available 8                     # what was refused has voided nothing
