# Some programs want their members enrolled before they earn.
program  auto-enrol off

on 2026-01-10
earn 5 as e          -> account_not_found
hold 5               -> account_not_found
balance              -> account_not_found
enrol                -> created, available 0
again e              -> available 5         # the refusal left no trace
enrol                -> available 5
