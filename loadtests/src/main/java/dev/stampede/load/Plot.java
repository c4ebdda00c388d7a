package dev.stampede.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines over time as SVG, one panel above the other. */
final class Plot {
    private static final int WIDTH = 860;
    private static final int PANEL = 190;
    private static final int LEFT = 70;
    private static final int RIGHT = 16;
    private static final int TOP = 46;
    private static final int GAP = 44;
    private static final List<String> COLOURS = List.of("#1f77b4", "#d62728", "#2ca02c", "#9467bd");

    /** @param points pairs of seconds and value; a NaN interrupts the line */
    record Series(String name, List<double[]> points) {}

    record Panel(String title, List<Series> series) {}

    private Plot() {}

    static String svg(String title, List<Panel> panels) {
        double end = panels.stream()
                .flatMap(panel -> panel.series().stream())
                .flatMap(series -> series.points().stream())
                .mapToDouble(point -> point[0])
                .max()
                .orElse(1);
        int height = TOP + panels.size() * (PANEL + GAP);
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\"",
                WIDTH,
                height);
        add(svg, " font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
        add(svg, "<text x=\"%d\" y=\"20\" font-size=\"15\" font-weight=\"bold\">%s</text>%n", LEFT, escaped(title));
        for (int n = 0; n < panels.size(); n++) {
            panel(svg, panels.get(n), TOP + n * (PANEL + GAP), 4 * Math.ceil(Math.max(end, 1) / 4));
        }
        return svg.append("</svg>\n").toString();
    }

    private static void panel(StringBuilder svg, Panel panel, int top, double end) {
        double highest = ceiling(panel.series().stream()
                .flatMap(series -> series.points().stream())
                .mapToDouble(point -> point[1])
                .filter(Double::isFinite)
                .max()
                .orElse(1));
        int bottom = top + PANEL - 20;
        double wide = WIDTH - LEFT - RIGHT;
        double high = bottom - top - 18;
        add(svg, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>%n", LEFT, top + 6, escaped(panel.title()));
        for (int tick = 0; tick <= 4; tick++) {
            double y = bottom - high * tick / 4;
            add(svg, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>", LEFT, y, WIDTH - RIGHT);
            add(
                    svg,
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                    LEFT - 6,
                    y + 4,
                    number(highest * tick / 4));
            double x = LEFT + wide * tick / 4;
            add(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s s</text>%n",
                    x,
                    bottom + 16,
                    number(end * tick / 4));
        }
        int legend = WIDTH - RIGHT;
        for (int n = panel.series().size() - 1; n >= 0; n--) {
            Series series = panel.series().get(n);
            String colour = COLOURS.get(n % COLOURS.size());
            add(
                    svg,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"%s\">%s</text>%n",
                    legend,
                    top + 6,
                    colour,
                    escaped(series.name()));
            legend -= 7 * series.name().length() + 18;
            for (String line : lines(series.points(), end, highest, wide, high, bottom)) {
                add(svg, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>%n", colour, line);
            }
        }
    }

    private static List<String> lines(
            List<double[]> points, double end, double highest, double wide, double high, int bottom) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (double[] point : points) {
            if (Double.isFinite(point[1])) {
                add(line, "%.1f,%.1f ", LEFT + wide * point[0] / end, bottom - high * point[1] / highest);
            } else if (line.length() > 0) {
                lines.add(line.toString().strip());
                line = new StringBuilder();
            }
        }
        if (line.length() > 0) {
            lines.add(line.toString().strip());
        }
        return lines;
    }

    /** The next of 1, 2, 4, 5, 10, 20 ... */
    static double ceiling(double value) {
        if (!(value > 0)) {
            return 1;
        }
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (double step : new double[] {1, 2, 4, 5}) {
            if (value <= step * power) {
                return step * power;
            }
        }
        return 10 * power;
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,d", (long) value)
                : String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private static void add(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }
}
