package dev.stampede.document;

/**
 * What one member may earn or redeem in the whole programme.
 *
 * @param max uses, or points
 */
public record MemberLimit(String id, On on, CountedAs of, long max, Per per) {
    public enum On {
        EARN,
        REDEEM
    }
}
