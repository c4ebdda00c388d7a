package dev.stampede.quote;

import dev.stampede.award.DayNumbers;
import dev.stampede.award.MemberState;
import dev.stampede.document.ProgramDocument;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.rules.DeclaredAttributes;
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
            DeclaredAttributes declared = new DeclaredAttributes(document.attributes());
            attributes.forEach((id, value) -> check(declared, id, value));
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

    private static void check(DeclaredAttributes declared, String id, String value) {
        if (!declared.has(id)) {
            throw new ProblemException(
                    ProblemCode.UNKNOWN_ATTRIBUTE, "The program has no attribute " + id + " of members.");
        }
        String wanted = declared.wanted(id, value);
        if (wanted != null) {
            throw ProblemException.malformed("The attribute " + id + " must be " + wanted + ".");
        }
    }
}
