package dev.stampede.program.reading;

import dev.stampede.document.Give;
import dev.stampede.document.Limit;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.Per;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Promotion;
import dev.stampede.document.Reward;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Is there anything that nobody refers to? It does no harm, but its author meant something by it. */
final class UseCheck {
    private final ProgramDocument document;
    private final Place root;
    private final Findings findings;

    UseCheck(ProgramDocument document, Place root, Findings findings) {
        this.document = document;
        this.root = root;
        this.findings = findings;
    }

    void check() {
        unused(
                Parts.groups(root),
                document.promotions().stream().map(Promotion::group).collect(Collectors.toSet()),
                "No promotion is in this group.");
        unused(
                root.list("budgets"),
                document.promotions().stream().map(Promotion::budget).collect(Collectors.toSet()),
                "No promotion takes anything from this budget.");
        unused(
                root.list("measures"),
                Parts.thresholds(root).stream()
                        .map(threshold -> threshold.text("measure"))
                        .collect(Collectors.toSet()),
                "No level asks for this measure.");
        memberAttributes();
        itemAttributes();
        gifts();
    }

    private void unused(List<Place> list, Set<String> used, String message) {
        for (Place each : list) {
            if (!used.contains(each.text("id"))) {
                findings.warning(each.at("id"), Finding.Code.UNUSED, message);
            }
        }
    }

    private void memberAttributes() {
        Set<String> used = conditions(Parts.whens(root));
        boolean birthdays = birthdays();
        for (MemberAttribute attribute : document.attributes()) {
            if (attribute instanceof MemberAttribute.Text) {
                used.add(attribute.id());
            } else if (attribute instanceof MemberAttribute.BirthDate && birthdays) {
                used.add(attribute.id());
                birthdays = false;
            }
        }
        unused(root.list("attributes"), used, "No condition uses this attribute.");
    }

    private boolean birthdays() {
        return Parts.whens(root).stream().anyMatch(when -> when.has("birthday"))
                || document.promotions().stream().map(Promotion::limits).anyMatch(UseCheck::byBirthday)
                || document.rewards().stream().map(Reward::limits).anyMatch(UseCheck::byBirthday);
    }

    private static boolean byBirthday(List<Limit> limits) {
        return limits.stream().anyMatch(limit -> limit.per() == Per.BIRTHDAY);
    }

    private void itemAttributes() {
        Set<String> used = conditions(Parts.matches(root));
        for (Place rate : Parts.rates(root)) {
            used.add(String.valueOf(rate.text("attribute")));
            used.add(String.valueOf(rate.at("factor").text("attribute")));
        }
        unused(root.list("itemAttributes"), used, "No rate and no condition uses this attribute.");
    }

    private static Set<String> conditions(List<Place> owners) {
        return Parts.fields(owners, "attributes").stream()
                .flatMap(attributes -> attributes.entries().stream())
                .map(Place.Entry::name)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private void gifts() {
        Set<String> given = document.promotions().stream()
                .map(promotion -> promotion.give() instanceof Give.Gift gift ? gift.reward() : "")
                .collect(Collectors.toSet());
        for (int i = 0; i < document.rewards().size(); i++) {
            if (document.rewards().get(i).grantOnly()
                    && !given.contains(document.rewards().get(i).id())) {
                findings.warning(
                        root.at("rewards", i, "grantOnly"),
                        Finding.Code.UNUSED,
                        "This reward can be had only as a gift, and no promotion gives it.");
            }
        }
    }
}
