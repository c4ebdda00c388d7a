# The November event: Rouge three days before all, with four times the points on top; each level its own multiplier,
# and the best of them for each member.
program  like beauty, only event-insider event-vib event-rouge

on 2026-10-30T08:00
member rosa
tier rouge to 2026-12-31
member vera
tier vib to 2026-12-31

member rosa
on 2026-11-02T23:59:59
buy 100.00                  -> gives 150
on 2026-11-03
buy 100.00                  -> gives 450
member vera
on 2026-11-03T07:00
buy 100.00                  -> gives 125
on 2026-11-05
buy 100.00                  -> gives 325
member ines
buy 100.00                  -> gives 100
on 2026-11-06
buy 100.00                  -> gives 200
member rosa
buy 100.00                  -> gives 450
on 2026-11-17
buy 100.00                  -> gives 150
