# Two stars a dollar: cents count, what is left of them does not. A purchase that gives nothing is a purchase.
program  like coffee, only

on 2026-12-02T10:00
buy 4.75                    -> gives 9
buy 0.49                    -> gives 0
buy 0.50                    -> gives 1
balance                     -> available 10, measure stars 10, tier green
