package dev.stampede.award;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Chooses which promotions give. First each gets what its own limits have room for; then stacking decides; then those
 * that were chosen use the limits up, one after the other, because several can share one.
 */
final class Selection {
    private final Draft member;
    private final ProgressBook progress;
    private final SharedRooms shared = new SharedRooms();

    Selection(Draft member) {
        this.member = member;
        this.progress = new ProgressBook(member);
    }

    /**
     * The turns of those candidates whose conditions hold for the member. Progress advances with it, whatever is
     * chosen.
     *
     * @param level the index of the member's level
     */
    List<Turn> turns(List<Candidate> candidates, int level) {
        MemberState state = member.state();
        Rooms rooms = new Rooms(member.counters);
        List<Turn> turns = new ArrayList<>();
        for (Candidate candidate : candidates) {
            long wish = candidate.wish().get(level);
            if (wish == Candidate.NOT || candidate.needs().missed(state) != null) {
                continue;
            }
            Advance advance = candidate.advance();
            long complete = advance == null ? 1 : progress.advance(candidate.promotion(), advance);
            Turn turn = new Turn(candidate, wish, candidate.needs().birthYear(state), complete);
            fit(turn, rooms);
            shared.fit(turn);
            turns.add(turn);
        }
        return turns;
    }

    private static void fit(Turn turn, Rooms rooms) {
        List<Cap> caps = turn.candidate.caps();
        turn.fit(rooms.room(caps, true, turn.birthYear), rooms.room(caps, false, turn.birthYear));
    }

    void choose(List<Turn> turns) {
        List<Turn> giving = turns.stream().filter(Turn::gives).toList();
        List<Turn> chosen = new ArrayList<>(giving);
        giving.stream()
                .filter(turn -> turn.candidate.exclusive())
                .min(Turn.BY_PRIORITY)
                .ifPresentOrElse(winner -> keepOnly(winner, giving, chosen), () -> groups(giving, chosen));
        Rooms rooms = new Rooms(member.counters);
        SharedRooms ofBudgets = shared.copy();
        chosen.sort(Turn.BY_PRIORITY);
        for (Turn turn : chosen) {
            fit(turn, rooms);
            ofBudgets.fit(turn);
            ofBudgets.take(turn);
            rooms.take(turn.candidate.caps(), turn.times, turn.points, turn.birthYear);
            turn.full = turn.points;
        }
    }

    private static void groups(List<Turn> giving, List<Turn> chosen) {
        Map<String, List<Turn>> groups = new LinkedHashMap<>();
        for (Turn turn : giving) {
            if (turn.candidate.group() != null && turn.candidate.groupMode() != Candidate.Mode.ALL) {
                groups.computeIfAbsent(turn.candidate.group(), any -> new ArrayList<>())
                        .add(turn);
            }
        }
        groups.values()
                .forEach(group -> group.stream()
                        .min(
                                group.get(0).candidate.groupMode() == Candidate.Mode.BEST
                                        ? Turn.BY_POINTS
                                        : Turn.BY_PRIORITY)
                        .ifPresent(winner -> keepOnly(winner, group, chosen)));
    }

    private static void keepOnly(Turn winner, List<Turn> of, List<Turn> chosen) {
        for (Turn turn : of) {
            if (turn != winner) {
                chosen.remove(turn);
                turn.lose("stacking:" + winner.candidate.promotion());
            }
        }
    }

    /** Cuts what promotions give together, the one of the lowest priority first, of equal ones the last. */
    static void cutTo(long maxBonus, List<Turn> turns) {
        long over = turns.stream().mapToLong(turn -> turn.points).sum() - maxBonus;
        List<Turn> lowestFirst = new ArrayList<>(turns);
        Collections.reverse(lowestFirst);
        lowestFirst.sort(Comparator.comparingLong(turn -> turn.candidate.priority()));
        for (Turn turn : lowestFirst) {
            over -= turn.cut(Math.max(0, over));
        }
    }

    /**
     * Counts what was given in the end, and hands out the gifts.
     *
     * @param today the day from which gifts are valid
     */
    void commit(List<Turn> turns, long today) {
        for (Turn turn : turns) {
            Candidate candidate = turn.candidate;
            Candidate.GiftOffer gift = candidate.gift();
            if (gift != null && turn.gifts > 0) {
                long given = member.give(gift.from(candidate.promotion(), today), turn.gifts);
                if (given < turn.gifts) {
                    turn.gifts = given;
                    turn.reason = "limit";
                }
            }
            shared.take(turn);
            if (turn.gives()) {
                for (Cap cap : candidate.caps()) {
                    if (cap.isCounted()) {
                        member.count(cap.counter(turn.birthYear), cap.ofUses() ? turn.times : turn.points);
                    }
                }
            }
            if (candidate.advance() != null && turn.complete > 0) {
                progress.gave(candidate.promotion(), candidate.advance(), turn.complete, turn.points, turn.gifts);
            }
        }
    }
}
