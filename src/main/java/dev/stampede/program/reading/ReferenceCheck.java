package dev.stampede.program.reading;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Stage 3: does each name stand for exactly one thing, and for one of the kind that is meant? */
final class ReferenceCheck {
    private final Place root;
    private final Findings findings;

    private ReferenceCheck(Place root, Findings findings) {
        this.root = root;
        this.findings = findings;
    }

    static void check(Place root, Findings findings) {
        ReferenceCheck check = new ReferenceCheck(root, findings);
        check.ids();
        check.counters();
        check.corrects();
        check.tiers();
        check.attributes();
        check.promotions();
        check.partners();
        check.measures();
    }

    private void ids() {
        List.of("attributes", "itemAttributes", "measures", "budgets", "promotions", "rewards", "limits", "partners")
                .forEach(name -> unique(root.list(name)));
        unique(Parts.levels(root));
        unique(Parts.groups(root));
        Parts.earnLists(root).forEach(this::unique);
        Parts.redeemLists(root).forEach(this::unique);
        for (Place settlement : Parts.fields(root.list("partners"), "settlement")) {
            unique(settlement.list("issue"), "from");
            unique(settlement.list("accept"), "from");
        }
    }

    private void unique(List<Place> list) {
        unique(list, "id");
    }

    private void unique(List<Place> list, String key) {
        Map<String, Place> known = new HashMap<>();
        for (Place element : list) {
            Place id = element.at(key);
            String text = String.valueOf(id.text());
            Place before = known.putIfAbsent(text, id);
            if (before != null) {
                findings.error(
                        id,
                        Finding.Code.DUPLICATE_ID,
                        Words.quoted(text) + " stands twice in this list, first on line "
                                + before.node().at().line() + ". Give one of them another \"" + key + "\".");
            }
        }
    }

    /** A counter that limits share counts one thing. */
    private void counters() {
        Map<String, String> counted = new HashMap<>();
        for (String owners : List.of("promotions", "rewards")) {
            for (Place owner : root.list(owners)) {
                for (Place limit : owner.list("limits")) {
                    String counter = limit.text("counter");
                    String of = String.valueOf(limit.text("of"));
                    String before = counter == null ? null : counted.putIfAbsent(counter, of);
                    if (before != null && !before.equals(of)) {
                        findings.error(
                                limit.at("counter"),
                                Finding.Code.DUPLICATE_ID,
                                "The counter " + Words.quoted(String.valueOf(counter)) + " counts " + before
                                        + " elsewhere and " + of + " here. Give one of them another name.");
                    }
                }
            }
        }
    }

    private void corrects() {
        Place corrects = root.field("corrects");
        if (corrects != null
                && corrects.node() instanceof Node.Numeral version
                && root.at("basedOn").node() instanceof Node.Numeral newest
                && Long.parseLong(version.literal()) > Long.parseLong(newest.literal())) {
            findings.error(
                    corrects,
                    Finding.Code.UNKNOWN_REFERENCE,
                    "There is no version " + version.literal() + ": this document is based on version "
                            + newest.literal() + ", and corrects it or an earlier one.");
        }
    }

    private void tiers() {
        Set<String> levels = ids(Parts.levels(root));
        for (Place when : Parts.whens(root)) {
            known(when.list("tiers"), levels, "levels");
            when.list("earlyAccess").forEach(early -> known(early.list("tiers"), levels, "levels"));
        }
        for (Place rate : Parts.rates(root)) {
            rate.list("byTier").forEach(each -> known(each.list("tiers"), levels, "levels"));
        }
        for (Place reward : root.list("rewards")) {
            reward.list("cost").forEach(cost -> known(cost.list("tiers"), levels, "levels"));
        }
        for (Place event : Parts.fields(root.list("promotions"), "event")) {
            String text = event.text();
            if (text != null && text.startsWith("tier:")) {
                known(event, text.substring("tier:".length()), levels, "levels");
            }
        }
    }

