package dev.stampede.program.reading;

import dev.stampede.document.AttributeValue;
import dev.stampede.document.EarnRule;
import dev.stampede.document.Give;
import dev.stampede.document.Match;
import dev.stampede.document.Measure;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Rate;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.Reward;
import dev.stampede.document.Tiers;
import dev.stampede.document.When;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Where the first that matches wins: does each entry get its turn, and is there one for each case? */
final class OrderCheck {
    private final ProgramDocument document;
    private final Place root;
    private final Findings findings;
    private final Set<String> levels;

    OrderCheck(ProgramDocument document, Place root, Findings findings) {
        this.document = document;
        this.root = root;
        this.findings = findings;
        this.levels = document.tiers() == null
                ? Set.of()
                : document.tiers().levels().stream().map(Tiers.Level::id).collect(Collectors.toSet());
    }

    void check() {
        if (document.earn().isEmpty() && !document.partnerRequired()) {
            findings.error(
                    root.at("earn"),
                    Finding.Code.NO_DEFAULT,
                    "There is no earn rule, so no purchase has a rate. Add one; \"rate\": \"none\" earns nothing.");
        }
        earn(document.earn(), root);
        redeem(document.redeem(), root);
        for (int i = 0; i < document.partners().size(); i++) {
            earn(document.partners().get(i).earn(), root.at("partners", i));
            redeem(document.partners().get(i).redeem(), root.at("partners", i));
        }
        for (int i = 0; i < document.measures().size(); i++) {
            if (document.measures().get(i) instanceof Measure.ByRate measure) {
                rate(measure.rate(), root.at("measures", i, "rate"));
            }
        }
        for (int i = 0; i < document.promotions().size(); i++) {
            if (document.promotions().get(i).give() instanceof Give.ByRate give) {
                rate(give.rate(), root.at("promotions", i, "give", "rate"));
            }
        }
        for (int i = 0; i < document.rewards().size(); i++) {
            cost(document.rewards().get(i), root.at("rewards", i));
        }
    }

    private void earn(List<EarnRule> rules, Place owner) {
        for (int i = 0; i < rules.size(); i++) {
            for (int before = 0; before < i; before++) {
                if (covers(rules.get(before).match(), rules.get(i).match())) {
                    findings.error(
                            owner.at("earn", i),
                            Finding.Code.UNREACHABLE,
                            "No line ever gets here: the rule "
                                    + Words.quoted(rules.get(before).id())
                                    + " comes first and matches all of them. Put the special rule before the general"
                                    + " one.");
                    break;
                }
            }
            rate(rules.get(i).rate(), owner.at("earn", i, "rate"));
        }
        if (!rules.isEmpty() && rules.stream().noneMatch(rule -> rule.match().always())) {
            findings.error(
                    owner.at("earn"),
                    Finding.Code.NO_DEFAULT,
                    "Lines that match none of these rules have no rate. Add a last rule without \"match\"; \"rate\":"
                            + " \"none\" earns nothing.");
        }
    }

    /** Whether each line that matches the second one matches the first one, too. */
    static boolean covers(Match general, Match special) {
        return covers(general.skus(), special.skus())
                && covers(general.categories(), special.categories())
                && covers(general.attributes(), special.attributes())
                && (general.quantity() == null
                        || (special.quantity() != null && general.quantity() <= special.quantity()));
    }

    /** Of two lists of what is accepted; an empty one accepts everything. */
    private static <T> boolean covers(Set<T> general, Set<T> special) {
        return general.isEmpty() || (!special.isEmpty() && general.containsAll(special));
    }

    private static boolean covers(
            Map<String, List<AttributeValue>> general, Map<String, List<AttributeValue>> special) {
        return general.entrySet().stream()
                .allMatch(condition -> special.containsKey(condition.getKey())
                        && new HashSet<>(condition.getValue()).containsAll(special.get(condition.getKey())));
    }

    private void redeem(List<RedeemRule> rules, Place owner) {
        for (int i = 1; i < rules.size(); i++) {
            for (int before = 0; before < i; before++) {
                When earlier = rules.get(before).when();
                if (earlier.equals(When.ALWAYS) || earlier.equals(rules.get(i).when())) {
                    findings.error(
                            owner.at("redeem", i),
                            Finding.Code.UNREACHABLE,
                            "This rule never gets its turn: the rule "
                                    + Words.quoted(rules.get(before).id())
                                    + " comes first and holds whenever this one does.");
                    break;
                }
            }
        }
        if (!rules.isEmpty() && rules.stream().noneMatch(rule -> rule.when().equals(When.ALWAYS))) {
            findings.warning(
                    owner.at("redeem"),
                    Finding.Code.NO_DEFAULT,
                    "Each of these rules has conditions. Where none of them holds, amounts cannot be paid with"
                            + " points.");
        }
    }

    private void rate(Rate rate, Place place) {
        List<Rate.TierRate> byTier = List.of();
        if (rate instanceof Rate.ByAmount by) {
            byTier = by.byTier();
        } else if (rate instanceof Rate.ByQuantity by) {
            byTier = by.byTier();
        } else if (rate instanceof Rate.ByAttribute by) {
            byTier = by.byTier();
        }
        Set<String> covered = new HashSet<>();
        for (int i = 0; i < byTier.size(); i++) {
            turn(byTier.get(i).tiers(), covered, place.at("byTier", i));
        }
    }

    private void cost(Reward reward, Place place) {
        Set<String> covered = new HashSet<>();
        boolean all = false;
        for (int i = 0; i < reward.cost().size(); i++) {
            Set<String> tiers = reward.cost().get(i).tiers();
            Place entry = place.at("cost", i);
            if (all) {
                findings.error(
                        entry,
                        Finding.Code.UNREACHABLE,
                        "An entry before this one holds for all members. Put it last.");
            } else {
                turn(tiers, covered, entry);
            }
            all = all || tiers.isEmpty();
        }
        Set<String> buyers =
                reward.when().tiers().isEmpty() ? levels : reward.when().tiers();
        if (!all && !covered.containsAll(buyers)) {
            Set<String> left = new HashSet<>(buyers);
            left.removeAll(covered);
            findings.error(
                    place.at("cost"),
                    Finding.Code.NO_DEFAULT,
                    "There is no cost for members of "
                            + Words.listed(left.stream().sorted().toList()) + ". Add a last entry without \"tiers\".");
        }
    }

    /** Reports an entry whose tiers all have an entry before it. */
    private void turn(Set<String> tiers, Set<String> covered, Place entry) {
        if (!tiers.isEmpty() && covered.containsAll(tiers)) {
            findings.error(
                    entry, Finding.Code.UNREACHABLE, "Each of these tiers has an entry before this one, which holds.");
        }
        covered.addAll(tiers);
    }
}
