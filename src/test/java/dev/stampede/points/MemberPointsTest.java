package dev.stampede.points;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MemberPointsTest {
    private static final ZoneId UTC = ZoneOffset.UTC;
    private static final long DAY = 86_400_000L;
    private static final UUID ONE = new UUID(0, 1);
    private static final UUID TWO = new UUID(0, 2);

    private static MemberPoints state(long debt, List<Lot> lots, List<Maturing> maturing, List<Hold> holds) {
        return new MemberPoints(
                true,
                false,
                false,
                false,
                lots.stream().mapToLong(Lot::points).sum(),
                holds.stream().mapToLong(Hold::points).sum(),
                maturing.stream().mapToLong(Maturing::points).sum(),
                debt,
                1000,
                lots,
                maturing,
                holds);
    }

    private static Hold hold(UUID id, long expiresAt, Lot... lots) {
        return new Hold(id, List.of(lots).stream().mapToLong(Lot::points).sum(), expiresAt, List.of(lots), null);
    }

    @Test
    void nothingIsDueOfNothing() {
        assertEquals(0, MemberPoints.BLANK.dueAt(UTC));
        assertSame(MemberPoints.BLANK, MemberPoints.BLANK.at(Long.MAX_VALUE, UTC));
    }

    @Test
    void whatComesFirstIsDueFirst() {
        List<Lot> lots = List.of(new Lot(10, 5), new Lot(11, 5));
        List<Maturing> maturing = List.of(new Maturing(12, 40, 5));
        assertEquals(11 * DAY, state(0, lots, maturing, List.of()).dueAt(UTC));
        assertEquals(12 * DAY, state(0, List.of(), maturing, List.of()).dueAt(UTC));
        assertEquals(
                7,
                state(0, lots, maturing, List.of(hold(ONE, 9, new Lot(9, 1)), hold(TWO, 7, new Lot(9, 1))))
                        .dueAt(UTC));
    }

    /** As the lapse will: the view of readers is the state that it leaves. */
    @Test
    void theOldestOfTooManyLotsOfOneDayAreOne() {
        List<Lot> full = LongStream.range(40, 40 + PointLimits.MAX_GIVEN)
                .mapToObj(given -> new Lot(100, given, given))
                .toList();
        List<Lot> after = new ArrayList<>(full.subList(2, full.size()));
        after.add(0, new Lot(100, 40 + 41, 41));
        after.add(new Lot(100, 5));
        List<Lot> other = List.of(new Lot(20, 1), new Lot(20, 1, 19));
        assertEquals(
                state(0, after, List.of(), List.of()).lots(),
                state(0, full, List.of(new Maturing(12, 100, 5)), List.of())
                        .at(13 * DAY, UTC)
                        .lots());
        assertEquals(
                List.of(other.get(1), other.get(0)),
                state(0, other, List.of(), List.of(hold(ONE, 9, new Lot(9, 1))))
                        .at(10 * DAY, UTC)
                        .lots());
    }

    @Test
    void lotsLapseToTheMillisecond() {
        MemberPoints state = state(0, List.of(new Lot(10, 5), new Lot(11, 6)), List.of(), List.of());
        assertSame(state, state.at(11 * DAY - 1, UTC));
        assertEquals(state(0, List.of(new Lot(11, 6)), List.of(), List.of()), state.at(11 * DAY, UTC));
        assertEquals(state(0, List.of(), List.of(), List.of()), state.at(12 * DAY, UTC));
    }

    @Test
    void holdsReturnToTheirLots() {
        MemberPoints state = state(
                0,
                List.of(new Lot(10, 5)),
                List.of(),
                List.of(hold(ONE, 100, new Lot(10, 1), new Lot(12, 2)), hold(TWO, 200, new Lot(11, 3))));
        MemberPoints after =
                state(0, List.of(new Lot(10, 6), new Lot(12, 2)), List.of(), List.of(hold(TWO, 200, new Lot(11, 3))));
        assertSame(state, state.at(99, UTC));
        assertEquals(after, state.at(100, UTC));
        assertEquals(
                state(0, List.of(new Lot(10, 6), new Lot(11, 3), new Lot(12, 2)), List.of(), List.of()),
                state.at(200, UTC));
    }

    @Test
    void aHoldOfLapsedPointsReturnsNothing() {
        MemberPoints state =
                state(0, List.of(), List.of(), List.of(hold(ONE, 11 * DAY, new Lot(10, 4), new Lot(11, 1))));
        assertEquals(state(0, List.of(new Lot(11, 1)), List.of(), List.of()), state.at(11 * DAY, UTC));
    }

    @Test
    void pendingPointsMature() {
        MemberPoints state =
                state(0, List.of(new Lot(40, 1)), List.of(new Maturing(10, 40, 5), new Maturing(11, 39, 6)), List.of());
        assertSame(state, state.at(10 * DAY - 1, UTC));
        assertEquals(
                state(0, List.of(new Lot(40, 6)), List.of(new Maturing(11, 39, 6)), List.of()),
                state.at(10 * DAY, UTC));
        assertEquals(state(0, List.of(new Lot(39, 6), new Lot(40, 6)), List.of(), List.of()), state.at(11 * DAY, UTC));
    }

    @Test
    void maturedPointsPayTheDebt() {
        List<Maturing> maturing = List.of(new Maturing(10, 40, 5), new Maturing(11, 41, 6));
        MemberPoints state = state(7, List.of(), maturing, List.of());
        assertEquals(state(2, List.of(), maturing.subList(1, 2), List.of()), state.at(10 * DAY, UTC));
        assertEquals(state(0, List.of(new Lot(41, 4)), List.of(), List.of()), state.at(11 * DAY, UTC));
    }

    /** They were owed before they were lost. */
    @Test
    void evenThoseThatHaveLapsedSince() {
        MemberPoints state = state(3, List.of(), List.of(new Maturing(10, 12, 5)), List.of());
        assertEquals(state(0, List.of(), List.of(), List.of()), state.at(13 * DAY, UTC));
    }

    @Test
    void whatTimeDoesNotTouchStays() {
        MemberPoints state = new MemberPoints(
                true, true, false, false, 5, 0, 0, 0, 77, List.of(new Lot(10, 5)), List.of(), List.of());
        assertEquals(
                new MemberPoints(true, true, false, false, 0, 0, 0, 0, 77, List.of(), List.of(), List.of()),
                state.at(100 * DAY, UTC));
    }

    @Test
    void whatReturnsPaysTheDebtBeforeItLapses() {
        MemberPoints state =
                state(5, List.of(), List.of(), List.of(hold(ONE, 11 * DAY, new Lot(10, 4), new Lot(20, 3))));
        assertEquals(state(0, List.of(new Lot(20, 2)), List.of(), List.of()), state.at(11 * DAY, UTC));
    }

    @Test
    void holdsReturnWithTheirGrace() {
        List<Lot> lots = List.of(new Lot(10, 4), new Lot(40, 1));
        MemberPoints state =
                state(0, List.of(new Lot(30, 2)), List.of(), List.of(new Hold(ONE, 5, 11 * DAY, lots, 30L)));
        assertEquals(
                state(0, List.of(new Lot(30, 4, 10), new Lot(30, 2), new Lot(40, 1)), List.of(), List.of()),
                state.at(11 * DAY, UTC));
    }

    /** As an earlier release may have left it. */
    @Test
    void whatIsAvailablePaysTheDebt() {
        List<Lot> lots = List.of(new Lot(10, 5), new Lot(11, 5));
        assertEquals(
                state(0, List.of(new Lot(11, 3)), List.of(), List.of()),
                state(7, lots, List.of(), List.of()).at(0, UTC));
        assertEquals(
                state(2, List.of(), List.of(), List.of()),
                state(12, lots, List.of(), List.of()).at(0, UTC));
    }
}
