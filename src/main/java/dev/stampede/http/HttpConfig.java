package dev.stampede.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The bounds of the HTTP layer. */
@ConfigMapping(prefix = "stampede.http")
public interface HttpConfig {
    /** Writing calls per second for one account at this gateway, with bursts of as many; 0: no limit. */
    @WithDefault("0")
    int rateLimit();

    /** Accounts whose rate is remembered; beyond it the least used are forgotten. */
    @WithDefault("100000")
    int rateLimitAccounts();

    /** How long a body may take, from the end of the request's head; then the caller gets 408. */
    @WithDefault("5s")
    Duration bodyTimeout();

    /** Bytes that are held of all bodies which are not there whole; a body that needs more gets 503. */
    @WithDefault("16777216")
    long maxUnfinishedBytes();

    /**
     * Hosts that are answered for, as in the {@code Host} header but without a port; requests for others get 421. All,
     * if it is not set: then a page in somebody's browser can reach a gateway on his machine under a name of its own
     * (DNS rebinding).
     */
    Optional<List<String>> hosts();

    /** The same for the management port, health and metrics. */
    Optional<List<String>> managementHosts();
}
