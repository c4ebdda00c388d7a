package dev.stampede.document;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which promotions may give together.
 *
 * @param maxBonusPerOperation points; null means no limit
 */
public record Stacking(List<Group> groups, @Nullable Long maxBonusPerOperation) {
    public Stacking {
        groups = List.copyOf(groups);
    }

    /** Promotions of which all give, or only one. */
    public record Group(String id, Mode mode) {}

    /** All of a group; the one that gives most; the one with the highest priority. */
    public enum Mode {
        ALL,
        BEST,
        FIRST
    }
}
