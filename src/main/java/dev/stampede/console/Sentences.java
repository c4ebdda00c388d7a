package dev.stampede.console;

import dev.stampede.document.AttributeValue;
import dev.stampede.document.CountedAs;
import dev.stampede.document.EarnRule;
import dev.stampede.document.Event;
import dev.stampede.document.Expiry;
import dev.stampede.document.Give;
import dev.stampede.document.Limit;
import dev.stampede.document.Match;
import dev.stampede.document.MemberLimit;
import dev.stampede.document.ProgramDocument;
import dev.stampede.document.Progress;
import dev.stampede.document.Promotion;
import dev.stampede.document.Rate;
import dev.stampede.document.RedeemRule;
import dev.stampede.document.Reward;
import dev.stampede.document.Tiers;
import dev.stampede.document.When;
import io.quarkus.qute.i18n.Localized;
import io.quarkus.qute.i18n.MessageBundles;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A document in sentences, for somebody who does not read JSON. What is not said is as if it were not there. */
final class Sentences {
    private final ProgramDocument document;
    private final Locale locale;
    private final Words say;
    private final Format format;

    Sentences(ProgramDocument document, Locale locale) {
        this.document = document;
        this.locale = locale;
        this.say = words(locale);
        this.format = new Format(locale, ZoneOffset.UTC);
    }

    static Words words(Locale locale) {
        return locale.getLanguage().equals(Locale.GERMAN.getLanguage())
                ? MessageBundles.get(Words.class, Localized.Literal.of(Locale.GERMAN.getLanguage()))
                : MessageBundles.get(Words.class);
    }

