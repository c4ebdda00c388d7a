package dev.stampede.award;

import java.util.List;

/**
 * A member's stamps of one promotion.
 *
 * @param count all stamps, also those of cards that are full
 * @param given how many full cards were counted as given
 * @param used how many of them were gifts that he has used: they are not taken back
 * @param gave what they gave, the newest last
 */
public record Stamps(long count, long given, long used, List<Gave> gave) {
    public static final Stamps NONE = new Stamps(0, 0, 0, List.of());

    public Stamps {
        gave = List.copyOf(gave);
    }
}
