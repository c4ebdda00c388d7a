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

    /**
     * Bytes held of all incomplete bodies together, a quarter of them of one key, member, or address without a
     * credential; a body that needs more gets 503.
     */
    @WithDefault("16777216")
    long maxUnfinishedBytes();

    /**
     * Hosts that this gateway answers for, as in the {@code Host} header but without a port; requests for other hosts
     * get 421. If it is not set: with an embedded server on loopback only the loopback names, else all. A web page in a
     * browser can reach a gateway on the same machine that serves all hosts, under a name of its own (DNS rebinding).
     */
    Optional<List<String>> hosts();

    /** The same for the management port, health and metrics. */
    Optional<List<String>> managementHosts();
}
