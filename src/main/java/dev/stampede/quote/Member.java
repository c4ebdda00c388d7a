package dev.stampede.quote;

import dev.stampede.award.DayNumbers;
import dev.stampede.award.MemberState;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.ProgramDocument;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.request.Fields;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** For whom a quote is made: somebody new, or a member as the caller describes him. */
final class Member {
    private Member() {}

    /**
     * The state of a member who has a tier and attributes. Without both he is somebody new, if an earn enrols in this
     * program; otherwise he is a member already.
     *
     * @param day the local day of the purchase
     */
    static MemberState of(
            ProgramDocument document, @Nullable String tier, @Nullable Map<String, String> attributes, long day) {
        boolean isNew = tier == null && attributes == null && document.points().autoEnrol();
        MemberState member = isNew ? MemberState.BLANK : MemberState.joined(day);
        if (tier != null) {
            check(document, tier);
            member = member.with(new MemberState.Grant(tier, DayNumbers.FOREVER));
        }
        if (attributes != null) {
            attributes.forEach((id, value) -> check(document, id, value));
            member = member.with(new HashMap<>(attributes), 0);
        }
        return member;
    }

    private static void check(ProgramDocument document, String tier) {
        if (document.tiers() == null
                || document.tiers().levels().stream()
                        .noneMatch(level -> level.id().equals(tier))) {
            throw ProblemException.malformed("The program has no tier " + tier + ".");
        }
    }

    private static void check(ProgramDocument document, String id, String value) {
        MemberAttribute attribute = document.attributes().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.UNKNOWN_ATTRIBUTE, "The program has no attribute " + id + " of members."));
        boolean fits;
        if (attribute instanceof MemberAttribute.BirthDate) {
            fits = isDate(value);
        } else if (attribute instanceof MemberAttribute.Flag) {
            fits = value.equals("true") || value.equals("false");
        } else if (attribute instanceof MemberAttribute.Code code) {
            fits = Fields.isOfLength(value, code.maxLength());
        } else {
            fits = Fields.isOfLength(value, ((MemberAttribute.Text) attribute).maxLength());
        }
        if (!fits) {
            throw ProblemException.malformed("The attribute " + id + " can't be " + value + ".");
        }
    }

    private static boolean isDate(String value) {
        try {
            return value.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")
                    && LocalDate.parse(value).getYear() > 0;
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
