package dev.stampede.document;

/** Something that a programme knows of a member. */
public sealed interface MemberAttribute {
    String id();

    /**
     * A date of birth.
     *
     * @param noticeDays days that the attribute must have had its value before it counts
     */
    record BirthDate(String id, int noticeDays, LeapDay leapDay) implements MemberAttribute {}

    record Flag(String id) implements MemberAttribute {}

    /** @param maxLength in characters */
    record Code(String id, int maxLength) implements MemberAttribute {}

    /**
     * Only for display; no condition may use it.
     *
     * @param maxLength in characters
     */
    record Text(String id, int maxLength) implements MemberAttribute {}

    /** The birthday in a common year of those who were born on 29 February. */
    enum LeapDay {
        FEB28,
        MAR1
    }
}
