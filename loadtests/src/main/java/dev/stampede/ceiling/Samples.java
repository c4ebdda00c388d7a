package dev.stampede.ceiling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Of each cell one sample a round.
 *
 * @param ofOneBuild whether the two builds that are compared are the same one
 */
record Samples(boolean ofOneBuild, Map<String, List<Sample>> ofCells) {
    Samples(boolean ofOneBuild) {
        this(ofOneBuild, new LinkedHashMap<>());
    }

    void add(String cell, Sample sample) {
        ofCells.computeIfAbsent(cell, c -> new ArrayList<>()).add(sample);
    }

    Set<String> cells() {
        return ofCells.keySet();
    }

    List<Sample> of(String cell) {
        return ofCells.get(cell);
    }

    boolean valid() {
        return ofCells.values().stream().flatMap(Collection::stream).allMatch(Sample::valid);
    }

    double median(String cell, ToDoubleFunction<Sample> what) {
        return median(of(cell).stream().mapToDouble(what).toArray());
    }

    /** Both of its cells were measured. */
    boolean has(Ratio ratio) {
        return cells().contains(ratio.of()) && cells().contains(ratio.to());
    }

    /** Of the rates, each within a round. */
    double[] each(Ratio ratio) {
        List<Sample> of = of(ratio.of());
        List<Sample> to = of(ratio.to());
        return IntStream.range(0, of.size())
                .mapToDouble(round -> of.get(round).rate() / to.get(round).rate())
                .toArray();
    }

    double median(Ratio ratio) {
        return median(each(ratio));
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    /** Of a ratio and the same one with the places exchanged: what a place is worth cancels itself out. */
    static double geometricMean(double one, double other) {
        return Math.sqrt(one * other);
    }
}
