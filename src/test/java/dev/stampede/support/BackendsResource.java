package dev.stampede.support;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.HashMap;
import java.util.Map;

/**
 * Points a {@code @QuarkusTest} at the shared backends: {@code @WithTestResource(value = BackendsResource.class, scope
 * = TestResourceScope.GLOBAL)} on each such class, so that all of them share one start of the gateway too.
 */
public final class BackendsResource implements QuarkusTestResourceLifecycleManager {

    @Override
    public Map<String, String> start() {
        Backends backends = Backends.shared();
        Map<String, String> settings = new HashMap<>(Backends.logins(backends.postgres()));
        settings.putAll(TestIssuer.settings());
        settings.putAll(Map.of("stampede.console.enabled", "true", "stampede.console.member-page", "true"));
        settings.putAll(Map.of(
                "quarkus.datasource.reactive.url",
                backends.postgres().reactiveUrl(),
                "quarkus.datasource.jdbc.url",
                "jdbc:" + backends.postgres().reactiveUrl(),
                "quarkus.redis.hosts",
                backends.redis().url(),
                "quarkus.http.test-port",
                "0",
                "quarkus.management.test-port",
                "0",
                TestKey.SETTING,
                TestKey.TEXT,
                // one member makes all calls of the matrix; the profile of LimitsTest has a rate
                "stampede.members.per-second",
                "0",
                // a client that has gone is noticed when something is sent to it
                "stampede.events.heartbeat",
                "2s",
                // only when a test wants it: tests shift the clock, and accounts of others would lapse
                "stampede.gateway.sweep-interval",
                "1h"));
        return settings;
    }

    @Override
    public void inject(Object test) {
        TestKey.sendByDefault();
    }

    /** The backends outlive every gateway that is started on them. */
    @Override
    public void stop() {}
}
