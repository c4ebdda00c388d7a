package dev.stampede.http.server;

import dev.stampede.gateway.Gateway;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Whether calls should be sent here. With Redis or Postgres away the gateway still answers balances, so that it is
 * ready as long as one of them is there; with a clock that is off it must decide nothing.
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
