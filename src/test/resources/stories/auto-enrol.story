# By default the first earn enrols.
on 2026-01-10
redeem 5             -> account_not_found
hold 5               -> account_not_found
balance              -> account_not_found
earn 5               -> created, available 5, lifetime 5
enrol                -> available 5
