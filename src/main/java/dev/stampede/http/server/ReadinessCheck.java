package dev.stampede.http.server;

import dev.stampede.gateway.Gateway;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Whether calls should be sent to this gateway. With only one of Redis and Postgres available it still answers
 * balances, and is ready. With a wrong clock it must decide nothing, and is not ready.
 */
@Readiness
@ApplicationScoped
class ReadinessCheck implements AsyncHealthCheck {
    private final Gateway gateway;

    ReadinessCheck(Gateway gateway) {
        this.gateway = gateway;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return Uni.createFrom().item(() -> response(gateway.redisUp(), gateway.postgresUp(), gateway.clockTrue()));
    }

    static HealthCheckResponse response(boolean redisUp, boolean postgresUp, boolean clockTrue) {
        return HealthCheckResponse.named("gateway")
                .status(clockTrue && (redisUp || postgresUp))
                .withData("redis", redisUp)
                .withData("postgres", postgresUp)
                .withData("clock", clockTrue)
                .build();
    }
}