    /** By heading; a heading without a sentence is left out. */
    Map<String, List<String>> all() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        put(all, say.rulesEarn(), document.earn().stream().map(this::earn).toList());
        put(all, say.rulesPoints(), points());
        put(all, say.rulesRedeem(), document.redeem().stream().map(this::redeem).toList());
        put(all, say.rulesTiers(), tiers());
        put(
                all,
                say.promotions(),
                document.promotions().stream().map(this::named).toList());
        put(all, say.rewards(), document.rewards().stream().map(this::reward).toList());
        put(all, say.rulesLimits(), document.limits().stream().map(this::limit).toList());
        return all;
    }

    private static void put(Map<String, List<String>> all, String heading, List<String> sentences) {
        if (!sentences.isEmpty()) {
            all.put(heading, sentences);
        }
    }

    private String earn(EarnRule rule) {
        return rule.name() + ": " + rate(rule.rate()) + of(rule.match()) + ".";
    }

    private String rate(Rate rate) {
        if (rate instanceof Rate.ByAmount each) {
            String per = format.decimal(each.per()) + " " + document.currency().getCurrencyCode();
            String what = each.units() == Rate.Units.WHOLE
                    ? say.pointsPerWhole(points(each.points()), per)
                    : say.pointsPer(points(each.points()), per);
            return what + byTier(each.byTier());
        } else if (rate instanceof Rate.ByQuantity each) {
            return say.pointsPerUnits(points(each.points()), format.decimal(each.per())) + byTier(each.byTier());
        } else if (rate instanceof Rate.ByOperation each) {
            return say.pointsPerPurchase(points(each.points()));
        } else if (rate instanceof Rate.ByAttribute each) {
            return say.pointsPer(points(each.points()), format.decimal(each.per()) + " " + each.attribute())
                    + byTier(each.byTier());
        }
        return say.pointsNone();
    }

    private String byTier(List<Rate.TierRate> tiers) {
        return tiers.stream()
                .map(each -> "; " + list(each.tiers()) + ": "
                        + say.pointsPer(points(each.points()), format.decimal(each.per())))
                .collect(Collectors.joining());
    }

    private String points(long number) {
        String name = number == 1
                ? document.points().names().one()
                : document.points().names().other();
        return format.number(number) + " " + name;
    }

    private String of(Match match) {
        List<String> parts = new ArrayList<>();
        if (!match.skus().isEmpty()) {
            parts.add(say.ofArticles(list(match.skus())));
        }
        if (!match.categories().isEmpty()) {
            parts.add(say.ofCategories(list(match.categories())));
        }
        match.attributes().forEach((attribute, values) -> parts.add(say.ofAttribute(attribute, values(values))));
        if (match.quantity() != null) {
            parts.add(say.ofQuantity(match.quantity()));
        }
        return parts.isEmpty() ? "" : " (" + String.join(", ", parts) + ")";
    }

    private static String values(List<AttributeValue> values) {
        return values.stream()
                .map(value -> value instanceof AttributeValue.Code code
                        ? code.value()
                        : String.valueOf(((AttributeValue.Flag) value).value()))
                .collect(Collectors.joining(", "));
    }

    private static String list(Collection<String> names) {
        return names.stream().sorted().collect(Collectors.joining(", "));
    }

    private List<String> points() {
        List<String> sentences = new ArrayList<>();
        Expiry expiry = document.points().expiry();
        if (expiry instanceof Expiry.Months months) {
            sentences.add(
                    switch (months.end()) {
                        case NONE -> say.expiresMonths(months.months());
                        case MONTH -> say.expiresEndOfMonth(months.months());
                        case QUARTER -> say.expiresEndOfQuarter(months.months());
                        case YEAR -> say.expiresEndOfYear(months.months());
                    });
        } else if (expiry instanceof Expiry.Days days) {
            sentences.add(say.expiresDays(days.days()));
        } else if (expiry instanceof Expiry.Inactivity inactivity) {
            sentences.add(say.expiresInactivity(inactivity.months()));
        } else {
            sentences.add(say.expiresNever());
        }
        if (document.points().pendingDays() > 0) {
            sentences.add(say.pendingFor(document.points().pendingDays()));
        }
        if (document.points().graceDays() > 0) {
            sentences.add(say.graceOf(document.points().graceDays()));
        }
        return sentences;
    }

    private String redeem(RedeemRule rule) {
        String worth = say.worth(points(rule.points()), money(rule.value()));
        String least = rule.minimum() > 0 ? ", " + say.atLeastPoints(points(rule.minimum())) : "";
        String step = rule.step() > 1 ? ", " + say.inSteps(format.number(rule.step())) : "";
        return worth + least + step + conditions(rule.when()) + ".";
    }

    private String money(BigDecimal amount) {
        return format.decimal(amount) + " " + document.currency().getCurrencyCode();
    }

    private List<String> tiers() {
        Tiers tiers = document.tiers();
        return tiers == null
                ? List.of()
                : tiers.levels().stream().map(this::tier).toList();
    }

    private String tier(Tiers.Level level) {
        String reached;
        if (level.qualify() instanceof Tiers.Qualify.Any any) {
            reached = say.tierReached(thresholds(any.thresholds(), say.or()));
        } else if (level.qualify() instanceof Tiers.Qualify.All every) {
            reached = say.tierReached(thresholds(every.thresholds(), say.and()));
        } else {
            boolean first =
                    document.tiers() != null && document.tiers().levels().get(0).equals(level);
            reached = first ? say.tierFirst() : say.tierGranted();
        }
        String times = level.multiplier().compareTo(BigDecimal.ONE) == 0
                ? ""
                : "; " + say.tierMultiplies(format.decimal(level.multiplier()));
        return level.name() + ": " + reached + times + ".";
    }

    private String thresholds(List<Tiers.Threshold> thresholds, String between) {
        return thresholds.stream()
                .map(each -> format.decimal(each.atLeast()) + " " + each.measure())
                .collect(Collectors.joining(" " + between + " "));
    }

    private String named(Promotion promotion) {
        return promotion.name() + ": " + promotion(promotion);
    }

    /** What a promotion gives, for what, and when. */
    String promotion(Promotion promotion) {
        String limits = promotion.limits().stream().map(this::limited).collect(Collectors.joining());
        String budget = promotion.budget() == null ? "" : "; " + say.fromBudget(promotion.budget());
        String steps = promotion.progress() == null ? "" : ", " + progress(promotion.progress());
        return give(promotion.give()) + " " + event(promotion.event()) + steps + conditions(promotion.when()) + limits
                + budget + ".";
    }

    private String give(Give give) {
        if (give instanceof Give.Multiply times) {
            return say.giveTimes(format.decimal(times.by()));
        } else if (give instanceof Give.Flat flat) {
            return say.givePoints(points(flat.points()));
        } else if (give instanceof Give.ByRate rate) {
            return say.givePoints(rate(rate.rate()));
        } else if (give instanceof Give.Gift gift) {
            return say.giveGift(gift.count(), gift.reward());
        }
        return String.valueOf(give);
    }

    private String event(Event event) {
        if (event instanceof Event.Enrol) {
            return say.onEnrol();
        } else if (event instanceof Event.Action action) {
            return say.onAction(action.action());
        } else if (event instanceof Event.TierReached tier) {
            return say.onTier(tier.tier());
        }
        return say.onPurchase();
    }

    private String progress(Progress progress) {
        if (progress instanceof Progress.Streak streak) {
            return switch (streak.unit()) {
                case DAY -> say.afterDays(streak.target());
                case WEEK -> say.afterWeeks(streak.target());
                case MONTH -> say.afterMonths(streak.target());
            };
        }
        return progress instanceof Progress.Count count && count.counts() == Progress.Counts.QUANTITY
                ? say.afterUnits(progress.target())
                : say.afterPurchases(progress.target());
    }

    private String conditions(When when) {
        List<String> parts = new ArrayList<>();
        DateTimeFormatter times = DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
                .withLocale(locale);
        if (when.from() != null) {
            parts.add(say.whenFrom(times.format(when.from())));
        }
        if (when.to() != null) {
            parts.add(say.whenTo(times.format(when.to())));
        }
        if (!when.dates().isEmpty()) {
            parts.add(when.dates().stream().sorted().map(format::day).collect(Collectors.joining(", ")));
        }
        if (!when.weekdays().isEmpty()) {
            parts.add(when.weekdays().stream()
                    .sorted()
                    .map(day -> day.getDisplayName(TextStyle.FULL, locale))
                    .collect(Collectors.joining(", ")));
        }
        when.hours().forEach(hours -> parts.add(clock(hours.from()) + "-" + clock(hours.to())));
        add(parts, when.channels(), say.whenChannels(list(when.channels())));
        add(parts, when.stores(), say.whenStores(list(when.stores())));
        add(parts, when.partners(), say.whenPartners(list(when.partners())));
        add(parts, when.tiers(), say.whenTiers(list(when.tiers())));
        if (when.minimum() != null) {
            parts.add(say.whenMinimum(money(when.minimum())));
        }
        if (when.items() != null) {
            parts.add(say.whenItems(of(when.items()).strip()));
        }
        when.attributes().forEach((attribute, values) -> parts.add(say.ofAttribute(attribute, values(values))));
        if (when.birthday() != null) {
            parts.add(say.whenBirthday());
        }
        return parts.isEmpty() ? "" : "; " + String.join("; ", parts);
    }

    private static void add(List<String> parts, Collection<String> names, String sentence) {
        if (!names.isEmpty()) {
            parts.add(sentence);
        }
    }

    private static String clock(int minutes) {
        return String.format(Locale.ROOT, "%02d:%02d", minutes / 60, minutes % 60);
    }

    private String limited(Limit limit) {
        return "; " + atMost(limit.of(), limit.max(), say.per(limit.per().name()));
    }

    private String limit(MemberLimit limit) {
        String on = limit.on() == MemberLimit.On.EARN ? say.limitEarn() : say.limitRedeem();
        return limit.id() + ": " + on + " "
                + atMost(limit.of(), limit.max(), say.per(limit.per().name())) + ".";
    }

    private String atMost(CountedAs of, long max, String per) {
        return of == CountedAs.POINTS ? say.atMostPoints(points(max), per) : say.atMostTimes(format.number(max), per);
    }

    private String reward(Reward reward) {
        String cost = reward.cost().stream()
                .map(each -> (each.tiers().isEmpty() ? "" : list(each.tiers()) + ": ") + points(each.points()))
                .collect(Collectors.joining("; "));
        String stock = reward.stock() == null ? "" : "; " + say.stockOf(format.number(reward.stock()));
        return reward.name() + ": " + (reward.grantOnly() ? say.onlyAsGift() : cost) + conditions(reward.when())
                + reward.limits().stream().map(this::limited).collect(Collectors.joining()) + stock + ".";
    }
}
