package dev.stampede.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of the documentation: its links, what they can lead to, and its fenced blocks. */
public final class Page {
    private static final Pattern HEADING = Pattern.compile("#{1,6} +(.+)");
    private static final Pattern ANCHOR = Pattern.compile("<a id=\"([^\"]+)\">");
    private static final Pattern LINK = Pattern.compile("\\[[^\\[\\]]*]\\(([^()\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");
    private static final String FENCE = "```";

    private final Path path;
    private final Set<String> anchors = new TreeSet<>();
    private final List<String> links = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();

    /**
     * A fenced block.
     *
     * @param info what stands behind the fence, such as {@code sh}
     * @param line that of the fence, from 1
     * @param section how many headings come before it
     */
    public record Block(String info, int line, int section, String text) {}

    private Page(Path path) {
        this.path = path;
    }

    public static Page read(Path path) throws IOException {
        Page page = new Page(path);
        Map<String, Integer> seen = new HashMap<>();
        StringBuilder prose = new StringBuilder(); // links go on over the ends of lines
        List<String> lines = Files.readAllLines(path);
        int section = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher heading = HEADING.matcher(line);
            if (line.startsWith(FENCE)) {
                int begin = i;
                StringBuilder text = new StringBuilder();
                while (!lines.get(++i).startsWith(FENCE)) {
                    text.append(lines.get(i)).append('\n');
                }
                page.blocks.add(new Block(line.substring(FENCE.length()).strip(), begin + 1, section, text.toString()));
            } else if (heading.matches()) {
                section++;
                String slug = slug(heading.group(1));
                int before = seen.merge(slug, 1, Integer::sum) - 1;
                page.anchors.add(before == 0 ? slug : slug + "-" + before);
                prose.append(line).append('\n');
            } else {
                prose.append(line).append('\n');
            }
        }
        Matcher anchor = ANCHOR.matcher(prose);
        while (anchor.find()) {
            page.anchors.add(anchor.group(1));
        }
        // the text of a link may have code in it, and code may look like a link
        Matcher link = LINK.matcher(CODE.matcher(prose).replaceAll("x"));
        while (link.find()) {
            page.links.add(link.group(1));
        }
        return page;
    }

    /** As GitHub makes the anchor of a heading. */
    private static String slug(String heading) {
        return heading.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .strip()
                .replace(' ', '-');
    }

    public Path path() {
        return path;
    }

    /** What its links lead to, as they are written. */
    public List<String> links() {
        return List.copyOf(links);
    }

    public boolean has(String anchor) {
        return anchors.contains(anchor);
    }

    public List<Block> blocks() {
        return List.copyOf(blocks);
    }
}
