# One large purchase passes two levels: the bonus of the first, and the gift of the second.
program  like beauty, only sign-up welcome-vib welcome-rouge

on 2026-06-01T12:00
buy 1000.00                 -> gives 1150, why base 1000 and sign-up 50 and welcome-vib 100 and rouge-gift x1, tier rouge
balance                     -> gifts rouge-gift 1, available 1150
redeem reward rouge-gift    -> moved 0, gifts none