    private void attributes() {
        Map<String, String> ofMembers = types(root.list("attributes"));
        Map<String, String> ofItems = types(root.list("itemAttributes"));
        for (Place when : Parts.whens(root)) {
            conditions(
                    when.field("attributes"), ofMembers, "attributes of members", Set.of("boolean", "code")::contains);
        }
        for (Place match : Parts.matches(root)) {
            conditions(match.field("attributes"), ofItems, "attributes of items", type -> true);
        }
        for (Place rate : Parts.rates(root)) {
            if ("attribute".equals(rate.text("by"))) {
                attribute(
                        rate.at("attribute"),
                        rate.text("attribute"),
                        ofItems,
                        "attributes of items",
                        type -> !type.equals("code"),
                        "is a code. What is multiplied must be a number");
                Place factor = rate.field("factor");
                if (factor != null) {
                    attribute(
                            factor.at("attribute"),
                            factor.text("attribute"),
                            ofItems,
                            "attributes of items",
                            type -> !type.equals("decimal"),
                            "is a decimal. What is looked up in a table must be a code or a whole number");
                }
            }
        }
    }

    private void conditions(
            @Nullable Place conditions, Map<String, String> types, String kind, Predicate<String> usable) {
        if (conditions == null) {
            return;
        }
        for (Place.Entry condition : conditions.entries()) {
            attribute(
                    condition.value(),
                    condition.name(),
                    types,
                    kind,
                    usable,
                    "cannot be compared with a list of values. Only a boolean or a code can");
        }
    }

    private void attribute(
            Place place,
            @Nullable String id,
            Map<String, String> types,
            String kind,
            Predicate<String> usable,
            String otherwise) {
        String type = types.get(id);
        if (type == null) {
            known(place, String.valueOf(id), types.keySet(), kind);
        } else if (!usable.test(type)) {
            findings.error(
                    place,
                    Finding.Code.UNKNOWN_REFERENCE,
                    "The attribute " + Words.quoted(String.valueOf(id)) + " " + otherwise + ".");
        }
    }

    private void promotions() {
        Set<String> groups = ids(Parts.groups(root));
        Set<String> budgets = ids(root.list("budgets"));
        Set<String> rewards = ids(root.list("rewards"));
        for (Place promotion : root.list("promotions")) {
            refers(promotion, "group", groups, "groups");
            refers(promotion, "budget", budgets, "budgets");
            refers(promotion.at("give"), "reward", rewards, "rewards");
        }
    }

    private void partners() {
        Set<String> partners = ids(root.list("partners"));
        Parts.whens(root).forEach(when -> known(when.list("partners"), partners, "partners"));
        root.list("promotions").forEach(promotion -> refers(promotion, "fundedBy", partners, "partners"));
        if (partners.isEmpty() && root.at("partnerRequired").node() instanceof Node.Flag flag && flag.value()) {
            findings.error(
                    root.at("partnerRequired"),
                    Finding.Code.UNKNOWN_REFERENCE,
                    "Each operation must name a partner, but there are no partners.");
        }
    }

    private void measures() {
        Set<String> measures = ids(root.list("measures"));
        Parts.thresholds(root).forEach(threshold -> refers(threshold, "measure", measures, "measures"));
    }

    private static Set<String> ids(List<Place> list) {
        return list.stream()
                .map(element -> String.valueOf(element.text("id")))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Map<String, String> types(List<Place> list) {
        Map<String, String> types = new LinkedHashMap<>();
        list.forEach(each -> types.put(String.valueOf(each.text("id")), String.valueOf(each.text("type"))));
        return types;
    }

    private void refers(Place owner, String field, Set<String> known, String kind) {
        String id = owner.text(field);
        if (id != null) {
            known(owner.at(field), id, known, kind);
        }
    }

    private void known(List<Place> ids, Set<String> known, String kind) {
        ids.forEach(id -> known(id, String.valueOf(id.text()), known, kind));
    }

    private void known(Place place, String id, Set<String> known, String kind) {
        if (!known.contains(id)) {
            findings.error(
                    place,
                    Finding.Code.UNKNOWN_REFERENCE,
                    Words.quoted(id) + " is not among the " + kind + ". " + Words.instead(id, known, kind));
        }
    }
}
