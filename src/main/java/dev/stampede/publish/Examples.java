package dev.stampede.publish;

import dev.stampede.document.ProgramDocument;
import dev.stampede.program.ProgramBook;
import dev.stampede.program.reading.DocumentReader;
import dev.stampede.program.reading.Finding;
import dev.stampede.program.reading.Reading;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The examples that a gateway begins with when it is tried out: the documents of the repository's {@code programs/},
 * each a sandbox. A program that has the id of one already stays what it is.
 */
@ApplicationScoped
public class Examples {
    private static final Logger LOG = Logger.getLogger(Examples.class);

    private static final List<String> IDS = List.of("airline", "beauty", "cashback", "coalition", "coffee", "stamp");

    private static final Versions.Asker ASKER = new Versions.Asker("examples", null);

    private final ProgramBook book;
    private final Versions versions;
    private final Vertx vertx;

    Examples(ProgramBook book, Versions versions, Vertx vertx) {
        this.book = book;
        this.versions = versions;
        this.vertx = vertx;
    }

    /**
     * Publishes those that are not there, in the background. The first start says in the log which they are, and which
     * ones this release cannot carry out, and why.
     */
    public void publish() {
        Multi.createFrom()
                .iterable(IDS)
                .filter(id -> !book.programs().contains(id))
                .onItem()
                .transformToUniAndConcatenate(this::publish)
                .collect()
                .asList()
                .subscribe()
                .with(Examples::tell, e -> LOG.warnf("The example programs cannot be published: %s", e.getMessage()));
    }

    /**
     * What became of one.
     *
     * @param why this release cannot carry it out; null if it can
     */
    record Tried(String id, boolean published, @Nullable String why) {}

    private static void tell(List<Tried> all) {
        String said = told(all);
        if (said != null) {
            LOG.info(said);
        }
    }

    /** Null if nothing was published: then it was told in an earlier start. */
    static @Nullable String told(List<Tried> all) {
        if (all.stream().noneMatch(Tried::published)) {
            return null;
        }
        String published = all.stream().filter(Tried::published).map(Tried::id).collect(Collectors.joining(", "));
        String refused = all.stream()
                .filter(each -> each.why != null)
                .map(each -> " Example program " + each.id + " is not published: " + each.why)
                .collect(Collectors.joining());
        return "Example programs, each a sandbox: " + published + "." + refused;
    }

    private Uni<Tried> publish(String id) {
        return Uni.createFrom()
                .completionStage(
                        () -> vertx.executeBlocking(() -> document(id), false).toCompletionStage())
                .chain(text -> {
                    ProgramDocument document = text.reading.document();
                    return document == null
                            ? Uni.createFrom().item(new Tried(id, false, why(text.reading)))
                            : versions.publish(ASKER, id, text.written, 0, document.effectiveFrom(), null, null)
                                    .map(done -> new Tried(id, done.outcome().equals("ok"), null));
                });
    }

    private static String why(Reading reading) {
        return reading.findings().stream().map(Finding::message).distinct().collect(Collectors.joining(" "));
    }

    private record Text(String written, Reading reading) {}

    private static Text document(String id) throws IOException {
        byte[] text;
        try (InputStream in = Examples.class.getResourceAsStream("/program/examples/" + id + ".json")) {
            text = Objects.requireNonNull(in, id).readAllBytes();
        }
        return new Text(new String(text, StandardCharsets.UTF_8), DocumentReader.read(text));
    }
}
