package dev.stampede.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The bounds of the HTTP layer. */
@ConfigMapping(prefix = "stampede.http")
public interface HttpConfig {
    /** How long a body may take after the end of the request's head; then the caller gets 408. */
    @WithDefault("5s")
    Duration bodyTimeout();

    /** Bytes held of all incomplete bodies together; a body that needs more gets 503. */
    @WithDefault("16777216")
    long maxUnfinishedBytes();

    /**
     * Hosts that this gateway answers for, as in the {@code Host} header but without a port; requests for other hosts
     * get 421. If it is not set, all hosts are answered for; a web page in a browser can then reach a gateway on the
     * same machine under a host name of its own (DNS rebinding).
     */
    Optional<List<String>> hosts();

    /** The same for the management port, health and metrics. */
    Optional<List<String>> managementHosts();
}
