package dev.stampede.balance;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Event streams; a stream beyond a limit is refused with 503. */
@ConfigMapping(prefix = "stampede.events")
public interface EventsConfig {
    /** Number of open streams of this gateway; 0: none. */
    @WithDefault("2000")
    int maxStreams();

    /**
     * Number of streams of one account at this gateway; 0: no limit. A member has a few devices, and a device that lost
     * its network reconnects before its old stream is found dead.
     */
    @WithDefault("20")
    int maxStreamsPerAccount();

    /**
     * Number of streams of one client address (IPv6: its /64) at this gateway; 0: no limit. The default is enough for
     * an office behind one address, and a twentieth of all streams. Behind a proxy or load balancer all clients have
     * the proxy's address: set it to 0 there, or let the gateway trust the proxy ({@code quarkus.http.proxy.*}).
     */
    @WithDefault("100")
    int maxStreamsPerAddress();

    /** The interval at which each account with streams is checked for a change without a notice. */
    @WithDefault("3s")
    Duration lookInterval();

    /**
     * The minimum time between two reads of one account, however often it changes. The first change after a pause is
     * read without delay.
     */
    @WithDefault("100ms")
    Duration minLookInterval();

    /**
     * The interval at which a comment is sent to keep intermediaries from closing the connection; shorter than the HTTP
     * idle timeout. A client that reads nothing for this time is disconnected.
     */
    @WithDefault("15s")
    Duration heartbeat();
}
