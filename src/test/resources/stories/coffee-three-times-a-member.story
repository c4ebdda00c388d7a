# The holiday bonus is for three purchases a member. One that is wholly returned makes room for another.
program  like coffee, only holiday-bonus

on 2026-12-11T12:00
buy 15.00                   -> gives 60
buy 15.00 as B              -> gives 60
buy 15.00                   -> gives 60
buy 15.00                   -> gives 30, why base 30 and holiday-bonus 0 limit
reverse B                   -> takes 60
buy 15.00                   -> gives 60
