package dev.stampede.http.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stampede.http.view.BalanceView.LotView;
import dev.stampede.points.Lot;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalanceViewTest {
    private static LotView view(long points, long day) {
        return new LotView(points, LocalDate.ofEpochDay(day));
    }

    @Test
    void lotsOfOneDayAreToldTogether() {
        assertEquals(List.of(), LotView.byDay(List.of()));
        assertEquals(
                List.of(view(12, 100), view(7, 101)),
                LotView.byDay(List.of(new Lot(100, 10), new Lot(100, 2, 90), new Lot(101, 7))));
    }

    @Test
    void theSoonestComesFirst() {
        assertEquals(
                List.of(view(-5, 99), view(-11, 100)),
                LotView.byDay(List.of(new Lot(100, -10), new Lot(99, -5), new Lot(100, -1))));
    }
}
