package dev.stampede.award;

import java.util.List;

/**
 * What an earn gives a member, and how he is afterwards.
 *
 * @param enrols whether it opens the account
 * @param level the index of the level that the member held
 * @param reached the index of the level that he has afterwards
 * @param points the sum of all parts
 * @param explanation what gave something, and what would have
 * @param parts for a later reversal
 */
public record Settled(
        MemberState member, boolean enrols, int level, int reached, long points, List<Part> explanation, Parts parts) {
    public Settled {
        explanation = List.copyOf(explanation);
    }
}
