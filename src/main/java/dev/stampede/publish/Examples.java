package dev.stampede.publish;

import dev.stampede.document.ProgramDocument;
import dev.stampede.program.ProgramBook;
import dev.stampede.program.reading.Finding;
import dev.stampede.program.reading.Reading;
import dev.stampede.program.reading.Supported;
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

    private final ProgramBook book;
    private final Versions versions;
    private final Vertx vertx;

    Examples(ProgramBook book, Versions versions, Vertx vertx) {
        this.book = book;
        this.versions = versions;
        this.vertx = vertx;
    }

    /**
     * Publishes those that are not there, in the background, and says which in the log. It also says which this release
     * cannot carry out, and why.
     */
    public void publish() {
        Multi.createFrom()
                .iterable(IDS)
                .filter(id -> !book.programs().contains(id))
                .onItem()
                .transformToUniAndConcatenate(this::publish)
                .collect()
                .asList()
                .map(ids -> ids.stream().filter(id -> !id.isEmpty()).collect(Collectors.joining(", ")))
                .subscribe()
                .with(
                        ids -> {
                            if (!ids.isEmpty()) {
                                LOG.infof("Example programs, each a sandbox: %s", ids);
                            }
                        },
                        e -> LOG.warnf("The example programs cannot be published: %s", e.getMessage()));
    }

    /** @return its id; empty if it was not published */
    private Uni<String> publish(String id) {
        return Uni.createFrom()
                .completionStage(
                        () -> vertx.executeBlocking(() -> document(id), false).toCompletionStage())
                .chain(text -> text == null
                        ? Uni.createFrom().item("")
                        : versions.publish(id, text.written, 0, text.document.effectiveFrom(), null, null)
                                .map(published -> published.outcome().equals("ok") ? id : ""));
    }

    private record Text(String written, ProgramDocument document) {}

    private static @Nullable Text document(String id) throws IOException {
        byte[] text;
        try (InputStream in = Examples.class.getResourceAsStream("/program/examples/" + id + ".json")) {
            text = Objects.requireNonNull(in, id).readAllBytes();
        }
        Reading reading = Supported.read(text);
        if (reading.document() == null) {
            LOG.infof(
                    "Example program %s is not published: %s",
                    id,
                    reading.findings().stream().map(Finding::message).distinct().collect(Collectors.joining(" ")));
            return null;
        }
        return new Text(new String(text, StandardCharsets.UTF_8), reading.document());
    }
}
