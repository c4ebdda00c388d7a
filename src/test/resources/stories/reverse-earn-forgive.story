# Some programs forgive what a reversed earn can't take back.
program  clawback forgive

on 2026-01-10
earn 100 as a
redeem 80
reverse a 30         -> available 0, debt 0, did reverse -20, moved -20, lifetime 70
reverse a            -> available 0, debt 0, moved 0, lifetime 0
reverse a            -> already_reversed
earn 10              -> available 10, debt 0
