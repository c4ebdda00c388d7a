package dev.stampede.balance;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Event streams; what is past a bound is refused with 503. */
@ConfigMapping(prefix = "stampede.events")
public interface EventsConfig {
    /** Streams that this gateway keeps open; 0: none. */
    @WithDefault("2000")
    int maxStreams();

    /**
     * Streams of one account at this gateway; 0: no limit. A member has a few devices, and a device that lost its
     * network comes back before its old stream is noticed to be dead.
     */
    @WithDefault("20")
    int maxStreamsPerAccount();

    /**
     * Streams of one client address (IPv6: its /64) at this gateway; 0: no limit. Enough for an office behind one
     * address, and a twentieth of all. Behind a proxy or load balancer every client has the address of that: there it
     * must be 0, or the gateway must be told to believe the proxy ({@code quarkus.http.proxy.*}).
     */
    @WithDefault("100")
    int maxStreamsPerAddress();

    /** How often each account that has streams is looked at for a change that nobody told of. */
    @WithDefault("3s")
    Duration lookInterval();

    /**
     * The least time between two looks at one account, however often it changes. The first change after a pause is
     * looked at without delay; of a rush, only every so often.
     */
    @WithDefault("100ms")
    Duration minLookInterval();

    /**
     * How often a comment is sent, so that nobody in between takes the connection for dead; shorter than the HTTP idle
     * timeout. A client that takes nothing for that long is cut off.
     */
    @WithDefault("15s")
    Duration heartbeat();
}
