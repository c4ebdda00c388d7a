package dev.stampede.program.reading;

import dev.stampede.document.Event;
import dev.stampede.document.Give;
import dev.stampede.document.ItemAttribute;
import dev.stampede.document.Limit;
import dev.stampede.document.Match;
import dev.stampede.document.MemberAttribute;
import dev.stampede.document.Per;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Rate;
import dev.stampede.document.When;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Can each promotion and each reward happen, and does it give anything? */
final class PromotionCheck {
    private final ProgramDocument document;
    private final Place root;
    private final Findings findings;
    /** The longest code by the attribute's id; 0 for a boolean. */
    private final Map<String, Integer> memberCodes = new HashMap<>();

    private final Map<String, Integer> itemCodes = new HashMap<>();

    PromotionCheck(ProgramDocument document, Place root, Findings findings) {
        this.document = document;
        this.root = root;
        this.findings = findings;
        for (MemberAttribute attribute : document.attributes()) {
            memberCodes.put(attribute.id(), attribute instanceof MemberAttribute.Code code ? code.maxLength() : 0);
        }
        for (ItemAttribute attribute : document.itemAttributes()) {
            itemCodes.put(
                    attribute.id(),
                    attribute instanceof ItemAttribute.Code code ? code.maxLength() : Integer.MAX_VALUE);
        }
    }

    void check() {
        for (int i = 0; i < document.promotions().size(); i++) {
            Promotion promotion = document.promotions().get(i);
            Place place = root.at("promotions", i);
            progressWithBudget(promotion, place);
            gives(promotion, place);
            event(promotion, place);
            excluded(promotion, place);
            limits(promotion.limits(), place);
        }
        for (int i = 0; i < document.rewards().size(); i++) {
            limits(document.rewards().get(i).limits(), root.at("rewards", i));
        }
        for (Place when : Parts.whens(root)) {
            values(when, memberCodes);
        }
        for (Place match : Parts.matches(root)) {
            values(match, itemCodes);
        }
        Candidates.check(document, root, findings);
    }

    private void progressWithBudget(Promotion promotion, Place place) {
        if (promotion.progress() != null && promotion.budget() != null) {
            findings.error(
                    place.at("budget"),
                    Finding.Code.PROGRESS_WITH_BUDGET,
                    "A promotion with progress cannot have a budget: a full card that the budget does not pay would be"
                            + " lost. Remove one of them; \"limits\" can bound what each member gets.");
        }
    }

    private void gives(Promotion promotion, Place place) {
        Give give = promotion.give();
        if (give instanceof Give.Multiply multiply && multiply.by().compareTo(BigDecimal.ONE) == 0) {
            findings.warning(
                    place.at("give", "multiply"),
                    Finding.Code.NEVER,
                    "\"1\" gives nothing more than the base. \"2\" doubles it.");
        } else if (give instanceof Give.ByRate rate && rate.rate() instanceof Rate.None) {
            findings.warning(place.at("give", "rate"), Finding.Code.NEVER, "The rate \"none\" never gives anything.");
        } else if (give instanceof Give.Multiply && promotion.event() instanceof Event.Action) {
            findings.warning(
                    place.at("give", "multiply"),
                    Finding.Code.NEVER,
                    "An action has no base that could be multiplied, so this never gives anything.");
        }
    }

    /** An action has no lines, and costs nothing. */
    private void event(Promotion promotion, Place place) {
        if (!(promotion.event() instanceof Event.Action)) {
            return;
        }
        When when = promotion.when();
        if (when.items() != null) {
            findings.error(
                    place.at("when", "items"),
                    Finding.Code.UNREACHABLE,
                    "An action has no items, so this condition never holds with this event.");
        }
        if (when.minimum() != null && when.minimum().signum() > 0) {
            findings.error(
                    place.at("when", "minimum"),
                    Finding.Code.UNREACHABLE,
                    "An action has no amount, so this condition never holds with this event.");
        }
        if (promotion.progress() instanceof Progress.Count count && count.counts() == Progress.Counts.QUANTITY) {
            findings.error(
                    place.at("progress", "counts"),
                    Finding.Code.UNREACHABLE,
                    "An action has no items whose quantity could be counted. Write \"operations\".");
        }
    }

    /** Lines that are outside of everything are outside of promotions. */
    private void excluded(Promotion promotion, Place place) {
        Match items = promotion.when().items();
        if (items == null || !document.partners().isEmpty()) {
            return;
        }
        for (int i = 0; i < document.earn().size(); i++) {
            if (!(document.earn().get(i).rate() instanceof Rate.None)) {
                return;
            }
            if (OrderCheck.covers(document.earn().get(i).match(), items)) {
                findings.warning(
                        place.at("when", "items"),
                        Finding.Code.NEVER,
                        "The earn rule " + Words.quoted(document.earn().get(i).id())
                                + " puts all of these items outside of promotions.");
                return;
            }
        }
    }

    private void limits(List<Limit> limits, Place owner) {
        for (int i = 0; i < limits.size(); i++) {
            if (limits.get(i).per() == Per.BIRTHDAY && !WindowCheck.knowsBirthDate(document)) {
                WindowCheck.noBirthDate(owner.at("limits", i, "per"), findings);
            }
        }
    }

    /** Values that the attribute can never have. */
    private void values(Place conditions, Map<String, Integer> codes) {
        Place attributes = conditions.field("attributes");
        if (attributes == null) {
            return;
        }
        for (Place.Entry attribute : attributes.entries()) {
            int longest = codes.getOrDefault(attribute.name(), 0);
            for (Place value : attribute.value().elements()) {
                String text = value.text();
                if ((text == null) != (longest == 0)) {
                    findings.error(
                            value,
                            Finding.Code.NEVER,
                            longest == 0
                                    ? "The attribute is a boolean. It is compared with true or false, without quotes."
                                    : "The attribute is not a boolean. It is compared with texts in quotes.");
                } else if (text != null && text.length() > longest) {
                    findings.error(
                            value,
                            Finding.Code.NEVER,
                            "The attribute has at most " + longest + " characters, so it never has this value.");
                }
            }
        }
    }
}
