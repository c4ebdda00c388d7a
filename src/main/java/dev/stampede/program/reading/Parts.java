package dev.stampede.program.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Finds parts that stand at several places of a document. */
final class Parts {
    private Parts() {}

    /** The lists of earn rules: the programme's, and those of its partners. */
    static List<List<Place>> earnLists(Place root) {
        return lists(root, "earn");
    }

    /** The lists of redeem rules: the programme's, and those of its partners. */
    static List<List<Place>> redeemLists(Place root) {
        return lists(root, "redeem");
    }

    private static List<List<Place>> lists(Place root, String name) {
        List<List<Place>> lists = new ArrayList<>();
        lists.add(root.list(name));
        root.list("partners").forEach(partner -> lists.add(partner.list(name)));
        return lists;
    }

    static List<Place> rates(Place root) {
        Stream<Place> owners = Stream.of(
                        earnLists(root).stream().flatMap(List::stream),
                        root.list("measures").stream(),
                        fields(root.list("promotions"), "give").stream())
                .flatMap(each -> each);
        return fields(owners.toList(), "rate");
    }

    static List<Place> whens(Place root) {
        Stream<Place> owners = Stream.of(
                        redeemLists(root).stream().flatMap(List::stream),
                        root.list("promotions").stream(),
                        root.list("rewards").stream())
                .flatMap(each -> each);
        return fields(owners.toList(), "when");
    }

    static List<Place> matches(Place root) {
        List<Place> matches = new ArrayList<>();
        earnLists(root).forEach(rules -> matches.addAll(fields(rules, "match")));
        matches.addAll(fields(root.list("measures"), "match"));
        matches.addAll(fields(whens(root), "items"));
        return matches;
    }

    static List<Place> levels(Place root) {
        Place tiers = root.field("tiers");
        return tiers == null ? List.of() : tiers.list("levels");
    }

    static List<Place> groups(Place root) {
        Place stacking = root.field("stacking");
        return stacking == null ? List.of() : stacking.list("groups");
    }

    static List<Place> thresholds(Place root) {
        List<Place> thresholds = new ArrayList<>();
        for (Place qualify : fields(levels(root), "qualify")) {
            thresholds.addAll(qualify.list("any"));
            thresholds.addAll(qualify.list("all"));
        }
        return thresholds;
    }

    /** Of those owners that have the field. */
    static List<Place> fields(List<Place> owners, String name) {
        return owners.stream()
                .map(owner -> owner.field(name))
                .filter(Objects::nonNull)
                .toList();
    }
}
