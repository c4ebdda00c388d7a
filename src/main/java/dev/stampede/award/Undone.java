package dev.stampede.award;

import java.util.List;

/**
 * What a reversal of an earn takes from a member, and how he is afterwards.
 *
 * @param level the index of his level afterwards
 * @param own points of the earn itself that are to be taken back
 * @param takenBack points of other operations that are to be taken back, because too few stamps or days are left: an
 *     entry of its own, {@code take_back}
 * @param explanation numbers are negative
 */
public record Undone(MemberState member, int level, long own, long takenBack, List<Part> explanation) {
    public Undone {
        explanation = List.copyOf(explanation);
    }

    public long points() {
        return own + takenBack;
    }
}
